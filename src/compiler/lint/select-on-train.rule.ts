import { diagnostic } from "../messages.js";
import { recipesIn, settingPlace } from "./recipes.js";
import type { LintRule } from "./rule.js";
import { rewritten } from "./texts.js";

/** The training score rises for as long as the model overfits. */
export const selectOnTrain: LintRule = {
  name: "select-on-train",
  why: "On images it is trained on, a model scores better the longer it overfits: the check with the best training score is mostly the last one, and stopping early never happens. The rule looks at `select best(…, on: train)` of every recipe that some cell trains with.",
  references: [
    "Prechelt (1998). Early stopping – but when? In: Neural Networks: Tricks of the Trade, Springer.",
    "Zhang, Bengio, Hardt, Recht, Vinyals (2017). Understanding deep learning requires rethinking generalization. ICLR.",
  ],
  check({ context, experiments }) {
    for (const recipe of recipesIn(experiments)) {
      if (recipe.select.kind === "best" && recipe.select.on === "train") {
        const place = settingPlace(context, recipe, "select");
        const fixes = rewritten(context, place, /\bon:\s*train\b/, "on: val", "select on `val`");
        context.sink.report(diagnostic("select-on-train", { recipe: recipe.name }, place, { fixes }));
      }
    }
  },
};
