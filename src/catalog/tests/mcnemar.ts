import { test } from "./test.js";

export const mcnemar = test({
  id: "mcnemar",
  doc: "McNemar's test of which cases two sides get right, two-sided: of the class with the highest probability on average over repeats. Binomial below 25 cases that differ, χ² with continuity correction from there.",
  over: "cases",
  metric: "top1",
  tasks: ["binary", "multiclass"],
  folds: "any",
  undefinedWhen: "Both sides are right about the same cases.",
  source: "McNemar 1947; Edwards 1948.",
});
