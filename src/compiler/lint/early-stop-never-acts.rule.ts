import { diagnostic } from "../messages.js";
import { recipesIn, settingPlace } from "./recipes.js";
import type { LintRule } from "./rule.js";
import { checks, checksOf, durationIn } from "./stopping.js";

/** The first check is an improvement, and the last one is the end anyway. */
export const earlyStopNeverActs: LintRule = {
  name: "early-stop-never-acts",
  why: "A training stops early at the check that is the `patience`-th without improvement, and the first check of all is one. With fewer than `patience` + 2 checks in its budget every training goes to its end, whatever the recipe says. The rule counts checks where `every` and `for` count the same thing.",
  references: ["Prechelt (1998). Early stopping – but when? In: Neural Networks: Tricks of the Trade, Springer."],
  check({ context, experiments }) {
    for (const recipe of recipesIn(experiments)) {
      const patience = durationIn(recipe.stop, "patience")?.value;
      const there = checksOf(recipe);
      if (patience === undefined || there === undefined || there >= patience + 2) continue;
      const parameters = { recipe: recipe.name, checks: checks(there), least: patience + 2 };
      context.sink.report(diagnostic("early-stop-never-acts", parameters, settingPlace(context, recipe, "stop")));
    }
  },
};
