import { test } from "./test.js";

export const correctedT = test({
  id: "corrected_t",
  version: 2,
  doc: "The corrected resampled t test, two-sided, of paired differences over folds, each the mean of its repeats, whose training images overlap: their variance counts 1/n + test/train times, with K − 2 training folds for each that is tested.",
  folds: "needed",
  undefinedWhen: "There are fewer than three folds, or all differences are the same number.",
  source: "Nadeau and Bengio 2003.",
});
