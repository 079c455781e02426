import { diagnostic } from "../messages.js";
import { recipesIn, settingPlace } from "./recipes.js";
import type { LintRule } from "./rule.js";

/** The end of training is always a check; where it is the only one, there is nothing to choose from. */
export const selectOnce: LintRule = {
  name: "select-once",
  why: "`select best` chooses among the checks of a training. Where the first check comes at its end there is only one, and “selected” means “last” although it says otherwise. The rule compares `every` with `for` where both count the same thing.",
  references: ["Prechelt (1998). Early stopping – but when? In: Neural Networks: Tricks of the Trade, Springer."],
  check({ context, experiments }) {
    for (const recipe of recipesIn(experiments)) {
      const { select, duration } = recipe;
      if (select.kind === "best" && select.every.unit === duration.unit && select.every.value >= duration.value) {
        const parameters = {
          recipe: recipe.name,
          every: `${select.every.value} ${select.every.unit}`,
          training: `${duration.value} ${duration.unit}`,
        };
        context.sink.report(diagnostic("select-once", parameters, settingPlace(context, recipe, "select")));
      }
    }
  },
};
