/** When a training writes a checkpoint. */

import { resolveDuration, type StepContext } from "../../compiler/plan/steps.js";
import type { CheckpointInterval } from "../../compiler/study.js";

export const DEFAULT_INTERVAL: CheckpointInterval = { value: 60, unit: "seconds" };

/** Time between checkpoints is at least this many times what one took: they cost less than 2 % of a training. */
const LEAST_RATIO = 50;

/** Milliseconds. */
export type Clock = () => number;

/** Steps are kept to the letter; seconds stretch where checkpoints are dear. */
export class Pace {
  readonly #interval: { readonly kind: "steps" | "seconds"; readonly every: number };
  #step: number;
  #due: number;

  /** @param step the one it starts at */
  constructor(
    interval: CheckpointInterval,
    context: StepContext & { readonly step: number },
    readonly now: Clock,
  ) {
    this.#step = context.step;
    switch (interval.unit) {
      case "never":
        this.#interval = { kind: "steps", every: Number.POSITIVE_INFINITY };
        break;
      case "seconds":
        this.#interval = { kind: "seconds", every: interval.value * 1000 };
        break;
      default:
        this.#interval = { kind: "steps", every: Math.max(1, resolveDuration(interval, context)) };
    }
    this.#due = now() + this.#interval.every;
  }

  /** @param step steps taken so far */
  isDue(step: number): boolean {
    const { kind, every } = this.#interval;
    return kind === "steps" ? Math.floor(step / every) > Math.floor(this.#step / every) : this.now() >= this.#due;
  }

  wrote(step: number, tookMs: number): void {
    this.#step = step;
    this.#due = this.now() + Math.max(this.#interval.every, LEAST_RATIO * tookMs);
  }
}
