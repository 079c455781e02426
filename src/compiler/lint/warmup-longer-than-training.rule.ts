import type { Duration } from "../../catalog/types.js";
import { diagnostic } from "../messages.js";
import type { LintRule } from "./index.js";
import { recipesIn, settingPlace } from "./recipes.js";

/** The learning rate never reaches its value. Compared only where both count the same thing. */
export const warmupLongerThanTraining: LintRule = {
  name: "warmup-longer-than-training",
  check({ context, experiments }) {
    for (const recipe of recipesIn(experiments)) {
      const [warmup] = recipe.schedule.filter((phase) => phase.id === "warmup");
      const duration = warmup?.params.duration as unknown as Duration | undefined;
      if (duration !== undefined && duration.unit === recipe.duration.unit && duration.value > recipe.duration.value) {
        const parameters = {
          recipe: recipe.name,
          warmup: `${duration.value} ${duration.unit}`,
          training: `${recipe.duration.value} ${recipe.duration.unit}`,
        };
        context.sink.report(
          diagnostic("warmup-longer-than-training", parameters, settingPlace(context, recipe, "schedule")),
        );
      }
    }
  },
};
