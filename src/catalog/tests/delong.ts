import { test } from "./test.js";

export const delong = test({
  id: "delong",
  doc: "DeLong's test of two ROC AUCs of two classes on the same cases, two-sided: of the means over repeats, whose variance over cases is of how many negatives each positive beats, on average over repeats, and the other way round. The states are taken as they are.",
  over: "cases",
  metric: "roc_auc",
  tasks: ["binary"],
  folds: "any",
  undefinedWhen: "There are fewer than two cases of a class, or both sides rank all cases alike.",
  source: "DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014.",
});
