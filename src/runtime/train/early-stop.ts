/** Whether a training has gone on for long enough without getting better. */

import type { Choice, Duration } from "../../catalog/types.js";
import { resolveDuration, type StepContext } from "../../compiler/plan/steps.js";

export interface StopContext extends StepContext {
  readonly checkEvery: Duration;
  /** Whether more or less of the checked metric is better. */
  readonly direction: "max" | "min";
}

/**
 * Keras' and Lightning's EarlyStopping: the check that is the `patience`-th in a row without an improvement by more than
 * `min_delta` is the last. All it knows follows from the checks so far, so that a training gone on with after a kill is told
 * them again and ends where it would have ended.
 */
export class EarlyStop {
  readonly #patience: number;
  readonly #delta: number;
  /** Checks after this step count. */
  readonly #after: number;
  readonly #direction: "max" | "min";
  #best: number | undefined;
  #without = 0;
  #reached = false;

  constructor({ params }: Choice, context: StopContext) {
    this.#patience = (params.patience as unknown as Duration).value;
    this.#delta = Number(params.min_delta);
    this.#after = resolveDuration(params.after as unknown as Duration, context, context.checkEvery);
    this.#direction = context.direction;
  }

  /** Whether patience is at its end. */
  get reached(): boolean {
    return this.#reached;
  }

  /** A check after `step`. What is no number is no improvement. */
  checked(step: number, value: number): void {
    if (this.#improves(value)) {
      this.#best = value;
      this.#without = 0;
      return;
    }
    if (step > this.#after) this.#without += 1;
    this.#reached ||= this.#without >= this.#patience;
  }

  #improves(value: number): boolean {
    if (Number.isNaN(value)) return false;
    if (this.#best === undefined) return true;
    return this.#direction === "max" ? value > this.#best + this.#delta : value < this.#best - this.#delta;
  }
}
