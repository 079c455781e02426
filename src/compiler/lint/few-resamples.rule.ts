import { diagnostic } from "../messages.js";
import type { LintRule } from "./rule.js";

const LEAST = 1000;

/** The 2.5th percentile of a hundred is the third smallest. */
export const fewResamples: LintRule = {
  name: "few-resamples",
  why: "The ends of a 95 % percentile interval are the 2.5 % of resamples at either side: of a hundred resamples two or three, so another draw gives another interval. The rule looks at `ci: bootstrap(…)` of fewer than 1,000.",
  references: ["Efron, Tibshirani (1993). An introduction to the bootstrap. Chapman & Hall, chapters 13 and 19."],
  check({ context, experiments }) {
    for (const { probes } of experiments.flatMap(({ cells }) => cells)) {
      for (const { scoring, measure, location } of probes) {
        const resamples = scoring?.interval?.resamples;
        if (resamples !== undefined && resamples < LEAST) {
          context.sink.report(diagnostic("few-resamples", { measure, resamples, least: LEAST }, location));
        }
      }
    }
  },
};
