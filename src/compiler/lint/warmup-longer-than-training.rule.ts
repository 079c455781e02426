import { asDuration } from "../../catalog/duration.js";
import { diagnostic } from "../messages.js";
import { recipesIn, settingPlace } from "./recipes.js";
import type { LintRule } from "./rule.js";

/** The learning rate never reaches its value. Compared only where both count the same thing. */
export const warmupLongerThanTraining: LintRule = {
  name: "warmup-longer-than-training",
  why: "A warm-up that outlasts the training never lets the learning rate reach its value: another rate is compared than the one that is written. The rule compares the two where both count the same thing.",
  references: ["Goyal et al. (2017). Accurate, large minibatch SGD: training ImageNet in 1 hour. arXiv:1706.02677."],
  check({ context, experiments }) {
    for (const recipe of recipesIn(experiments)) {
      const [warmup] = recipe.schedule.filter((phase) => phase.id === "warmup");
      const duration = asDuration(warmup?.params.duration);
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
