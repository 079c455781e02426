/** Two plan files held against each other: why each node of the second is not one of the first. */

import type { Reason } from "../reason.js";
import type { NodeKey } from "../types.js";
import { matchNodes } from "./match.js";
import { placesIn, type StudyText } from "./places.js";
import { Reasons } from "./reasons.js";
import type { RecordedNode, RecordedPlan } from "./recorded.js";

export interface RecordedDiff {
  /** Of nodes the first plan does not have; never `upstream`: the reason where the difference began. */
  readonly reasons: ReadonlyMap<NodeKey, RootReason>;
  /** Nodes of the first plan that the second does not have, by the node that takes their place. */
  readonly counterparts: ReadonlyMap<NodeKey, RecordedNode>;
}

export interface RootReason {
  readonly node: RecordedNode;
  readonly reason: Reason;
}

export function diffRecorded(before: RecordedPlan, after: RecordedPlan, text: Omit<StudyText, "cells">): RecordedDiff {
  const known = new Map<string, RecordedNode>(before.nodes.map((node) => [node.key, node]));
  const nodes = new Map(after.nodes.map((node) => [node.key, node]));
  const fresh = after.nodes.filter(({ key }) => !known.has(key));
  const counterparts = matchNodes({
    after: fresh,
    before: before.nodes.filter(({ key }) => !nodes.has(key)),
    cells: { after: after.cells, before: before.cells },
  });
  const found = new Reasons({
    node: (key) => nodes.get(key) ?? known.get(key),
    known,
    matched: counterparts,
    places: placesIn({ ...text, cells: new Map() }),
    runs: (key) => !known.has(key),
    unfinished: new Map(),
    isDamaged: () => false,
  });
  const reasons = new Map<NodeKey, RootReason>();
  for (const node of fresh) {
    const reason = found.of(node.key);
    const root = reason.kind === "upstream" ? nodes.get(reason.node) : undefined;
    reasons.set(node.key, root ? { node: root, reason: found.of(root.key) } : { node, reason });
  }
  return { reasons, counterparts };
}
