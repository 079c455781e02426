/**
 * Probes and metrics as plain functions on arrays: the code a study's measures run, for use without a study.
 * Features are `{ data, shape }` in row-major order, samples first; sums are in double precision.
 */

export { type AttentionEstimator, type AttentionMap, attendedDistance } from "./attention.js";
export {
  CCA_VARIANTS,
  type CcaVariant,
  canonicalSimilarity,
  type Subspace,
  type SubspaceOptions,
  subspace,
} from "./cca.js";
export { type CkaEstimator, type CkaOptions, cka } from "./cka.js";
export { type CurvePoint, curveArea, type Goal, type GoalOutcome, reachGoal, stepsTo } from "./curve.js";
export { fid, type KidOptions, kid } from "./fid.js";
export { type KnnLabels, type KnnOptions, type KnnResult, KnnVotes, knn } from "./knn.js";
export { type L2Distance, type L2Options, l2 } from "./l2.js";
export {
  fitLogistic,
  LOGISTIC_TOLERANCE,
  type LogisticFit,
  type LogisticLabels,
  type LogisticOptions,
  logisticScores,
} from "./logistic.js";
export * as metrics from "./metrics/index.js";
export type { Labels, Matrix } from "./metrics/types.js";
export { type PairedEstimate, relativeGain, reuseShare } from "./reuse.js";
export * as statistics from "./statistics/index.js";
export type { Tensor } from "./tensor.js";
export { leep, logme } from "./transferability.js";
export { type ClassMeans, classDistance, transportCost } from "./transport.js";
