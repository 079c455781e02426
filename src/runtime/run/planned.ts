/** From a checked study to a plan, held against the store and the plan of the run before. */

import type { Diagnostic } from "../../compiler/diagnostics.js";
import {
  collectFacts,
  diffPlan,
  type Lock,
  lower,
  makeLock,
  type Plan,
  type PlanDiff,
  type PlanReport,
  planJson,
  type StudyFacts,
} from "../../compiler/plan/index.js";
import type { CheckedStudy } from "../../compiler/study.js";
import { packageVersion } from "../host/package.js";
import { type DiskStore, openStore } from "../store/index.js";
import { replaceFile } from "../store/replace.js";
import { checkDataNames } from "./data-names.js";
import { type Demand, demandOf } from "./demand.js";
import { type Compute, type ComputeWish, resolveCompute } from "./engine.js";
import { lastPlanPath, readLastPlan } from "./last-plan.js";
import type { OpenStudy } from "./open.js";
import { readRates } from "./rates.js";

export interface PlannedStudy {
  readonly ok: true;
  readonly open: OpenStudy;
  readonly study: CheckedStudy;
  readonly facts: StudyFacts;
  readonly plan: Plan;
  readonly diff: PlanDiff;
  readonly demand: Demand;
  readonly store: DiskStore;
  readonly compute: Compute;
  /** Of the checker, the linter and the lowering; no errors among them. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface RefusedStudy {
  readonly ok: false;
  readonly open: OpenStudy;
  readonly diagnostics: readonly Diagnostic[];
}

/** @throws EngineError, UsageError, StoreError */
export async function planStudy(open: OpenStudy, wish: ComputeWish): Promise<PlannedStudy | RefusedStudy> {
  const { study, diagnostics: checked } = open.compilation;
  if (study === undefined || hasErrors(checked)) return { ok: false, open, diagnostics: checked };
  checkDataNames([open]);
  const compute = await resolveCompute(wish);
  const facts = await collectFacts(study, open.host);
  await open.facts.save();
  const rates = readRates(open.cache, compute.signature);
  const lowered = lower(study, facts, { signature: compute.signature, rates });
  const diagnostics = [...checked, ...lowered.diagnostics];
  if (hasErrors(diagnostics)) return { ok: false, open, diagnostics };
  const { plan } = lowered;
  const store = openStore(open.cache, undefined, open.layers);
  const demand = await demandOf(plan, store);
  const diff = diffPlan(plan, {
    isCached: (key) => demand.found.has(key),
    previous: readLastPlan(open),
    files: study.files,
  });
  return { ok: true, open, study, facts, plan, diff, demand, store, compute, diagnostics };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

export function reportOf({ study, plan, diff, compute }: PlannedStudy): PlanReport {
  return { study, plan, diff, signature: compute.signature };
}

export function lockOf({ study, facts, compute }: PlannedStudy): Lock {
  return makeLock({ study, facts, xferc: packageVersion(), engine: compute.signature });
}

/** Failing to is no one's problem: the next plan says `new` where it could have said what changed. */
export function keepLastPlan(planned: PlannedStudy): void {
  const path = lastPlanPath(planned.open);
  try {
    replaceFile(path, [...planJson(reportOf(planned))].join(""));
  } catch {
    // A read-only or full disk; the run itself says so where it matters.
  }
}
