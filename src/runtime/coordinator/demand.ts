/** What has to run: whatever the asked-for nodes need and the store does not have. */

import type { NodeKey, Plan, PlanNode } from "../../compiler/plan/types.js";
import type { Manifest, Store } from "../store/types.js";

export interface Demand {
  /** In the plan's order. */
  readonly missing: readonly PlanNode[];
  /** Of everything found in the store, needed or not. */
  readonly found: ReadonlyMap<NodeKey, Manifest>;
}

/** A cached node needs none of its inputs; they may be gone from the store. */
export async function demandOf(plan: Plan, store: Store): Promise<Demand> {
  const found = await store.lookupAll(plan.nodes.map(({ key }) => key));
  const nodes = new Map(plan.nodes.map((node) => [node.key, node]));
  const needed = new Set<NodeKey>();
  const open = wanted(plan);
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (needed.has(key) || found.has(key)) continue;
    needed.add(key);
    for (const input of nodes.get(key)?.inputs ?? []) open.push(input.node);
  }
  return { missing: plan.nodes.filter(({ key }) => needed.has(key)), found };
}

/** What the nodes found took when they were computed. */
export function cacheSeconds({ found }: Pick<Demand, "found">): number {
  let seconds = 0;
  for (const manifest of found.values()) seconds += manifest.seconds;
  return seconds;
}

/** Nodes a report reads: every result's, and every cell's training for its history. */
function wanted(plan: Plan): NodeKey[] {
  return [...plan.results.map(({ node }) => node), ...plan.training.values()];
}
