import { test } from "./test.js";

export const pairedT = test({
  id: "paired_t",
  doc: "Student's t of paired differences, two-sided: whether their mean is zero, of differences that are independent and near normal.",
  undefinedWhen: "There are fewer than two pairs, or all differences are the same number.",
  source: "Student 1908; SciPy's ttest_rel.",
});
