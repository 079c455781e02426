import { diagnostic } from "../messages.js";
import { partsOf, quantitiesIn } from "./quantities.js";
import type { LintRule } from "./rule.js";

/** Which of two things is better must not depend on which of them is divided by. */
export const meanOfRatios: LintRule = {
  name: "mean-of-ratios",
  why: "The arithmetic mean of ratios over targets or models depends on which side is the reference: A can beat B by it, and B beat A. It is ruled by the points whose denominator is small. The rule looks at `mean(a / b, over: …)` over axes that are no replicates.",
  references: [
    "Fleming, Wallace (1986). How not to lie with statistics: the correct way to summarize benchmark results. Communications of the ACM 29.",
  ],
  check({ context, outputs }) {
    for (const { name, quantity, location } of quantitiesIn(outputs)) {
      for (const part of partsOf(quantity)) {
        if (part.kind !== "reduce" || part.by !== "mean" || part.of.kind !== "arithmetic" || part.of.operator !== "/") {
          continue;
        }
        const axis = part.over.find((each) => each !== "repeat" && each !== "fold");
        if (axis !== undefined && part.of.right.kind !== "constant") {
          context.sink.report(diagnostic("mean-of-ratios", { name, axis }, location));
        }
      }
    }
  },
};
