/** Measures read off a training's history. */

import { curveArea, type Goal, reachGoal } from "../../analysis/index.js";
import type { Choice } from "../../catalog/types.js";
import type { ProbeRow } from "../results/types.js";
import type { Check } from "../train/history.js";
import { directionOf, type PluginMetrics } from "./metric.js";

export interface Curve {
  readonly checks: readonly Check[];
  readonly metric: string;
  readonly plugins?: PluginMetrics;
  /** Images a step; where images are counted. */
  readonly batch?: number;
}

/** A number, or why there is none; `above` where it is only known to be greater. */
export type HistoryNumber = Pick<ProbeRow, "value" | "reason" | "above">;
type HistoryProbe = (curve: Curve, options: Choice["params"]) => HistoryNumber;

/** By catalogue id; a test holds the list equal to the probes that read a history. */
export const HISTORY_PROBES: { readonly [id: string]: HistoryProbe } = {
  steps_to: stepsToGoal,
  curve_area({ checks, metric }) {
    const value = curveArea(checks);
    return Number.isNaN(value) ? { value, reason: `no check of ${metric} has a value` } : { value };
  },
};

function stepsToGoal({ checks, metric, plugins, batch = Number.NaN }: Curve, options: Choice["params"]): HistoryNumber {
  const goal = goalOf(options);
  const [unit, each] = options.count === "images" ? ["images", batch] : ["steps", 1];
  const outcome = reachGoal(checks, goal, directionOf(metric, plugins));
  switch (outcome.kind) {
    case "reached":
      return { value: outcome.step * each };
    case "not reached": {
      const above = outcome.after * each;
      const level = "value" in goal ? goal.value : "its goal";
      return { value: Number.NaN, reason: `${metric} did not reach ${level} within ${above} ${unit}`, above };
    }
    case "undefined":
      return { value: Number.NaN, reason: `${metric}: ${outcome.reason}` };
    default:
      return outcome satisfies never;
  }
}

function goalOf({ value, share_of_best }: Choice["params"]): Goal {
  return typeof value === "number" ? { value } : { shareOfBest: typeof share_of_best === "number" ? share_of_best : 1 };
}
