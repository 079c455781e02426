/** Keeps the plan of a run and how it ended, for the next one to say what changed. */

import { type PlanDiff, planJson, type Reason, type Unfinished } from "../../compiler/plan/index.js";
import type { Execution } from "../coordinator/execution.js";
import { writeLastRun } from "./last-run.js";
import { type PlannedStudy, reportOf } from "./planned.js";

/** Failing to is no one's problem: the next plan says `new` where it could have said what changed. */
export function keepLastRun(planned: PlannedStudy, execution: Execution): void {
  const unfinished = Object.fromEntries(unfinishedOf(planned, execution));
  try {
    writeLastRun(planned.open, {
      plan: [...planJson(reportOf(planned))].join(""),
      unfinished,
      engine: planned.compute.signature,
    });
  } catch {
    // A read-only or full disk; the run itself says so where it matters.
  }
}

function* unfinishedOf(planned: PlannedStudy, execution: Execution): Generator<[string, Unfinished]> {
  const { manifests, failures } = execution;
  for (const { key, inputs } of planned.diff.missing) {
    if (manifests.has(key)) continue;
    const message = failures.get(key);
    // one that waited for a failed one has not failed itself
    const waited = inputs.some(({ node }) => failures.has(node));
    if (message !== undefined && !waited) yield [key, { kind: "failed", message }];
    else yield [key, { kind: "pending", reason: reasonOf(planned.diff, key) }];
  }
}

function reasonOf(diff: PlanDiff, key: Parameters<PlanDiff["status"]["get"]>[0]): Reason {
  const status = diff.status.get(key);
  return status && status.status !== "cached" ? status.reason : { kind: "new" };
}
