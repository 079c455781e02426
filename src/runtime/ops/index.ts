/** What a worker calls: one operation, or several that share a forward pass. */

import { sharesPasses } from "../../compiler/plan/passes.js";
import type { NodeFor, NodeKey, OpName, PlanNode } from "../../compiler/plan/types.js";
import { type ForwardCall, runForward } from "./pass.js";
import { OPERATIONS } from "./registry.js";
import type { OpContext, OpImplementation, OpResult } from "./types.js";

export interface OpCall {
  readonly node: PlanNode;
  readonly context: OpContext;
}

/** Results by node. Nodes that run a model forward share passes; the others run one after another. */
export async function runOps(calls: readonly OpCall[]): Promise<ReadonlyMap<NodeKey, OpResult>> {
  const forward: ForwardCall[] = [];
  const results = new Map<NodeKey, OpResult>();
  for (const { node, context } of calls) {
    if (sharesPasses(node)) forward.push({ node, context });
    else results.set(node.key, await runOne(node, context));
  }
  for (const [key, result] of forward.length > 0 ? await runForward(forward) : []) results.set(key, result);
  return results;
}

function runOne<K extends OpName>(node: NodeFor<K>, context: OpContext): Promise<OpResult> {
  const operation = OPERATIONS[node.op] as unknown as OpImplementation<K>;
  return operation.run(node, context);
}

export { OPERATIONS } from "./registry.js";
