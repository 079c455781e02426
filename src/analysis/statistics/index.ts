export { ADJUSTMENTS, type Adjustment, adjust } from "./adjust.js";
export { type BootstrapOptions, bootstrap, differenceMetric } from "./bootstrap.js";
export { correctedT } from "./corrected-t.js";
export { CORRELATIONS, type CorrelationMethod, correlation, correlationInterval } from "./correlation.js";
export {
  type AucCases,
  type AucVariance,
  aucVariance,
  delongPaired,
  delongRepeated,
  delongUnpaired,
} from "./delong.js";
export type { Interval, IntervalValue, UniformSource } from "./interval.js";
export { type CurvePoint, labelEquivalent } from "./label-equivalent.js";
export { type Coefficient, type Fit, type LeastSquaresOptions, leastSquares } from "./least-squares.js";
export { type McnemarOptions, mcnemar } from "./mcnemar.js";
export { pairedT } from "./paired-t.js";
export { percentiles, type RowInterval, type RowResampling, resampleRows } from "./resample-rows.js";
export { type SignFlipOptions, signFlip } from "./sign-flip.js";
export type { TestResult, TestValue } from "./test-result.js";
export { type WilcoxonOptions, wilcoxon } from "./wilcoxon.js";
