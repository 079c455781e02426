import { diagnostic } from "../messages.js";
import { recipesIn, settingPlace } from "./recipes.js";
import type { LintRule } from "./rule.js";
import { rewritten } from "./texts.js";

/** Choosing the reported state by the test split makes the reported number an optimistic one. */
export const selectOnTest: LintRule = {
  name: "select-on-test",
  why: "The reported state is then the one that happened to do best on the very images it is reported on: the number is the maximum of many, and new data will not keep it. The rule looks at `select best(…, on: test)` of every recipe that some cell trains with.",
  references: [
    "Cawley, Talbot (2010). On over-fitting in model selection and subsequent selection bias in performance evaluation. JMLR 11.",
    "Kapoor, Narayanan (2023). Leakage and the reproducibility crisis in machine-learning-based science. Patterns 4.",
  ],
  check({ context, experiments }) {
    for (const recipe of recipesIn(experiments)) {
      if (recipe.select.kind === "best" && recipe.select.on === "test") {
        const place = settingPlace(context, recipe, "select");
        const fixes = rewritten(context, place, /\bon:\s*test\b/, "on: val", "select on `val`");
        context.sink.report(diagnostic("select-on-test", { recipe: recipe.name }, place, { fixes }));
      }
    }
  },
};
