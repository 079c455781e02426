/** Measures read off a training's history. */

import { curveArea, type Goal, reachGoal } from "../../analysis/index.js";
import type { Choice } from "../../catalog/types.js";
import type { ProbeRow } from "../results/types.js";
import type { Check, Stopped } from "../train/history.js";
import { directionOf, type PluginMetrics } from "./metric.js";

export interface Curve {
  readonly checks: readonly Check[];
  readonly metric: string;
  readonly plugins?: PluginMetrics;
  /** Where the training ended before its budget was used up. */
  readonly stopped?: Stopped;
  /** Images a step; where images are counted. */
  readonly batch?: number;
}

/** A number, or why there is none; `above` where it is only known to be greater; `note`: what to know of it. */
export type HistoryNumber = Pick<ProbeRow, "value" | "reason" | "above"> & { readonly note?: string };
type HistoryProbe = (curve: Curve, options: Choice["params"]) => HistoryNumber;

/** By catalogue id; a test holds the list equal to the probes that read a history. */
export const HISTORY_PROBES: { readonly [id: string]: HistoryProbe } = {
  steps_to: stepsToGoal,
  curve_area({ checks, metric, stopped }) {
    const value = curveArea(checks);
    if (Number.isNaN(value)) return { value, reason: `no check of ${metric} has a value` };
    return stopped === undefined
      ? { value }
      : { value, note: "over the steps before it stopped early: lengths differ" };
  },
};

function stepsToGoal(
  { checks, metric, plugins, stopped, batch = Number.NaN }: Curve,
  options: Choice["params"],
): HistoryNumber {
  const goal = goalOf(options);
  const [unit, each] = options.count === "images" ? ["images", batch] : ["steps", 1];
  const outcome = reachGoal(checks, goal, directionOf(metric, plugins));
  switch (outcome.kind) {
    case "reached":
      return { value: outcome.step * each };
    case "not reached": {
      const above = outcome.after * each;
      const level = "value" in goal ? goal.value : "its goal";
      const ended = stopped === undefined ? "" : ", when it stopped early";
      return { value: Number.NaN, reason: `${metric} did not reach ${level} within ${above} ${unit}${ended}`, above };
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
