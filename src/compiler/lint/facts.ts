/** The rules that need to know the data: how many images there are, of which classes and patients. */

import type { Diagnostic } from "../diagnostics.js";
import type { StudyFacts } from "../plan/facts.js";
import type { CheckedStudy } from "../study.js";
import { accuracyOfImbalanced } from "./accuracy-of-imbalanced.rule.js";
import { eceFewCases } from "./ece-few-cases.rule.js";
import { fewTestCases } from "./few-test-cases.rule.js";
import { fewValCases } from "./few-val-cases.rule.js";
import { patientsAcrossSplits } from "./patients-across-splits.rule.js";
import { positiveByAlphabet } from "./positive-by-alphabet.rule.js";
import type { FactRule } from "./rule.js";
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

/** One a place and kind: what many cells are told is told once. */
export function lintFacts(study: CheckedStudy, facts: StudyFacts): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const rule of FACT_RULES) {
    for (const each of rule.check(study, facts)) {
      const { path, span } = each.location;
      const place = `${each.name} ${path} ${span.start} ${span.end}`;
      if (!found.has(place)) {
        found.set(place, each);
      }
    }
  }
  return [...found.values()];
}
