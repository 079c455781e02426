/** Gradual unfreezing: which units are trained at a step, and since when. */

import { resolveDuration, type StepContext } from "../../compiler/plan/steps.js";
import { traceModel } from "../../models/trace.js";
import { laterPhases } from "../../models/trained.js";
import type { StageRequest } from "./request.js";

export class Phases {
  /** Steps a phase lasts; undefined where nothing waits. */
  readonly #every: number | undefined;
  readonly #last: number;
  readonly #later: readonly (readonly number[])[];

  constructor({ params }: Pick<StageRequest, "params">, length: StepContext) {
    const { recipe, model } = params;
    const { unfreeze, duration, select, frozen } = recipe;
    this.#every = unfreeze && Math.max(1, resolveDuration(unfreeze, length));
    const total = resolveDuration(duration, length, select.every);
    const reached = this.#every === undefined ? 0 : Math.floor(Math.max(0, total - 1) / this.#every);
    this.#last = Math.min(reached, traceModel(model).units.length);
    const parts = frozen === undefined ? {} : { frozen };
    this.#later = this.all.map((phase) => (phase === undefined ? [] : laterPhases(model, parts, phase)));
  }

  /** Numbers of units unfrozen, rising; one that is none where nothing waits. */
  get all(): readonly (number | undefined)[] {
    if (this.#every === undefined) return [undefined];
    return Array.from({ length: this.#last + 1 }, (_, phase) => phase);
  }

  /** @param step from 1 */
  at(step: number): number | undefined {
    return this.#every === undefined ? undefined : Math.min(this.#last, Math.floor((step - 1) / this.#every));
  }

  /** By phase, the number of the step among those of the tensors trained since then. */
  later(step: number): ReadonlyMap<number, number> {
    const every = this.#every ?? 0;
    const phases = this.#later[this.at(step) ?? 0] ?? [];
    return new Map(phases.map((phase) => [phase, step - phase * every]));
  }
}
