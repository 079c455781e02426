/** What rules read of recipes that stop early: durations held against each other where they count the same thing. */

import { asDuration } from "../../catalog/duration.js";
import type { Choice, Duration } from "../../catalog/types.js";
import type { RecipeSpec } from "../study.js";

/** A parameter of a schedule or a stop that is a duration. */
export function durationIn(choice: Choice | undefined, name: string): Duration | undefined {
  return asDuration(choice?.params[name]);
}

/** Checks a training has, its end among them; undefined where that depends on the data. */
export function checksOf({ select, duration }: RecipeSpec): number | undefined {
  return select.every.unit === duration.unit && select.every.value > 0
    ? Math.max(1, Math.ceil(duration.value / select.every.value))
    : undefined;
}

/** How long a duration is in another's unit; undefined where that depends on the data. */
export function inUnitOf({ value, unit }: Duration, other: Duration, { select }: RecipeSpec): number | undefined {
  if (value === 0 || unit === other.unit) return value;
  return unit === "checks" && select.every.unit === other.unit ? value * select.every.value : undefined;
}

export const checks = (count: number): string => (count === 1 ? "one check" : `${count} checks`);
