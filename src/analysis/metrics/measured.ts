/** What a metric gives: a number, or why there is none. Never NaN. */

export type Measured = MeasuredValue | Undefined;

export interface MeasuredValue {
  readonly kind: "value";
  readonly value: number;
  /** Classes, labels and pairs a mean could not include; empty where the number is of everything. */
  readonly leftOut: readonly LeftOut[];
}

export interface Undefined {
  readonly kind: "undefined";
  /** A clause for people: `only one class occurs`. */
  readonly reason: string;
}

/** A part of a mean that has no number of its own. */
export interface LeftOut {
  readonly of: "class" | "label" | "pair";
  /** Of the class or label; of a pair's first class. */
  readonly index: number;
  /** A pair's second class. */
  readonly other?: number;
  readonly reason: string;
}

const NOTHING: readonly LeftOut[] = [];

export function valued(value: number, leftOut: readonly LeftOut[] = NOTHING): MeasuredValue {
  return { kind: "value", value, leftOut };
}

export function undefinedBecause(reason: string): Undefined {
  return { kind: "undefined", reason };
}

/** NaN for what is undefined: where a plain number is wanted, as scikit-learn gives beside its warning. */
export function numberOf(measured: Measured): number {
  return measured.kind === "value" ? measured.value : Number.NaN;
}

/** How many times each case is in, by case; 0 leaves it out. */
export type Counts = ArrayLike<number>;

/** A metric of fixed cases, ready to be worked out for any number of times each of them counts. */
export interface CaseMetric {
  /** How many cases there are. */
  readonly cases: number;
  /** Of all cases once, or case i `counts[i]` times. */
  measure(counts?: Counts): Measured;
  /** The metric without case i, for every i (NaN where undefined), where that is cheaper than `cases` measurements. */
  withoutEach?(): Float64Array;
}
