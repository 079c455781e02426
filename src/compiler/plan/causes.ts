/** Why a plan's nodes run, a group a cause: those it is in, and what comes after them. */

import { remembered } from "./memo.js";
import type { NodeStatus, Reason } from "./reason.js";
import { reasonText } from "./reason-text.js";
import type { NodeKey, OpName, PlanNode } from "./types.js";

export interface Cause {
  /** Where it began; never `upstream`. */
  readonly reason: Reason;
  /** All nodes that run because of it. */
  readonly nodes: number;
  /** Those that are another themselves, in the plan's order. */
  readonly own: readonly PlanNode[];
  readonly after: ReadonlyMap<OpName, number>;
}

export interface Causes {
  readonly missing: readonly PlanNode[];
  readonly status: ReadonlyMap<NodeKey, NodeStatus>;
}

interface Gathered {
  readonly reason: Reason;
  nodes: number;
  readonly own: PlanNode[];
  readonly after: Map<OpName, number>;
}

/** The one most nodes run for first; what is merely new last. */
export function causesOf({ missing, status }: Causes): readonly Cause[] {
  const running = new Map(missing.map((node) => [node.key, node]));
  const causes = new Map<string, Gathered>();
  for (const node of missing) {
    const root = rootOf(node, status, running);
    // an override is one change, whichever files the nodes are of
    const written = root.reason.kind === "parameter" && root.reason.override === undefined;
    const place = written ? root.node.location.path : "";
    const name = `${root.reason.kind} ${place} ${reasonText(root.reason)}`;
    const cause = remembered(causes, name, () => ({ reason: root.reason, nodes: 0, own: [], after: new Map() }));
    cause.nodes++;
    if (root.node === node) cause.own.push(node);
    else cause.after.set(node.op, (cause.after.get(node.op) ?? 0) + 1);
  }
  return [...causes.values()].sort((a, b) => Number(isNew(a)) - Number(isNew(b)) || b.nodes - a.nodes);
}

function isNew({ reason }: Gathered): boolean {
  return reason.kind === "new";
}

/** Where the reason of a node that runs began. */
export function rootOf(
  node: PlanNode,
  status: ReadonlyMap<NodeKey, NodeStatus>,
  nodes: ReadonlyMap<NodeKey, PlanNode>,
): { readonly node: PlanNode; readonly reason: Reason } {
  const own = reasonOf(node.key, status);
  if (own.kind !== "upstream") return { node, reason: own };
  const cause = nodes.get(own.node);
  return cause ? { node: cause, reason: reasonOf(cause.key, status) } : { node, reason: own };
}

function reasonOf(key: NodeKey, status: ReadonlyMap<NodeKey, NodeStatus>): Reason {
  const found = status.get(key);
  return found && found.status !== "cached" ? found.reason : { kind: "new" };
}
