import { diagnostic } from "../messages.js";
import type { Experiment } from "../study.js";
import { pairsIn } from "./pairs.js";
import type { LintRule } from "./rule.js";

/** Fold 1 of five and fold 1 of ten test other cases. */
export const pairsOtherFolds: LintRule = {
  name: "pairs-other-folds",
  why: "Two models are compared by what they say of the same test cases. Folds dealt otherwise (another number, by other groups), or folds against the data's own split, test other cases under the same number, so that a difference is between cases as much as between models. The rule looks at differences, ratios and paired tests of two experiments whose `folds` differ.",
  references: [
    "Dietterich (1998). Approximate statistical tests for comparing supervised classification learning algorithms. Neural Computation 10.",
    "Nadeau, Bengio (2003). Inference for the generalization error. Machine Learning 52.",
  ],
  check({ context, experiments, outputs }) {
    for (const { of, first, second } of pairsIn(experiments, outputs)) {
      const [one, other] = [dealt(first), dealt(second)];
      if (one !== other) {
        const parameters = {
          name: of.name,
          first: first.name,
          firstSplit: one,
          second: second.name,
          secondSplit: other,
        };
        context.sink.report(diagnostic("pairs-other-folds", parameters, of.location));
      }
    }
  },
};

function dealt({ folds, cells }: Experiment): string {
  if (folds === undefined) {
    return "the data's own split";
  }
  const view = cells[0]?.target.views?.find(({ kind }) => kind === "folds");
  const by = view?.kind === "folds" && view.by !== undefined ? ` by ${view.by}` : "";
  return `${folds} folds${by}`;
}
