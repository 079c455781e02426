/** What a training left behind beside its states. */

import type { Json } from "../../catalog/types.js";

/** More points than a curve can show are thinned; every check is kept. */
const MOST_STEPS = 400;

export interface Check {
  readonly step: number;
  readonly value: number;
}

/** What a checkpoint keeps of it. */
export interface HistoryState {
  readonly steps: readonly number[];
  readonly losses: readonly number[];
  readonly rates: readonly number[];
  readonly checks: readonly Check[];
}

/** A training that ended early: after which step, and how many it might have taken. */
export interface Stopped {
  readonly at: number;
  readonly of: number;
}

export class History {
  readonly checks: Check[] = [];
  /** Steps that loss scaling skipped. */
  skipped = 0;
  readonly #steps: number[] = [];
  readonly #losses: number[] = [];
  readonly #rates: number[] = [];
  readonly #stride: number;
  #stopped: Stopped | undefined;

  constructor(
    readonly metric: string,
    readonly total: number,
    before?: HistoryState,
  ) {
    this.#stride = Math.max(1, Math.ceil(total / MOST_STEPS));
    if (before === undefined) return;
    this.checks.push(...before.checks);
    this.#steps.push(...before.steps);
    this.#losses.push(...before.losses);
    this.#rates.push(...before.rates);
  }

  state(): HistoryState {
    return {
      steps: [...this.#steps],
      losses: [...this.#losses],
      rates: [...this.#rates],
      checks: [...this.checks],
    };
  }

  get stopped(): Stopped | undefined {
    return this.#stopped;
  }

  step(step: number, loss: number, rate: number): void {
    if (step !== 1 && step % this.#stride !== 0 && step !== this.total) return;
    this.#push(step, loss, rate);
  }

  /** It ended before its time. @param last of that step, which a thinned curve left out; undefined where it was skipped */
  stop(stopped: Stopped, last: { readonly loss: number; readonly rate: number } | undefined): void {
    this.#stopped = stopped;
    if (last !== undefined && this.#steps.at(-1) !== stopped.at) this.#push(stopped.at, last.loss, last.rate);
  }

  #push(step: number, loss: number, rate: number): void {
    this.#steps.push(step);
    this.#losses.push(loss);
    this.#rates.push(rate);
  }

  json(): Json {
    return {
      metric: this.metric,
      ...(this.skipped > 0 ? { skipped: this.skipped } : {}),
      ...(this.#stopped === undefined ? {} : { stopped: { ...this.#stopped } }),
      steps: { step: this.#steps, loss: this.#losses, lr: this.#rates },
      checks: this.checks.map(({ step, value }) => ({ step, [this.metric]: Number.isNaN(value) ? null : value })),
    };
  }
}

/** Reads back what `json` wrote. */
export function checksOf(history: Json): {
  readonly metric: string;
  readonly checks: readonly Check[];
  readonly stopped?: Stopped;
} {
  const { metric, checks, stopped } = history as unknown as {
    metric: string;
    checks: readonly { [name: string]: number | null }[];
    stopped?: Stopped;
  };
  return {
    metric,
    ...(stopped === undefined ? {} : { stopped }),
    checks: checks.map((check) => ({ step: check.step ?? 0, value: check[metric] ?? Number.NaN })),
  };
}
