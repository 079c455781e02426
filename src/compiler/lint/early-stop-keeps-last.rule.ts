import { diagnostic } from "../messages.js";
import { recipesIn, settingPlace } from "./recipes.js";
import type { LintRule } from "./rule.js";
import { checks, durationIn } from "./stopping.js";

/** What is kept is by construction not the best. */
export const earlyStopKeepsLast: LintRule = {
  name: "early-stop-keeps-last",
  why: "A training that stops after so many checks without improvement has its best state so many checks behind it. `select last` keeps the one where it gave up, which is no better and mostly more overfitted. The rule looks at recipes that say `stop early` and select the last state.",
  references: [
    "Prechelt (1998). Early stopping – but when? In: Neural Networks: Tricks of the Trade, Springer.",
    "Goodfellow, Bengio, Courville (2016). Deep learning, section 7.8. MIT Press.",
  ],
  check({ context, experiments }) {
    for (const recipe of recipesIn(experiments)) {
      if (recipe.stop === undefined || recipe.select.kind === "best") continue;
      const parameters = { recipe: recipe.name, patience: checks(durationIn(recipe.stop, "patience")?.value ?? 0) };
      context.sink.report(diagnostic("early-stop-keeps-last", parameters, settingPlace(context, recipe, "stop")));
    }
  },
};
