import { test } from "./test.js";

export const signFlip = test({
  id: "sign_flip",
  doc: "Permutation test of paired differences, two-sided: the share of signings whose mean is as far from zero as the one seen; of all signings to 13 pairs, of 9,999 drawn ones beyond.",
  undefinedWhen: "All differences are zero.",
  source: 'Fisher 1935; SciPy\'s permutation_test, permutation_type="samples".',
});
