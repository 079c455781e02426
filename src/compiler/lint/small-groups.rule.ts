import { diagnostic } from "../messages.js";
import type { ProbeSpec } from "../study.js";
import type { LintRule } from "./rule.js";

const LEAST = 10;

/** What is said of a group of three is said of three people. */
export const smallGroups: LintRule = {
  name: "small-groups",
  why: "A score of a handful of cases is nearly all noise, and near to telling about single patients. Differences between subgroups are then found where none are. The rule looks at `by: …` with `min_cases` lowered below 10; for a sensitivity with a useful interval some hundred cases of each class are needed.",
  references: [
    "Collins, Ogundimu, Altman (2016). Sample size considerations for the external validation of a multivariable prognostic model. Statistics in Medicine 35.",
    "Hanley, McNeil (1982). The meaning and use of the area under a receiver operating characteristic (ROC) curve. Radiology 143.",
  ],
  check({ context, experiments }) {
    const seen = new Set<ProbeSpec["scoring"]>();
    for (const { probes } of experiments.flatMap(({ cells }) => cells)) {
      for (const { scoring, measure, location } of probes) {
        if (scoring === undefined || seen.has(scoring)) {
          continue;
        }
        seen.add(scoring);
        if (scoring.by.length > 0 && scoring.minCases < LEAST) {
          const parameters = { measure, cases: scoring.minCases, least: LEAST };
          context.sink.report(diagnostic("small-groups", parameters, location));
        }
      }
    }
  },
};
