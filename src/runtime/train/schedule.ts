/** The learning rate of every step, from the recipe's schedules in sequence. */

import { asDuration } from "../../catalog/duration.js";
import type { Choice, Duration, Json } from "../../catalog/types.js";
import { resolveDuration, type StepContext } from "../../compiler/plan/steps.js";
import { cosineOfTurn } from "../random/elementary.js";
import { TrainingError } from "./errors.js";

export interface ScheduleContext extends StepContext {
  readonly totalSteps: number;
  readonly checkEvery: Duration;
  /** Whether more or less of the checked metric is better. */
  readonly direction: "max" | "min";
  /** The optimizer's own learning rate. */
  readonly rate: number;
}

/** One phase; `step` counts from 1 within the phase. */
interface Phase {
  /** Steps it lasts; all that are left where absent. */
  readonly steps?: number;
  rate(step: number, steps: number): number;
  checked?(metric: number): void;
}

export class Schedule {
  readonly #phases: readonly { readonly phase: Phase; readonly start: number; readonly steps: number }[];
  readonly #constant: number;

  constructor(choices: readonly Choice[], context: ScheduleContext) {
    this.#constant = context.rate;
    let start = 0;
    this.#phases = choices.map((choice) => {
      const phase = phaseOf(choice, context);
      const left = Math.max(0, context.totalSteps - start);
      const steps = phase.steps === undefined ? left : Math.min(phase.steps, left);
      const placed = { phase, start, steps };
      start += steps;
      return placed;
    });
  }

  /** @param step from 1 */
  rate(step: number): number {
    const current = this.#at(step);
    return current === undefined ? this.#constant : current.phase.rate(step - current.start, current.steps);
  }

  /** Tells the phase in force what a check after `step` measured. A metric that is no number is no improvement. */
  checked(step: number, metric: number): void {
    this.#at(step)?.phase.checked?.(metric);
  }

  #at(step: number) {
    return this.#phases.find(({ start, steps }) => step > start && step <= start + steps);
  }
}

function phaseOf({ id, params }: Choice, context: ScheduleContext): Phase {
  const { rate } = context;
  switch (id) {
    case "constant":
      return { rate: () => rate };
    case "warmup": {
      const from = numberOf(params.from, 1e-8);
      const steps = resolveDuration(durationOf(params.duration, "warmup"), context, context.checkEvery);
      return { steps, rate: (step) => from + ((rate - from) * (step - 1)) / steps };
    }
    case "cosine": {
      const to = numberOf(params.to, 0);
      return {
        rate: (step, steps) => to + ((rate - to) * (1 + cosineOfTurn(steps > 1 ? (step - 1) / (steps - 1) : 0))) / 2,
      };
    }
    case "plateau":
      return new Plateau(params, context);
    default:
      throw new TrainingError(`no schedule ${id}; there is constant, warmup, plateau, cosine`);
  }
}

/** An improvement counts from this relative difference on; torch's default. */
const THRESHOLD = 1e-4;
const LEAST_CHANGE = 1e-8;

/** torch's ReduceLROnPlateau (threshold 1e-4, relative), in checks. */
class Plateau implements Phase {
  #rate: number;
  #best: number | undefined;
  #bad = 0;
  readonly #factor: number;
  readonly #patience: number;
  readonly #least: number;
  readonly #direction: "max" | "min";

  constructor(params: Choice["params"], context: ScheduleContext) {
    this.#rate = context.rate;
    this.#direction = context.direction;
    this.#factor = numberOf(params.factor, 0.1);
    this.#least = numberOf(params.min_lr, 0);
    this.#patience = checksOf(params.patience, context);
  }

  rate(): number {
    return this.#rate;
  }

  checked(metric: number): void {
    if (this.#isBetter(metric)) {
      this.#best = metric;
      this.#bad = 0;
      return;
    }
    this.#bad += 1;
    if (this.#bad <= this.#patience) return;
    this.#bad = 0;
    const next = Math.max(this.#rate * this.#factor, this.#least);
    if (this.#rate - next > LEAST_CHANGE) this.#rate = next;
  }

  #isBetter(metric: number): boolean {
    if (Number.isNaN(metric)) return false;
    if (this.#best === undefined) return true;
    return this.#direction === "max" ? metric > this.#best * (1 + THRESHOLD) : metric < this.#best * (1 - THRESHOLD);
  }
}

/** A patience in steps, epochs or images is as many checks as fit into it. */
function checksOf(value: Json | undefined, context: ScheduleContext): number {
  const patience = value === undefined ? { value: 3, unit: "checks" as const } : durationOf(value, "plateau");
  if (patience.unit === "checks") return patience.value;
  const steps = resolveDuration(patience, context);
  return Math.floor(steps / Math.max(1, resolveDuration(context.checkEvery, context)));
}

function numberOf(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function durationOf(value: Json | undefined, what: string): Duration {
  const duration = asDuration(value);
  if (duration === undefined) throw new TrainingError(`${what} has no duration`);
  return duration;
}
