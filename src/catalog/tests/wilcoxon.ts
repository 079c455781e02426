import { test } from "./test.js";

export const wilcoxon = test({
  id: "wilcoxon",
  doc: "Wilcoxon's signed rank test of paired differences, two-sided; differences of zero are dropped. Exact to 50 pairs without ties or zeros and 13 with them, by the normal approximation beyond. Five pairs never give less than 0.0625.",
  undefinedWhen: "No difference is left.",
  source: "Wilcoxon 1945; SciPy's wilcoxon.",
});
