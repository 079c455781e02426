import { diagnostic } from "../messages.js";
import type { Cell, Experiment, RecipeSpec } from "../study.js";
import { settingPlace } from "./recipes.js";
import type { LintRule } from "./rule.js";

/** A tenth of the labels in as many epochs is a tenth of the steps: two things vary at once. */
export const epochsAcrossLabels: LintRule = {
  name: "epochs-across-labels",
  why: "A tenth of the labels for as many epochs is a tenth of the steps. What a curve over label shares shows is then both at once. The rule looks at experiments whose cells have different shares of one target, trained by a recipe that counts epochs.",
  references: [
    "Oliver, Odena, Raffel, Cubuk, Goodfellow (2018). Realistic evaluation of deep semi-supervised learning algorithms. NeurIPS.",
    "Hoffer, Hubara, Soudry (2017). Train longer, generalize better. NeurIPS.",
  ],
  check({ context, experiments }) {
    const told = new Set<RecipeSpec>();
    for (const experiment of experiments.filter(variesLabels)) {
      for (const recipe of experiment.cells.flatMap(({ train }) => train)) {
        if (recipe.duration.unit === "epochs" && !told.has(recipe)) {
          const parameters = { recipe: recipe.name, experiment: experiment.name };
          context.sink.report(diagnostic("epochs-across-labels", parameters, settingPlace(context, recipe, "for")));
        }
        told.add(recipe);
      }
    }
  },
};

/** Under one target: another target has another size anyway. */
function variesLabels({ cells }: Experiment): boolean {
  const byTarget = new Map<string, Set<string>>();
  for (const { target } of cells) {
    const amounts = byTarget.get(target.name) ?? new Set();
    byTarget.set(target.name, amounts.add(amountOf(target)));
  }
  return [...byTarget.values()].some(({ size }) => size > 1);
}

function amountOf({ views = [] }: Cell["target"]): string {
  const subset = views.findLast((view) => view.kind === "subset");
  return subset?.kind === "subset" ? JSON.stringify(subset.amount) : "all";
}
