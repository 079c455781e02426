import { diagnostic } from "../messages.js";
import type { LintRule } from "./index.js";
import { recipesIn, settingPlace } from "./recipes.js";

/** Choosing the reported state by the test split makes the reported number an optimistic one. */
export const selectOnTest: LintRule = {
  name: "select-on-test",
  check({ context, experiments }) {
    for (const recipe of recipesIn(experiments)) {
      if (recipe.select.kind === "best" && recipe.select.on === "test") {
        context.sink.report(
          diagnostic("select-on-test", { recipe: recipe.name }, settingPlace(context, recipe, "select")),
        );
      }
    }
  },
};
