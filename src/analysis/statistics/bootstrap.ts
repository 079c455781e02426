/**
 * Bootstrap confidence intervals of a metric: cases, or groups of cases (patients), are drawn with replacement and the
 * metric worked out again (Efron and Tibshirani 1993). What is drawn comes from the caller's stream alone.
 */

import { withoutEachOf } from "../metrics/columns.js";
import { type CaseMetric, type Measured, numberOf, undefinedBecause } from "../metrics/measured.js";
import type { Interval, UniformSource } from "./interval.js";
import { normalCdf } from "./normal.js";
import { normalQuantile } from "./normal-quantile.js";
import { quantile } from "./quantile.js";

export interface BootstrapOptions {
  /** How many times the cases are drawn; 2,000 where not given. */
  readonly resamples?: number;
  /**
   * `percentile`: quantiles of the resamples' values; `bca` (Efron 1987) corrects them for bias and skewness by a
   * jackknife, which costs a measurement a unit for metrics that have no shorter way.
   */
  readonly method?: "percentile" | "bca";
  /** Coverage; 0.95 where not given. */
  readonly level?: number;
  /** The group of each case: all cases of a group are drawn together. Each case is its own where not given. */
  readonly groups?: ArrayLike<string | number>;
}

/**
 * @param random draw r·units + j chooses the j-th unit of resample r; units are groups sorted by name, or cases in order
 * @throws RangeError for options out of their range, or groups of another number of cases
 */
export function bootstrap(metric: CaseMetric, random: UniformSource, options: BootstrapOptions = {}): Interval {
  const { resamples = 2000, method = "percentile", level = 0.95 } = options;
  checkOptions(resamples, level);
  const estimate = metric.measure();
  if (estimate.kind === "undefined") return estimate;
  const units = unitsOf(metric.cases, options.groups);
  if (units.count < 2) return undefinedBecause(`there is ${units.count} ${units.what} to draw from`);
  const draws = resample(metric, random, units, resamples, estimate.leftOut.length);
  const values = draws.values.filter((value) => !Number.isNaN(value));
  const withoutValue = resamples - values.length;
  if (2 * withoutValue > resamples) {
    return undefinedBecause(`${withoutValue} of ${resamples} resamples have no value`);
  }
  const jackknife = method === "bca" ? leaveOut(metric, units) : undefined;
  const ends = intervalEnds(values, estimate.value, level, jackknife);
  if (ends.kind === "undefined") return ends;
  const { low, high } = ends;
  const { partial } = draws;
  return { kind: "interval", low, high, level, method, units: units.count, resamples, withoutValue, partial };
}

/**
 * The difference of two metrics of the same cases, for a paired interval.
 * @throws RangeError where they are of different numbers of cases
 */
export function differenceMetric(first: CaseMetric, second: CaseMetric): CaseMetric {
  if (first.cases !== second.cases) throw new RangeError(`${first.cases} cases beside ${second.cases}`);
  return {
    cases: first.cases,
    measure(counts): Measured {
      const [a, b] = [first.measure(counts), second.measure(counts)];
      if (a.kind === "undefined") return a;
      if (b.kind === "undefined") return b;
      return { kind: "value", value: a.value - b.value, leftOut: [...a.leftOut, ...b.leftOut] };
    },
    withoutEach() {
      const [a, b] = [withoutEachOf(first), withoutEachOf(second)];
      return a.map((value, i) => value - (b[i] as number));
    },
  };
}

/**
 * The ends of an interval from resampled values.
 * @param jackknife the estimate without each unit: BCa ends; percentile ends where not given
 */
export function intervalEnds(
  values: Float64Array,
  estimate: number,
  level: number,
  jackknife?: Float64Array,
): { readonly kind: "ends"; readonly low: number; readonly high: number } | ReturnType<typeof undefinedBecause> {
  const sorted = values.slice().sort();
  const tail = (1 - level) / 2;
  if (jackknife === undefined || sorted[0] === sorted[sorted.length - 1]) {
    return { kind: "ends", low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
  }
  let below = 0;
  for (const value of sorted) below += value < estimate ? 2 : value === estimate ? 1 : 0;
  const share = below / (2 * sorted.length);
  if (share === 0 || share === 1) {
    return undefinedBecause(`every resample lies ${share === 0 ? "above" : "below"} the estimate`);
  }
  const bias = normalQuantile(share);
  const skew = acceleration(jackknife);
  if (Number.isNaN(skew)) return undefinedBecause("it is undefined, or the same, without any one unit");
  const corrected = (z: number) => normalCdf(bias + (bias + z) / (1 - skew * (bias + z)));
  const z = normalQuantile(tail);
  return { kind: "ends", low: quantile(sorted, corrected(z)), high: quantile(sorted, corrected(-z)) };
}

/** Σ U³ / (6 (Σ U²)^1.5), U the mean of the jackknife's values minus each; units it is undefined without are passed over. */
function acceleration(jackknife: Float64Array): number {
  const values = jackknife.filter((value) => !Number.isNaN(value));
  let sum = 0;
  for (const value of values) sum += value;
  const centre = sum / values.length;
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    const u = centre - value;
    squares += u * u;
    cubes += u * u * u;
  }
  return squares === 0 ? Number.NaN : cubes / (6 * squares ** 1.5);
}

interface Units {
  readonly what: string;
  readonly count: number;
  /** The unit of each case; the case itself where it is absent. */
  readonly of?: Uint32Array;
}

function unitsOf(cases: number, groups: ArrayLike<string | number> | undefined): Units {
  if (groups === undefined) return { what: "case", count: cases };
  if (groups.length !== cases) throw new RangeError(`${groups.length} groups for ${cases} cases`);
  const names = [...new Set(Array.from(groups))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const at = new Map(names.map((name, position) => [name, position]));
  return { what: "group", count: names.length, of: Uint32Array.from(groups, (name) => at.get(name) ?? 0) };
}

function resample(metric: CaseMetric, random: UniformSource, units: Units, resamples: number, leftOut: number) {
  const values = new Float64Array(resamples);
  const drawn = new Uint32Array(units.count);
  const counts = units.of === undefined ? drawn : new Uint32Array(metric.cases);
  let partial = 0;
  for (let r = 0; r < resamples; r++) {
    drawn.fill(0);
    const uniforms = random.uniforms(units.count, r * units.count);
    for (let j = 0; j < uniforms.length; j++) {
      const unit = Math.floor((uniforms[j] as number) * units.count);
      drawn[unit] = (drawn[unit] as number) + 1;
    }
    if (units.of !== undefined)
      for (let i = 0; i < counts.length; i++) counts[i] = drawn[units.of[i] as number] as number;
    const measured = metric.measure(counts);
    values[r] = numberOf(measured);
    if (measured.kind === "value" && measured.leftOut.length > leftOut) partial += 1;
  }
  return { values, partial };
}

function leaveOut(metric: CaseMetric, units: Units): Float64Array {
  const { of } = units;
  if (of === undefined) return withoutEachOf(metric);
  const counts = new Uint8Array(metric.cases);
  return Float64Array.from({ length: units.count }, (_, unit) => {
    for (let i = 0; i < counts.length; i++) counts[i] = of[i] === unit ? 0 : 1;
    return numberOf(metric.measure(counts));
  });
}

function checkOptions(resamples: number, level: number): void {
  if (!Number.isInteger(resamples) || resamples < 1)
    throw new RangeError(`${resamples} resamples; at least one is needed`);
  if (!(level > 0 && level < 1)) throw new RangeError(`a level of ${level} is not between 0 and 1`);
}
