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

export class History {
  readonly checks: Check[] = [];
  /** Steps that loss scaling skipped. */
  skipped = 0;
  readonly #steps: number[] = [];
  readonly #losses: number[] = [];
  readonly #rates: number[] = [];
  readonly #stride: number;

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

  step(step: number, loss: number, rate: number): void {
    if (step !== 1 && step % this.#stride !== 0 && step !== this.total) return;
    this.#steps.push(step);
    this.#losses.push(loss);
    this.#rates.push(rate);
  }

  json(): Json {
    return {
      metric: this.metric,
      ...(this.skipped > 0 ? { skipped: this.skipped } : {}),
      steps: { step: this.#steps, loss: this.#losses, lr: this.#rates },
      checks: this.checks.map(({ step, value }) => ({ step, [this.metric]: Number.isNaN(value) ? null : value })),
    };
  }
}

/** Reads back what `json` wrote. */
export function checksOf(history: Json): { readonly metric: string; readonly checks: readonly Check[] } {
  const { metric, checks } = history as { metric: string; checks: readonly { [name: string]: number | null }[] };
  return {
    metric,
    checks: checks.map((check) => ({ step: check.step ?? 0, value: check[metric] ?? Number.NaN })),
  };
}
