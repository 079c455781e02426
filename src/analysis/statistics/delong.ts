/**
 * DeLong's test of ROC AUCs (DeLong, DeLong and Clarke-Pearson 1988): the AUC's variance from how many negatives each
 * positive beats and the other way round; O(n log n) (Sun and Xu 2014).
 */

import { binaryTruth, checkLength } from "../metrics/columns.js";
import { type Undefined, undefinedBecause } from "../metrics/measured.js";
import { rank } from "../metrics/ranking.js";
import { placements } from "../metrics/roc-auc.js";
import type { Labels } from "../metrics/types.js";
import { normalTwoSided } from "./normal.js";
import type { TestResult } from "./test-result.js";

export interface AucVariance {
  readonly kind: "auc";
  readonly auc: number;
  readonly variance: number;
}

/** The AUC of labels 0/1 and scores, and its variance. Undefined below two positives or two negatives. */
export function aucVariance(y: Labels, scores: Labels): AucVariance | Undefined {
  const parts = partsOf(y, scores);
  if (parts.kind === "undefined") return parts;
  return { kind: "auc", auc: parts.auc, variance: covariance(parts, parts) };
}

/** Two AUCs on the same cases: their difference over its standard error, correlation and all; z, two-sided. */
export function delongPaired(y: Labels, first: Labels, second: Labels): TestResult {
  return delongRepeated(y, [first], [second]);
}

/**
 * Of the mean AUCs of several scorings of the same cases (repeats of a training) on each side, which are taken as they
 * are: an AUC is a mean over pairs of cases, and so is a mean of AUCs, with the mean placements.
 */
export function delongRepeated(y: Labels, first: readonly Labels[], second: readonly Labels[]): TestResult {
  const [a, b] = [meanParts(y, first), meanParts(y, second)];
  if (a.kind === "undefined") return a;
  if (b.kind === "undefined") return b;
  const variance = covariance(a, a) + covariance(b, b) - 2 * covariance(a, b);
  return zTest(a.auc - b.auc, variance, y.length);
}

export interface AucCases {
  readonly y: Labels;
  readonly scores: Labels;
}

/** Two AUCs on different cases. */
export function delongUnpaired(first: AucCases, second: AucCases): TestResult {
  const [a, b] = [aucVariance(first.y, first.scores), aucVariance(second.y, second.scores)];
  if (a.kind === "undefined") return a;
  if (b.kind === "undefined") return b;
  return zTest(a.auc - b.auc, a.variance + b.variance, first.y.length + second.y.length);
}

/** As far as a variance of equal scores may be from 0. */
const ROUNDING = 1e-18;
const Z975 = 1.959963984540054;

function zTest(estimate: number, variance: number, n: number): TestResult {
  if (variance <= ROUNDING) {
    return undefinedBecause(estimate === 0 ? "both rank the cases alike" : "the difference has no variance");
  }
  const standardError = Math.sqrt(variance);
  const statistic = estimate / standardError;
  const interval = { low: estimate - Z975 * standardError, high: estimate + Z975 * standardError };
  return { kind: "tested", statistic, p: normalTwoSided(statistic), estimate, standardError, interval, n };
}

interface Parts {
  readonly kind: "parts";
  readonly auc: number;
  /** Of each positive, by case: the share of negatives it beats; of each negative, the share of positives that beat it. */
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

function partsOf(y: Labels, scores: Labels): Parts | Undefined {
  checkLength(y, scores.length);
  const truth = binaryTruth(y);
  const ranking = rank(truth, Float64Array.from(scores));
  const { beaten, positives, negatives } = placements(ranking);
  if (positives < 2 || negatives < 2) {
    return undefinedBecause(`a variance needs two of each class, and there are ${positives} and ${negatives}`);
  }
  const byCase = new Float64Array(truth.length);
  for (let k = 0; k < beaten.length; k++) byCase[ranking.order[k] as number] = beaten[k] as number;
  const shares = (value: number, others: number) =>
    byCase.filter((_, i) => truth[i] === value).map((count) => count / others);
  const ofPositives = shares(1, negatives);
  return { kind: "parts", auc: average(ofPositives), positives: ofPositives, negatives: shares(0, positives) };
}

/** @throws RangeError without scores */
function meanParts(y: Labels, scorings: readonly Labels[]): Parts | Undefined {
  const all: Parts[] = [];
  for (const scores of scorings) {
    const parts = partsOf(y, scores);
    if (parts.kind === "undefined") return parts;
    all.push(parts);
  }
  const [first] = all;
  if (first === undefined) throw new RangeError("there are no scores");
  const mean = (of: (parts: Parts) => Float64Array) =>
    of(first).map((_, i) => all.reduce((sum, parts) => sum + (of(parts)[i] as number), 0) / all.length);
  const positives = mean((parts) => parts.positives);
  return { kind: "parts", auc: average(positives), positives, negatives: mean((parts) => parts.negatives) };
}

function covariance(a: Parts, b: Parts): number {
  const of = (x: Float64Array, y: Float64Array): number => {
    const [mx, my] = [average(x), average(y)];
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += ((x[i] as number) - mx) * ((y[i] as number) - my);
    return sum / (x.length - 1) / x.length;
  };
  return of(a.positives, b.positives) + of(a.negatives, b.negatives);
}

function average(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
