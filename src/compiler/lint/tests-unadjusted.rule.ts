import type { Location } from "../diagnostics.js";
import { diagnostic } from "../messages.js";
import type { CheckedOutputs } from "../outputs/signature.js";
import { partsOf, quantitiesIn } from "./quantities.js";
import type { LintRule } from "./rule.js";

/** Of twenty tests of nothing one is "significant". */
export const testsUnadjusted: LintRule = {
  name: "tests-unadjusted",
  why: "Of twenty tests of differences that are not there, one comes out below 0.05 on average. A derive with `adjust: none` makes one test a point of its axes. The rule looks at those with two points or more.",
  references: [
    "Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.",
    "Demšar (2006). Statistical comparisons of classifiers over multiple data sets. JMLR 7.",
  ],
  check({ context, outputs }) {
    for (const { name, tests, location } of unadjusted(outputs)) {
      if (tests > 1) {
        context.sink.report(diagnostic("tests-unadjusted", { name, tests }, location));
      }
    }
  },
};

interface Unadjusted {
  readonly name: string;
  readonly tests: number;
  readonly location: Location;
}

function unadjusted(outputs: CheckedOutputs): readonly Unadjusted[] {
  const paired = quantitiesIn(outputs).flatMap(({ name, axes, quantity, location }) => {
    const tests = axes.reduce((product, { points }) => product * Math.max(1, points.length), 1);
    const plain = partsOf(quantity).some((part) => part.kind === "test" && part.adjust === "none");
    return plain ? [{ name, tests, location }] : [];
  });
  const ofCases = outputs.derives.flatMap(({ name, value, location }) =>
    value.kind === "comparison" && value.adjust === "none" ? [{ name, tests: value.instances.length, location }] : [],
  );
  return [...paired, ...ofCases];
}
