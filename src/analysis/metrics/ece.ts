import { checkClasses, checkLength, overColumns, type Truth, UNKNOWN } from "./columns.js";
import { type CaseMetric, type Counts, type Measured, numberOf, undefinedBecause, valued } from "./measured.js";
import { checkProbabilities } from "./probabilities.js";
import { dimensions, isMatrix, type Labels, type Matrix } from "./types.js";

export interface EceOptions {
  /** Bins of equal width; 15 where not given. */
  readonly bins?: number;
}

/**
 * Expected calibration error (Guo et al. 2017, arXiv:1706.04599; torchmetrics' calibration_error with norm="l1"): over
 * bins of confidence [k/m, (k + 1)/m), the mean of |share right − mean confidence|, weighted by the cases in each; a
 * confidence of 1 has a bin of its own.
 * - one probability of class 1 a sample, or two columns: class 1's probability against how often it occurs
 * - more classes: the likeliest class's probability against how often it is right
 * - a matrix of labels: the mean over labels of each label's
 * @throws RangeError for what is no probability, and for fewer than one bin
 */
export function ece(y: Labels | Matrix, probabilities: Labels | Matrix, options: EceOptions = {}): number {
  return numberOf(eceMetric(y, probabilities, options).measure());
}

export function eceMetric(
  y: Labels | Matrix,
  probabilities: Labels | Matrix,
  { bins = 15 }: EceOptions = {},
): CaseMetric {
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`${bins} bins; at least one is needed`);
  checkProbabilities(probabilities);
  if (isMatrix(y) || !isMatrix(probabilities) || probabilities.shape[1] === 2) {
    return overColumns(y, probabilities, (truth, scores) => calibration(truth, scores, bins));
  }
  const [rows, columns] = dimensions(probabilities, "probabilities");
  checkLength(y, rows);
  checkClasses(y, columns);
  const right = new Int8Array(rows);
  const confidence = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const row = i * columns;
    let best = 0;
    for (let c = 1; c < columns; c++) {
      if ((probabilities.data[row + c] as number) > (probabilities.data[row + best] as number)) best = c;
    }
    right[i] = y[i] === best ? 1 : 0;
    confidence[i] = probabilities.data[row + best] as number;
  }
  return calibration(right, confidence, bins);
}

function calibration(truth: Truth, confidence: Float64Array, bins: number): CaseMetric {
  const edges = edgesOf(bins);
  const bin = Int32Array.from(truth, (value, i) => (value === UNKNOWN ? -1 : binOf(confidence[i] as number, edges)));
  return { cases: truth.length, measure: (counts) => error(truth, confidence, bin, bins + 1, counts) };
}

function error(
  truth: Truth,
  confidence: Float64Array,
  bin: Int32Array,
  bins: number,
  counts: Counts | undefined,
): Measured {
  const hits = new Float64Array(bins);
  const sums = new Float64Array(bins);
  let total = 0;
  for (let i = 0; i < bin.length; i++) {
    const at = bin[i] as number;
    if (at < 0) continue;
    const times = counts === undefined ? 1 : (counts[i] as number);
    hits[at] = (hits[at] as number) + times * (truth[i] as number);
    sums[at] = (sums[at] as number) + times * (confidence[i] as number);
    total += times;
  }
  if (total === 0) return undefinedBecause("there are no cases");
  let sum = 0;
  for (let at = 0; at < bins; at++) sum += Math.abs((hits[at] as number) - (sums[at] as number));
  return valued(sum / total);
}

/** torch.linspace(0, 1, bins + 1): counted up from 0 in its lower half and down from 1 in its upper. */
function edgesOf(bins: number): Float64Array {
  const step = 1 / bins;
  const half = Math.floor((bins + 1) / 2);
  return Float64Array.from({ length: bins + 1 }, (_, i) => (i < half ? step * i : oneLess(step, bins - i)));
}

/** 1 − step · k rounded once, as fused hardware has it: a confidence may lie right on an edge. */
function oneLess(step: number, k: number): number {
  const product = step * k;
  const split = step * 134217729;
  const high = split - (split - step);
  const lost = high * k - product + (step - high) * k; // step · k is product + lost exactly
  const rest = 1 - product;
  return rest + (1 - rest - product - lost);
}

/** The last edge that is not above p. */
function binOf(p: number, edges: Float64Array): number {
  let at = Math.min(Math.floor(p * (edges.length - 1)), edges.length - 1);
  while (at + 1 < edges.length && (edges[at + 1] as number) <= p) at += 1;
  while (at > 0 && (edges[at] as number) > p) at -= 1;
  return at;
}
