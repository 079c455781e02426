import { diagnostic } from "../messages.js";
import { pairsIn, repeatsOf } from "./pairs.js";
import type { LintRule } from "./rule.js";

/** What is paid for and not used should at least be meant. */
export const pairsLeftOut: LintRule = {
  name: "pairs-left-out",
  why: "Arithmetic of two experiments goes repeat by repeat, so a repeat that only one of them has is in no pair: the number says n = 3 where one table beside it says n = 5, and means read off that table differ from it by other numbers than the derive shows. The rule looks at differences, ratios and paired tests of two experiments with other numbers of repeats, which imported studies may have.",
  references: [
    "Bouthillier et al. (2021). Accounting for variance in machine learning benchmarks. MLSys.",
    "Little, Rubin (2002). Statistical analysis with missing data. Wiley.",
  ],
  check({ context, experiments, outputs }) {
    for (const { of, first, second } of pairsIn(experiments, outputs)) {
      const [one, other] = [repeatsOf(first), repeatsOf(second)];
      if (one !== other && one > 0 && other > 0) {
        const [more, less] = one > other ? [first, second] : [second, first];
        const parameters = {
          ...{ name: of.name, more: more.name, many: Math.max(one, other) },
          ...{ less: less.name, few: Math.min(one, other) },
        };
        context.sink.report(diagnostic("pairs-left-out", parameters, of.location));
      }
    }
  },
};
