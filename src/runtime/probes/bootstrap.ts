/** Percentile bootstrap: a number's 95 % interval over resamples of cases, or of whole groups of them. */

import type { StreamSpec } from "../../compiler/plan/types.js";
import { Stream } from "../random/stream.js";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Resampling {
  /** Places of the cases of each unit, in an order of their own that no file order changes. */
  readonly units: readonly (readonly number[])[];
  readonly resamples: number;
  readonly stream: StreamSpec;
}

/** NaN on both sides where half of the resamples or more leave the number undefined. */
export function bootstrap(
  { units, resamples, stream }: Resampling,
  number: (cases: readonly number[]) => number,
): Interval {
  const draw = new Stream(stream);
  const values: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    const cases: number[] = [];
    for (const uniform of draw.uniforms(units.length, resample * units.length)) {
      for (const place of units[Math.floor(uniform * units.length)] ?? []) cases.push(place);
    }
    const value = number(cases);
    if (!Number.isNaN(value)) values.push(value);
  }
  if (values.length * 2 <= resamples) return { low: Number.NaN, high: Number.NaN };
  values.sort((a, b) => a - b);
  return { low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

/** Of sorted values, linear between neighbours (NumPy's default). */
function quantile(values: readonly number[], p: number): number {
  const place = (values.length - 1) * p;
  const below = values[Math.floor(place)] ?? Number.NaN;
  const above = values[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
