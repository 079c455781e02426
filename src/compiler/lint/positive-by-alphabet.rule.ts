import { entry } from "../../catalog/index.js";
import { diagnostic } from "../messages.js";
import type { DatasetSpec } from "../study.js";
import type { FactRule } from "./rule.js";
import { cellsWithFacts } from "./subjects.js";

/** Names of what is not there: first by the alphabet, they leave the other class to be positive, as is meant. */
const NEGATIVE =
  /^(absent|background|benign|clean|clear|controls?|false|healthy|neg|negatives?|no|non.*|none?|normals?|regular|well)$/i;

/** Sensitivity to the healthy. */
export const positiveByAlphabet: FactRule = {
  name: "positive-by-alphabet",
  why: "Sensitivity, specificity and average precision are of the positive class, the second of two. Where a data set does not say its classes' order, that is the alphabet's, by which `abnormal` stands before `normal` and `cancer` before `healthy`: what is then called sensitivity is the specificity meant. The rule looks at such measures of data sets that could say `classes: […]` and do not; names that are known to be negative (`benign`, `normal`, `no`, …) in first place, and numbers, are in order.",
  references: [
    "Altman, Bland (1994). Diagnostic tests 1: sensitivity and specificity. BMJ 308.",
    "Cohen et al. (2016). STARD 2015 guidelines for reporting diagnostic accuracy studies: explanation and elaboration. BMJ Open 6.",
  ],
  check(study, facts) {
    return cellsWithFacts(study, facts).flatMap(({ cell: { probes, target }, facts: { task, classes } }) => {
      const [negative = "", positive = ""] = classes;
      const isMeant = NEGATIVE.test(negative) || Number.isFinite(Number(negative));
      if (task !== "binary" || isMeant || !isAlphabetical(target)) {
        return [];
      }
      return probes.flatMap(({ metric, measure, location }) => {
        const dataset = target.base?.name ?? target.name;
        return metric === undefined || entry("metric", metric)?.ofPositive === undefined
          ? []
          : [diagnostic("positive-by-alphabet", { measure, metric, dataset, positive, negative }, location)];
      });
    });
  },
};

/** The data set could say its classes' order, and does not. */
function isAlphabetical({ adapter }: DatasetSpec): boolean {
  return entry("dataset", adapter.id)?.parameters.classes !== undefined && adapter.params.classes === undefined;
}
