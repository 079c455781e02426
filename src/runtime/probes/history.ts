/** Measures read off a training's history. */

import { curveArea, type Goal, stepsTo } from "../../analysis/index.js";
import type { Choice } from "../../catalog/types.js";
import type { Check } from "../train/history.js";
import { directionOf, type PluginMetrics } from "./metric.js";

export interface Curve {
  readonly checks: readonly Check[];
  readonly metric: string;
  readonly plugins?: PluginMetrics;
  /** Images a step; where images are counted. */
  readonly batch?: number;
}

type HistoryProbe = (curve: Curve, options: Choice["params"]) => number;

/** By catalogue id; a test holds the list equal to the probes that read a history. */
export const HISTORY_PROBES: { readonly [id: string]: HistoryProbe } = {
  steps_to: (curve, options) => {
    const steps = stepsTo(curve.checks, goalOf(options), directionOf(curve.metric, curve.plugins));
    return options.count === "images" ? steps * (curve.batch ?? Number.NaN) : steps;
  },
  curve_area: ({ checks }) => curveArea(checks),
};

function goalOf({ value, share_of_best }: Choice["params"]): Goal {
  return typeof value === "number" ? { value } : { shareOfBest: typeof share_of_best === "number" ? share_of_best : 1 };
}
