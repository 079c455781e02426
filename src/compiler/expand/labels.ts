/** How many of its target's labels a cell has: fixed by a `labels` line, or varied. */

import { binds, type ExperimentShape } from "../check/experiment.js";
import { DEFAULT_OPTIONS, type SubsetOptions, subsetAmount } from "../check/subset.js";
import type { Context } from "../evaluate/context.js";
import { identity } from "../evaluate/declarations.js";
import { type Environment, local } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import type { SubsetAmount } from "../study.js";

/** What a `labels` line says at a point. */
export interface LabelsAt {
  readonly amount: SubsetAmount;
  readonly options: SubsetOptions;
}

export class LabelsReader {
  /** By value, so that what is wrong is told once. */
  readonly #known = new Map<string, LabelsAt | "wrong">();

  constructor(
    readonly context: Context,
    readonly shape: Pick<ExperimentShape, "labels" | "axes">,
  ) {}

  /** Undefined where a cell has all of them; `wrong` where it was reported or is not known. */
  at(environment: Environment): LabelsAt | undefined | "wrong" {
    const { labels, axes } = this.shape;
    const options = labels?.options ?? DEFAULT_OPTIONS;
    const written = labels?.amount;
    const axis = axes.find((each) => binds(each, "labels"));
    const expression = written ?? axis?.values;
    if (expression === undefined) {
      return undefined;
    }
    const here: Environment = { scope: labels?.scope ?? environment.scope, locals: environment.locals };
    const value = written === undefined ? local(environment, "labels") : evaluate(this.context, written, here);
    if (value === undefined) {
      return "wrong";
    }
    const key = `${identity(value)} ${expression.span.start}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      const amount = subsetAmount(this.context, "labels", value, expression, options, here);
      found = amount === undefined ? "wrong" : { amount, options };
      this.#known.set(key, found);
    }
    return found;
  }
}
