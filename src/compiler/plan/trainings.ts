/** Operations that leave a trained state (`selected`, `last`, a history), whatever they do for it. */

import type { OpName } from "./types.js";

const TRAININGS: ReadonlySet<string> = new Set<OpName>(["train", "fit", "tune.take", "tune.refit"]);

/** Each begins with the state of its input `init`. */
export function leavesTrainedState(op: string): boolean {
  return TRAININGS.has(op);
}

/** Those that may be long, and go on from where they were broken off. */
export function trainsInSteps(op: string): boolean {
  return op === "train" || op === "tune.refit";
}
