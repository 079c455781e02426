/** Lengths of training, as a study writes them and as parameters hold them. */

import { isMembers } from "./json.js";
import type { Duration, DurationUnit, Json } from "./types.js";

export const DURATION_UNITS: readonly DurationUnit[] = ["steps", "epochs", "images", "checks"];

export function isDurationUnit(unit: unknown): unit is DurationUnit {
  return DURATION_UNITS.some((each) => each === unit);
}

/** Undefined where the value is something else. */
export function asDuration(value: Json | undefined): Duration | undefined {
  if (!isMembers(value) || typeof value.value !== "number" || !isDurationUnit(value.unit)) return undefined;
  return { value: value.value, unit: value.unit };
}
