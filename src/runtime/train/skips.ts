/** Steps that loss scaling skipped because their gradients were not finite. */

import type { TensorData } from "../../program/types.js";
import { TrainingError } from "./errors.js";

/** From any scale in use, half as many halvings leave no overflow but one of the model's own. */
const MOST_IN_A_ROW = 32;

/** What a checkpoint keeps of it. */
export interface SkipState {
  readonly total: number;
  readonly inARow: number;
}

export class SkippedSteps {
  #total: number;
  #inARow: number;

  constructor(before: SkipState = { total: 0, inARow: 0 }) {
    this.#total = before.total;
    this.#inARow = before.inARow;
  }

  state(): SkipState {
    return { total: this.#total, inARow: this.#inARow };
  }

  get total(): number {
    return this.#total;
  }

  /** The number of a step among those that were not skipped, from 1: what the optimizer counts. */
  taken(step: number): number {
    return step - this.#total;
  }

  /**
   * Looks at what a step fetched; programs without loss scaling never skip.
   * @returns whether the step was skipped
   * @throws TrainingError where it goes on and on
   */
  see(step: number, fetched: { readonly skipped?: TensorData; readonly lossScale?: TensorData }): boolean {
    const total = fetched.skipped?.data[0] ?? this.#total;
    const skipped = total > this.#total;
    this.#total = total;
    this.#inARow = skipped ? this.#inARow + 1 : 0;
    if (this.#inARow >= MOST_IN_A_ROW) {
      throw new TrainingError(
        `${this.#inARow} steps in a row overflowed float16, the last at step ${step} with the loss scaled by ${fetched.lossScale?.data[0]}; lower \`lr\`, add \`clip_norm\`, or say \`precision bf16\``,
      );
    }
    return skipped;
  }

  /** @throws TrainingError where a training of this many steps changed nothing */
  finish(steps: number): void {
    if (steps === 0 || this.#total < steps) return;
    throw new TrainingError(
      `every one of the ${steps} steps overflowed float16 and was skipped; train longer, give \`precision fp16\` a lower \`initial_scale\`, or say \`precision bf16\``,
    );
  }
}
