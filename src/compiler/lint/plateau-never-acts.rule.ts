import { asDuration } from "../../catalog/duration.js";
import type { Duration } from "../../catalog/types.js";
import { diagnostic } from "../messages.js";
import type { RecipeSpec } from "../study.js";
import { recipesIn, settingPlace } from "./recipes.js";
import type { LintRule } from "./rule.js";
import { checks, checksOf } from "./stopping.js";

/** The first check sets the best, and only the one after `patience` bad ones lowers the rate. */
export const plateauNeverActs: LintRule = {
  name: "plateau-never-acts",
  why: "`plateau` lowers the rate at the check after `patience` checks without improvement, so it needs `patience` + 2 checks at least. In a training of fewer the rate is constant whatever the schedule says. The rule counts checks where `every`, `for` and `patience` allow it.",
  references: [
    "Bengio (2012). Practical recommendations for gradient-based training of deep architectures. In: Neural Networks: Tricks of the Trade, Springer.",
  ],
  check({ context, experiments }) {
    for (const recipe of recipesIn(experiments)) {
      const [plateau] = recipe.schedule.filter(({ id }) => id === "plateau");
      const there = checksOf(recipe);
      const patience = patienceOf(asDuration(plateau?.params.patience), recipe);
      if (there !== undefined && patience !== undefined && there < patience + 2) {
        const parameters = { recipe: recipe.name, checks: checks(there), least: patience + 2 };
        const place = settingPlace(context, recipe, "schedule");
        context.sink.report(diagnostic("plateau-never-acts", parameters, place));
      }
    }
  },
};

function patienceOf(patience: Duration | undefined, { select }: RecipeSpec): number | undefined {
  if (patience === undefined) {
    return undefined;
  }
  if (patience.unit === "checks") {
    return patience.value;
  }
  return patience.unit === select.every.unit && select.every.value > 0
    ? Math.round(patience.value / select.every.value)
    : undefined;
}
