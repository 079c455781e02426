/** Failures that an earlier round of a run left: what failed there fails no second time, and takes along what needs it. */

import type { NodeKey, PlanNode } from "../../compiler/plan/types.js";
import type { Waits } from "./data-first.js";

/**
 * What is still to be computed.
 * @param missing in the plan's order, so that an input's fate is known before its users'
 * @param failures gains those that need a failed node
 */
export function stillToDo(
  missing: readonly PlanNode[],
  failures: Map<NodeKey, string>,
  { waits, labelOf }: { readonly waits: Waits; readonly labelOf: (key: NodeKey) => string },
): readonly PlanNode[] {
  return missing.filter((node) => {
    const { key } = node;
    if (failures.has(key)) return false;
    const cause = waits.needs(node).find((other) => failures.has(other));
    if (cause === undefined) return true;
    failures.set(key, `needs ${labelOf(cause)}, which failed: ${failures.get(cause) ?? ""}`);
    return false;
  });
}
