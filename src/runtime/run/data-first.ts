/**
 * Images that cannot be decoded are found before anything trains on their data set: a training waits for everything that
 * is prepared of it, also for what its scores alone read, and does not start where that fails. Keys do not know of it.
 */

import type { NodeKey, PlanNode } from "../../compiler/plan/types.js";

/** What has to be done before a node starts: its inputs, and of a training all preparations of its data set. */
export type Needs = (node: PlanNode) => readonly NodeKey[];

export function dataFirst(nodes: readonly PlanNode[]): Needs {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const preparations = new Map<string, NodeKey[]>();
  for (const node of nodes) {
    const dataset = node.op === "dataset.prepare" ? datasetOf(node) : undefined;
    if (dataset === undefined) continue;
    const known = preparations.get(dataset);
    if (known === undefined) preparations.set(dataset, [node.key]);
    else known.push(node.key);
  }
  return (node) => {
    const inputs = node.inputs.map((input) => input.node);
    if (node.op !== "train") return inputs;
    const datasets = new Set(inputs.flatMap((key) => datasetsBehind(byKey.get(key), byKey)));
    return [...inputs, ...[...datasets].flatMap((dataset) => preparations.get(dataset) ?? [])];
  };
}

/** Of prepared images or a view of them; what else a training reads, such as its initial state, is of no data set here. */
function datasetsBehind(node: PlanNode | undefined, byKey: ReadonlyMap<NodeKey, PlanNode>): readonly string[] {
  switch (node?.op) {
    case "dataset.prepare":
      return [datasetOf(node) ?? []].flat();
    case "dataset.view":
      return node.inputs.flatMap((input) => datasetsBehind(byKey.get(input.node), byKey));
    default:
      return [];
  }
}

/** As declared: two that read one folder may each have a `reject` of its own. */
function datasetOf({ resource }: PlanNode): string | undefined {
  return resource && JSON.stringify([resource.declaredIn, resource.name, resource.path]);
}
