import { diagnostic } from "../messages.js";
import type { Experiment } from "../study.js";
import type { LintRule } from "./rule.js";

/** A mean height over a length that each training chooses for itself. */
export const earlyStopCurveArea: LintRule = {
  name: "early-stop-curve-area",
  why: "`curve_area` is the mean height of a curve from its first check to its last. Trainings that stop early have curves of different lengths: who stops while it is still bad has a shorter climb to average over than who goes on, and who goes on is rewarded for its long flat end. The numbers are of different budgets and do not compare. The rule looks at measures of `curve_area` in cells whose last stage stops early.",
  references: [
    "Dodge, Gururangan, Card, Schwartz, Smith (2019). Show your work: improved reporting of experimental results. EMNLP.",
    "Prechelt (1998). Early stopping – but when? In: Neural Networks: Tricks of the Trade, Springer.",
  ],
  check({ context, experiments }) {
    for (const experiment of experiments) {
      const found = areaIn(experiment);
      if (found === undefined) continue;
      const { measure, recipe, location } = found;
      context.sink.report(diagnostic("early-stop-curve-area", { measure, recipe }, location));
    }
  },
};

function areaIn({ cells }: Experiment) {
  for (const { probes, train } of cells) {
    const recipe = train.at(-1);
    const probe = recipe?.stop && probes.find((each) => each.probe.id === "curve_area");
    if (recipe !== undefined && probe !== undefined) {
      return { measure: probe.measure, recipe: recipe.name, location: probe.location };
    }
  }
  return undefined;
}
