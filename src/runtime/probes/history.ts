/** Measures read off a training's history. */

import type { Choice } from "../../catalog/types.js";
import type { Check } from "../train/history.js";
import { directionOf } from "./metric.js";

/**
 * The first check, in steps, at which the metric reaches `value`, or `share_of_best` of its best. NaN where it never does.
 * For a metric where less is better the share is of its reciprocal: 95% of the best is best / 0.95.
 */
export function stepsTo(checks: readonly Check[], metric: string, options: Choice["params"]): number {
  const up = directionOf(metric) === "max";
  const values = checks.map(({ value }) => value).filter((value) => !Number.isNaN(value));
  if (values.length === 0) return Number.NaN;
  const best = up ? Math.max(...values) : Math.min(...values);
  const share = typeof options.share_of_best === "number" ? options.share_of_best : 1;
  const goal = typeof options.value === "number" ? options.value : up ? best * share : best / share;
  return checks.find(({ value }) => (up ? value >= goal : value <= goal))?.step ?? Number.NaN;
}
