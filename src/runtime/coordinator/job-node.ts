/** A node as a worker is given it: with the results it reads, and where its files lie. */

import { trainsInSteps } from "../../compiler/plan/trainings.js";
import type { NodeKey, PlanNode } from "../../compiler/plan/types.js";
import type { Manifest } from "../store/types.js";
import { DEFAULT_INTERVAL } from "../train/pace.js";
import type { JobNode } from "../workers/types.js";
import type { CoordinatorOptions } from "./execution.js";
import type { Repairs } from "./repairs.js";

/** `wait`: an input is being made again, by these tasks. */
export type Readiness =
  | { readonly kind: "ready"; readonly job: JobNode }
  | { readonly kind: "wait"; readonly after: readonly string[] };

export function jobNode(
  node: PlanNode,
  manifests: ReadonlyMap<NodeKey, Manifest>,
  repairs: Pick<Repairs, "makerOf">,
  options: Pick<CoordinatorOptions, "resource" | "checkpointEvery">,
): Readiness {
  const inputs: Record<string, Manifest> = {};
  const after: string[] = [];
  for (const { role, node: key } of node.inputs) {
    const manifest = manifests.get(key);
    if (manifest === undefined) after.push(repairs.makerOf(key) ?? key);
    else inputs[role] = manifest;
  }
  if (after.length > 0) return { kind: "wait", after };
  const resource = options.resource(node);
  const every = trainsInSteps(node.op) ? (options.checkpointEvery ?? node.checkpoint ?? DEFAULT_INTERVAL) : undefined;
  const job = {
    node,
    inputs,
    ...(resource === undefined ? {} : { resource }),
    ...(every === undefined ? {} : { checkpointEvery: every }),
  };
  return { kind: "ready", job };
}
