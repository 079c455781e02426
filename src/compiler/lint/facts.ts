/** The rules that need to know the data (how many images there are, of which classes and patients) or the plan. */

import type { Diagnostic } from "../diagnostics.js";
import type { StudyFacts } from "../plan/facts.js";
import type { Plan } from "../plan/types.js";
import type { CheckedStudy } from "../study.js";
import { accuracyOfImbalanced } from "./accuracy-of-imbalanced.rule.js";
import { eceFewCases } from "./ece-few-cases.rule.js";
import { fewTestCases } from "./few-test-cases.rule.js";
import { fewValCases } from "./few-val-cases.rule.js";
import { patientsAcrossSplits } from "./patients-across-splits.rule.js";
import { positiveByAlphabet } from "./positive-by-alphabet.rule.js";
import { rowsShareRuns } from "./rows-share-runs.rule.js";
import type { FactRule, PlanRule } from "./rule.js";
import { valLargerThanTrain } from "./val-larger-than-train.rule.js";
import { whereKeepsAll } from "./where-keeps-all.rule.js";

export const FACT_RULES: readonly FactRule[] = [
  valLargerThanTrain,
  patientsAcrossSplits,
  accuracyOfImbalanced,
  positiveByAlphabet,
  fewTestCases,
  fewValCases,
  eceFewCases,
  whereKeepsAll,
];

export const PLAN_RULES: readonly PlanRule[] = [rowsShareRuns];

/** One a place and kind: what many cells are told is told once. */
export function lintPlanned(
  study: CheckedStudy,
  facts: StudyFacts,
  plan: Pick<Plan, "results">,
): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  const told = [
    ...FACT_RULES.flatMap((rule) => rule.check(study, facts)),
    ...PLAN_RULES.flatMap((rule) => rule.check(study, plan)),
  ];
  for (const each of told) {
    const { path, span } = each.location;
    const place = `${each.name} ${path} ${span.start} ${span.end}`;
    if (!found.has(place)) {
      found.set(place, each);
    }
  }
  return [...found.values()];
}
