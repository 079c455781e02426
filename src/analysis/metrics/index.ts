export { accuracy, accuracyMetric } from "./accuracy.js";
export { averagePrecision, averagePrecisionMetric } from "./average-precision.js";
export { balancedAccuracy, balancedAccuracyMetric } from "./balanced-accuracy.js";
export { brier, brierMetric } from "./brier.js";
export { type EceOptions, ece, eceMetric } from "./ece.js";
export { f1, f1Metric } from "./f1.js";
export { kappa, kappaMetric } from "./kappa.js";
export { logLoss, logLossMetric } from "./log-loss.js";
export { macroF1, macroF1Metric } from "./macro-f1.js";
export { macroPrecision, macroPrecisionMetric } from "./macro-precision.js";
export { macroRecall, macroRecallMetric } from "./macro-recall.js";
export {
  type CaseMetric,
  type Counts,
  type LeftOut,
  type Measured,
  type MeasuredValue,
  numberOf,
  type Undefined,
} from "./measured.js";
export { npv, npvMetric } from "./npv.js";
export { ppv, ppvMetric } from "./ppv.js";
export { quadraticKappa, quadraticKappaMetric } from "./quadratic-kappa.js";
export { atThreshold, type CallOptions } from "./rates.js";
export { type RocAucOptions, rocAuc, rocAucMetric } from "./roc-auc.js";
export { sensitivity, sensitivityMetric } from "./sensitivity.js";
export { specificity, specificityMetric } from "./specificity.js";
export { type ChosenThreshold, chooseThreshold, type Threshold, type ThresholdRule } from "./threshold-rule.js";
export type { Labels, Matrix } from "./types.js";
