/**
 * A run computes its plan; where trainings find no memory for their batches and may be split, it plans again with
 * smaller pieces and goes on, until all is done or a single image does not fit.
 */

import { counted } from "../../compiler/counted.js";
import type { NodeKey } from "../../compiler/plan/types.js";
import type { Execution } from "../coordinator/execution.js";
import type { EventSink } from "../journal/journal.js";
import type { FailurePolicy } from "../schedule/index.js";
import { type PlannedStudy, planAgain } from "./planned.js";
import { timeOf } from "./rates.js";

export interface Rounds {
  readonly round: (planned: PlannedStudy, failed: ReadonlyMap<NodeKey, string>) => Promise<Execution>;
  readonly policy: FailurePolicy;
  readonly events: EventSink;
}

export interface Ended {
  /** What was carried out in the end. */
  readonly planned: PlannedStudy;
  readonly execution: Execution;
}

export async function computeInRounds(first: PlannedStudy, { round, policy, events }: Rounds): Promise<Ended> {
  let planned = first;
  let execution = await round(planned, new Map());
  while (goesOn(execution, policy)) {
    planned = await planAgain(planned, execution.tooLarge);
    const steps = counted(execution.tooLarge.size, "kind of training step");
    const message = `${steps} found no memory for whole batches: all such trainings take them in pieces, under keys of their own, for sums round otherwise`;
    events.emit({ type: "warning", message });
    events.emit({ type: "run.replanned", ...outlookOf(planned, execution) });
    execution = joined(execution, await round(planned, execution.failures));
  }
  return { planned, execution };
}

function goesOn({ tooLarge, interrupted, fatal, failed }: Execution, policy: FailurePolicy): boolean {
  if (tooLarge.size === 0 || interrupted || fatal !== undefined) return false;
  return policy === "keep-going" || failed === 0;
}

/** What earlier rounds computed is in the store, and so a later one finds it there; it is counted as computed. */
function joined(before: Execution, after: Execution): Execution {
  const computed = before.computed + after.computed;
  const shared = before.shared + after.shared;
  return { ...after, computed, shared, cached: Math.max(0, after.cached - before.computed - before.shared) };
}

/** What is still to do, counted so that what was done before counts as done. */
function outlookOf({ plan, demand: { missing } }: PlannedStudy, { computed, shared, failures }: Execution) {
  const nodes = plan.nodes.length;
  const left = missing.filter(({ key }) => !failures.has(key));
  return {
    nodes,
    cached: Math.max(0, nodes - missing.length - computed - shared),
    ...timeOf(left),
  };
}
