/** The configuration of projects whose studies are made to be quick: what the linter thinks of that is asked elsewhere. */
export const UNMINDED: string = JSON.stringify({
  lint: Object.fromEntries(
    ["batch-norm-small-batch", "few-test-cases", "few-val-cases", "single-run"].map((rule) => [rule, "off"]),
  ),
});
