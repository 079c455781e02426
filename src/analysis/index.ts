/**
 * Probes and metrics as plain functions on arrays: the code a study's measures run, for use without a study.
 * Features are `{ data, shape }` in row-major order, samples first; sums are in double precision.
 */

export { type CkaEstimator, type CkaOptions, cka } from "./cka.js";
export { fid, type KidOptions, kid } from "./fid.js";
export { type KnnOptions, type KnnResult, knn } from "./knn.js";
export { l2 } from "./l2.js";
export * as metrics from "./metrics/index.js";
export type { Labels, Matrix } from "./metrics/types.js";
export * as statistics from "./statistics/index.js";
export type { Tensor } from "./tensor.js";
