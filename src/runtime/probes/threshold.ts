/** Thresholds chosen on predictions. */

import { binaryTruth, columnOf, truthOf as truthOfLabel } from "../../analysis/metrics/columns.js";
import { type Undefined, undefinedBecause } from "../../analysis/metrics/measured.js";
import { type ChosenThreshold, chooseOn, type ThresholdRule } from "../../analysis/metrics/threshold-rule.js";
import { matrixOf, type Predictions, type Thresholds } from "./predictions.js";

export interface ChosenThresholds {
  readonly kind: "thresholds";
  /** One for two classes, one a label for several labels; NaN for a label without one: it calls nothing positive. */
  readonly at: Thresholds;
  /** Of each, what came of it, in the same order. */
  readonly each: readonly ChosenThreshold[];
}

/**
 * What the rule chooses on these predictions: of the second of two classes, or label by label. Undefined where there are
 * more than two classes, where two classes do not both occur, or where no label has a threshold.
 */
export function chooseThresholds(rule: ThresholdRule, predictions: Predictions): ChosenThresholds | Undefined {
  const { classes, labels, probabilities, several } = predictions;
  const scores = matrixOf(predictions, probabilities);
  if (!several && classes !== 2) return undefinedBecause(`a threshold divides two classes, and there are ${classes}`);
  const each = several
    ? Array.from({ length: classes }, (_, label) =>
        chooseOn(rule, truthOfLabel(matrixOf(predictions, labels), label), columnOf(scores, label)),
      )
    : [chooseOn(rule, binaryTruth(labels), columnOf(scores, 1))];
  const [first] = each;
  if (first?.kind === "undefined" && each.every(({ kind }) => kind === "undefined")) return first;
  const at = each.map((chosen) => (chosen.kind === "threshold" ? chosen.at : Number.NaN));
  return { kind: "thresholds", at, each };
}
