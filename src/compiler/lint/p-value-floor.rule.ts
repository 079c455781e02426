import { diagnostic } from "../messages.js";
import type { PairedTest } from "../outputs/types.js";
import type { Axis, Experiment } from "../study.js";
import { partsOf, quantitiesIn } from "./quantities.js";
import type { LintRule } from "./rule.js";

const LEVEL = 0.05;
/** Tests that count signs or ranks: of n pairs none gives less than 2 in 2^n. */
const EXACT: ReadonlySet<string> = new Set(["sign_flip", "wilcoxon"]);

/** Whatever is measured, p cannot come out small. */
export const pValueFloor: LintRule = {
  name: "p-value-floor",
  why: "A test that counts signs or ranks of n paired differences has 2^n equally likely outcomes: two-sided, its p is never below 2^(1−n), and an adjustment for m tests (Holm, Bonferroni) multiplies that by m. Five repeats give 0.0625 at best. The rule works that floor out from repeats, folds, the axes of `over` and the points of the derive.",
  references: [
    "Phipson, Smyth (2010). Permutation p-values should never be zero. Statistical Applications in Genetics and Molecular Biology 9.",
    "Demšar (2006). Statistical comparisons of classifiers over multiple data sets. JMLR 7.",
  ],
  check({ context, experiments, outputs, header }) {
    const repeats = header?.repeats ?? 1;
    for (const { name, axes, quantity, location } of quantitiesIn(outputs)) {
      for (const part of partsOf(quantity)) {
        if (part.kind !== "test" || !EXACT.has(part.method)) {
          continue;
        }
        const pairs = pairsOf(part, experiments, repeats);
        const tests = part.adjust === "holm" || part.adjust === "bonferroni" ? pointsOf(axes) : 1;
        const floor = Math.min(1, 2 ** (1 - pairs) * tests);
        if (floor > LEVEL) {
          const parameters = {
            ...{ name, method: part.method, pairs, floor: Number(floor.toPrecision(2)), level: LEVEL },
            least: pairsFor(tests),
            adjusted: tests > 1 ? `, adjusted for ${tests} tests` : "",
          };
          context.sink.report(diagnostic("p-value-floor", parameters, location));
        }
      }
    }
  },
};

function pairsFor(tests: number): number {
  return Math.ceil(1 + Math.log2(tests / LEVEL));
}

function pairsOf(test: PairedTest, experiments: readonly Experiment[], repeats: number): number {
  const columns = partsOf(test.left).flatMap((part) => (part.kind === "column" ? [part.table] : []));
  const experiment = experiments.find(({ name }) => columns.includes(name));
  const size = (axis: string): number => {
    switch (axis) {
      case "repeat":
        return repeats;
      case "fold":
        return experiment?.folds ?? 1;
      default:
        return experiment?.axes.find(({ name }) => name === axis)?.points.length ?? 1;
    }
  };
  return test.over.reduce((product, axis) => product * size(axis), 1);
}

function pointsOf(axes: readonly Axis[]): number {
  return axes.reduce((product, { points }) => product * Math.max(1, points.length), 1);
}
