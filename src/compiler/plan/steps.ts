/**
 * Durations in steps, and where validation checks fall. Checks, estimates and the training loop all ask here, so that
 * a plan promises exactly the steps a run takes. A step is one optimizer update; steps are counted from 1.
 */

import type { Duration } from "../../catalog/types.js";

export interface StepContext {
  /** Images of the training split. */
  readonly trainImages: number;
  readonly batch: number;
  /** Whether an epoch's last, partial batch is left out. */
  readonly dropLast: boolean;
}

/** Optimizer steps of one pass over the training split. */
export function stepsPerEpoch(context: StepContext): number {
  const batches = context.trainImages / context.batch;
  return context.dropLast ? Math.floor(batches) : Math.ceil(batches);
}

/**
 * Steps a duration lasts: `epochs` round to the nearest step, `images` up to the batch that holds the last one.
 * `checks` have no length of their own and need `checkEvery`.
 * @throws RangeError for `checks` without `checkEvery`.
 */
export function resolveDuration(duration: Duration, context: StepContext, checkEvery?: Duration): number {
  return Math.max(0, Math.round(fractionalSteps(duration, context, checkEvery)));
}

/**
 * Steps after which the state is validated, ascending: the k-th check falls at round(k · every), with `every` in
 * (fractional) steps; the end of training is always one. Empty only when there are no steps at all.
 */
export function checkSteps(totalSteps: number, every: Duration, context: StepContext): readonly number[] {
  if (totalSteps <= 0) return [];
  const interval = fractionalSteps(every, context);
  const steps: number[] = [];
  if (interval > 0) {
    const count = Math.min(Math.ceil(totalSteps / interval), 2 * totalSteps);
    for (let k = 1; k <= count; k++) {
      const step = Math.round(k * interval);
      if (step >= totalSteps) break;
      if (step > 0 && step !== steps.at(-1)) steps.push(step);
    }
  }
  steps.push(totalSteps);
  return steps;
}

/** Before rounding, so that the k-th check does not drift by k roundings. */
function fractionalSteps(duration: Duration, context: StepContext, checkEvery?: Duration): number {
  switch (duration.unit) {
    case "steps":
      return duration.value;
    case "epochs":
      return duration.value * stepsPerEpoch(context);
    case "images":
      return Math.ceil(duration.value / context.batch);
    case "checks": {
      if (checkEvery === undefined || checkEvery.unit === "checks") {
        throw new RangeError("a duration in checks needs the interval between checks");
      }
      return duration.value * fractionalSteps(checkEvery, context);
    }
    default:
      return duration.unit satisfies never;
  }
}
