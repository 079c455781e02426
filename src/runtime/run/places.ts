import { isFile } from "../../compiler/plan/diff/match.js";
import type { PlanNode } from "../../compiler/plan/types.js";
import type { NodeHost } from "../host/index.js";

/** Where the files that a node reads lie on this machine; undefined where it reads none. */
export function placeOf({ op, resource }: PlanNode, host: NodeHost): string | undefined {
  if (resource === undefined) return undefined;
  return isFile(op) ? host.locateWeights(resource) : host.locate(resource);
}
