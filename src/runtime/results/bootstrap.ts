/** A quantity with an interval by resampling: worked out anew for every draw of repeats, folds or points. */

import { statistics } from "../../analysis/index.js";
import { type Measured, undefinedBecause, valued } from "../../analysis/metrics/measured.js";
import type { BootstrapSpec } from "../../compiler/outputs/types.js";
import { Stream } from "../random/stream.js";
import { overReplicates } from "./over-replicates.js";
import type { Drawn } from "./redraw.js";
import { keyOf, type PointValue, type Pooled, type Series } from "./series.js";

/** @param evaluate the quantity on redrawn results, or on the results as they are */
export function bootstrapSeries(spec: BootstrapSpec, evaluate: (drawn: Drawn | undefined) => Series): Series {
  const { resamples, by, seed } = spec;
  const { axes, points } = evaluate(undefined);
  const whole = points.map(({ at, value }) => ({ at, value: pooled(value) }));
  const random = new Stream({
    seed,
    purpose: "bootstrap",
    repeat: 0,
    about: ["derive", ...by.map(({ axis }) => axis)],
  });
  const width = by.reduce((sum, unit) => sum + unit.points.length, 0);
  const values = whole.map(() => new Float64Array(resamples).fill(Number.NaN));
  const places = new Map(whole.map(({ at }, i) => [keyOf(at, axes), i]));
  for (let r = 0; r < resamples; r++) {
    for (const { at, value } of evaluate(draw(by, random.uniforms(width, r * width))).points) {
      const place = places.get(keyOf(at, axes));
      if (place !== undefined) (values[place] as Float64Array)[r] = numberIn(pooled(value));
    }
  }
  const units = Math.min(...by.map((unit) => unit.points.length));
  return {
    axes,
    points: whole.map(({ at, value }, i) => {
      const found = interval(values[i] as Float64Array, units);
      const stated = found.kind === "interval" ? found : { low: Number.NaN, high: Number.NaN };
      return { at, value: { ...value, stated: { low: stated.low, high: stated.high, n: units } } };
    }),
  };
}

function draw(by: BootstrapSpec["by"], uniforms: Float64Array): Drawn {
  let from = 0;
  return new Map(
    by.map(({ axis, points }) => {
      const own = uniforms.subarray(from, from + points.length);
      from += points.length;
      return [axis, Array.from(own, (uniform) => points[Math.floor(uniform * points.length)] ?? "")];
    }),
  );
}

function pooled(value: PointValue): Pooled {
  const found = overReplicates("mean", value);
  return found.kind === "pooled" ? found : { kind: "pooled", replicates: "any", at: () => Number.NaN, identity: "" };
}

const numberIn = (value: Pooled): number => value.at(value.replicates);

function interval(values: Float64Array, units: number) {
  if (units < 2) return undefinedBecause("there is one unit to draw from");
  const measured = (r: number): Measured => {
    const value = values[r] as number;
    return Number.isFinite(value) ? valued(value) : undefinedBecause("no value");
  };
  return statistics.percentiles(values.length, measured);
}
