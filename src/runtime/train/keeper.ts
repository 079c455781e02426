/** Keeps a training from being lost: goes on from the checkpoint there is, and writes the next one when it is due. */

import type { StepContext } from "../../compiler/plan/steps.js";
import type { NamedTensors } from "../state/safetensors.js";
import { type Checkpoint, Checkpoints } from "./checkpoint.js";
import { type Clock, Pace } from "./pace.js";
import type { CheckpointOptions, StageNote, StageRequest } from "./request.js";

export class Keeper {
  readonly #options: CheckpointOptions | undefined;
  readonly #checkpoints: Checkpoints | undefined;
  readonly #now: Clock;
  readonly #started: number;
  #pace: Pace | undefined;
  #secondsBefore = 0;
  /** How far the last checkpoint is: steps, and images of the check after them. */
  #saved = "0 0";
  #complained = false;

  constructor(
    readonly request: StageRequest,
    readonly length: StepContext,
    readonly total: number,
  ) {
    const options = request.checkpoints;
    this.#options = options;
    this.#now = options?.now ?? (() => performance.now());
    this.#started = this.#now();
    this.#checkpoints =
      options &&
      new Checkpoints({
        work: options.work,
        signature: request.engine.signature,
        onDamage: (message) => this.#note({ kind: "warning", message }),
      });
  }

  /** What there is to go on from. */
  async open(): Promise<Checkpoint | undefined> {
    if (this.#options === undefined || this.#checkpoints === undefined) return undefined;
    const before = await this.#latest(this.#checkpoints);
    if (before !== undefined) {
      this.#secondsBefore = before.seconds;
      this.#saved = placeOf(before);
      this.#note({ kind: "resumed", step: before.step, of: this.total });
    }
    this.#pace = new Pace(this.#options.every, { ...this.length, step: before?.step ?? 0 }, this.#now);
    return before;
  }

  isDue(step: number): boolean {
    return this.#pace?.isDue(step) ?? false;
  }

  /** @param why `stop`: the training ends here, for now */
  async save(why: "due" | "stop", make: () => Promise<Omit<Checkpoint, "seconds">>): Promise<void> {
    if (this.#checkpoints === undefined) return;
    const began = this.#now();
    const made = await make();
    const saved = placeOf(made) === this.#saved || (await this.#write(this.#checkpoints, made));
    const took = this.#now() - began;
    this.#pace?.wrote(made.step, took);
    if (!saved || made.step === 0) return;
    const { step, of } = made;
    this.#note(why === "stop" ? { kind: "stopped", step, of } : { kind: "checkpoint", step, of, seconds: took / 1000 });
  }

  /** A sentence on what a training that has come to grief leaves. */
  lastGood(): string {
    const last = this.#checkpoints?.lastWeights();
    if (last === undefined) return "No checkpoint was written before it";
    return `The weights after step ${last.step} are kept in the cache: ${last.place}`;
  }

  async #latest(checkpoints: Checkpoints): Promise<Checkpoint | undefined> {
    try {
      return await checkpoints.latest();
    } catch (error) {
      this.#note({ kind: "warning", message: `checkpoints cannot be read (${messageOf(error)}); it starts over` });
      return undefined;
    }
  }

  /** Training goes on without one: what it makes may fit where a checkpoint did not. */
  async #write(checkpoints: Checkpoints, made: Omit<Checkpoint, "seconds">): Promise<boolean> {
    // A step after which it cannot go on: the one kept before is worth more.
    if (!areFinite(made.weights)) return false;
    try {
      const seconds = this.#secondsBefore + (this.#now() - this.#started) / 1000;
      await checkpoints.write({ ...made, seconds });
      this.#saved = placeOf(made);
      return true;
    } catch (error) {
      if (!this.#complained) {
        const message = `no checkpoint could be written at step ${made.step} (${messageOf(error)}); training goes on without`;
        this.#note({ kind: "warning", message });
      }
      this.#complained = true;
      return false;
    }
  }

  #note(note: StageNote): void {
    this.#options?.onNote(note);
  }
}

function placeOf({ step, check }: Pick<Checkpoint, "step" | "check">): string {
  return `${step} ${check?.done ?? 0}`;
}

function areFinite(weights: NamedTensors): boolean {
  // Zero times what is no finite number is none either.
  let zero = 0;
  for (const { data } of weights.values()) for (let i = 0; i < data.length; i++) zero += 0 * (data[i] as number);
  return zero === 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
