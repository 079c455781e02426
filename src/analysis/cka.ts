/** Linear centred kernel alignment. */

import { centreBiased, centreUnbiased, type Gram, gramInner, gramOf } from "./gram.js";
import { asRows, type Rows, type Tensor } from "./tensor.js";

/**
 * `unbiased`: one ratio over all samples, unbiased HSIC (Nguyen et al. 2021, arXiv:2010.15327).
 * `hsic_mean`: the three unbiased HSIC terms averaged over batches, then divided once.
 * `batch_mean`: the ratio of every batch, averaged; the published code's.
 * `biased`: one ratio over all samples, plain HSIC (Kornblith et al. 2019, arXiv:1905.00414).
 */
export type CkaEstimator = "unbiased" | "hsic_mean" | "batch_mean" | "biased";

export interface CkaOptions {
  readonly estimator: CkaEstimator;
  /** Samples a batch, for `hsic_mean` and `batch_mean`; a last, smaller batch counts only with 4 samples or more. */
  readonly batch?: number;
}

const DEFAULT_BATCH = 64;

/**
 * CKA of two sets of features of the same n samples; axes after the first are flattened.
 * Where one side does not vary at all there is nothing to align: 0.
 * @throws RangeError when the sample counts differ or there are too few samples (4; 2 for `biased`)
 */
export function cka(x: Tensor, y: Tensor, options: CkaOptions): number {
  const a = asRows(x, "x");
  const b = asRows(y, "y");
  if (a.rows !== b.rows) throw new RangeError(`x has ${a.rows} samples and y ${b.rows}`);
  const alignment = new CkaAverage(options.estimator);
  for (const [from, to] of ckaBatches(a.rows, options)) {
    alignment.add(
      centreGram(gramOf(slice(a, from, to)), options.estimator),
      centreGram(gramOf(slice(b, from, to)), options.estimator),
    );
  }
  return alignment.value();
}

/** The sample ranges an estimator looks at together. */
export function ckaBatches(samples: number, options: CkaOptions): readonly (readonly [number, number])[] {
  switch (options.estimator) {
    case "unbiased":
      if (samples < 4) throw new RangeError(`unbiased CKA needs at least 4 samples, not ${samples}`);
      return [[0, samples]];
    case "biased":
      if (samples < 2) throw new RangeError(`CKA needs at least 2 samples, not ${samples}`);
      return [[0, samples]];
    case "hsic_mean":
    case "batch_mean": {
      const batch = options.batch ?? DEFAULT_BATCH;
      if (!Number.isInteger(batch) || batch < 4) throw new RangeError(`a batch needs at least 4 samples, not ${batch}`);
      const starts = Array.from({ length: Math.ceil(samples / batch) }, (_, i) => i * batch);
      const ranges = starts.map((from) => [from, Math.min(from + batch, samples)] as const);
      const whole = ranges.filter(([from, to]) => to - from >= 4);
      if (whole.length === 0) throw new RangeError(`unbiased CKA needs at least 4 samples, not ${samples}`);
      return whole;
    }
    default:
      return options.estimator satisfies never;
  }
}

export function centreGram(gram: Gram, estimator: CkaEstimator): Gram {
  return estimator === "biased" ? centreBiased(gram) : centreUnbiased(gram);
}

/** Gathers batches of centred Gram matrices into one number. */
export class CkaAverage {
  #batches = 0;
  #ratios = 0;
  #xy = 0;
  #xx = 0;
  #yy = 0;

  constructor(readonly estimator: CkaEstimator) {}

  /** `xx` and `yy` may be given where the caller has them already. */
  add(x: Gram, y: Gram, xx: number = gramInner(x, x), yy: number = gramInner(y, y)): void {
    const xy = gramInner(x, y);
    // HSIC's factor n(n − 3) cancels in a ratio but not in a mean over batches of unequal size.
    const scale = this.estimator === "hsic_mean" ? 1 / (x.samples * (x.samples - 3)) : 1;
    this.#batches += 1;
    this.#ratios += ratio(xy, xx, yy);
    this.#xy += xy * scale;
    this.#xx += xx * scale;
    this.#yy += yy * scale;
  }

  value(): number {
    return this.estimator === "batch_mean" ? this.#ratios / this.#batches : ratio(this.#xy, this.#xx, this.#yy);
  }
}

function ratio(xy: number, xx: number, yy: number): number {
  const scale = Math.sqrt(xx) * Math.sqrt(yy);
  return scale > 0 ? xy / scale : 0;
}

function slice(rows: Rows, from: number, to: number): Rows {
  return { data: rows.data.subarray(from * rows.columns, to * rows.columns), rows: to - from, columns: rows.columns };
}
