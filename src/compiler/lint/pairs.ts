/** What derives and tables pair replicate by replicate: differences, ratios, paired tests of two experiments. */

import type { CheckedOutputs } from "../outputs/signature.js";
import type { Quantity } from "../outputs/types.js";
import type { Experiment } from "../study.js";
import { type NamedQuantity, partsOf, quantitiesIn } from "./quantities.js";

export interface Pair {
  /** What computes it. */
  readonly of: NamedQuantity;
  readonly first: Experiment;
  readonly second: Experiment;
}

/** Every two experiments whose replicates are joined by number, once a derive. */
export function pairsIn(experiments: readonly Experiment[], outputs: CheckedOutputs): readonly Pair[] {
  const byName = new Map(experiments.map((each) => [each.name, each]));
  const derives = new Map(quantitiesIn(outputs).map(({ name, quantity }) => [name, quantity]));
  const found: Pair[] = [];
  for (const of of quantitiesIn(outputs)) {
    const seen = new Set<string>();
    for (const part of partsOf(of.quantity)) {
      if (part.kind !== "arithmetic" && part.kind !== "test") continue;
      for (const left of replicated(part.left, derives)) {
        for (const right of replicated(part.right, derives)) {
          const [first, second] = [byName.get(left), byName.get(right)];
          const pair = [left, right].sort().join(" ");
          if (first === undefined || second === undefined || first === second || seen.has(pair)) continue;
          seen.add(pair);
          found.push({ of, first, second });
        }
      }
    }
  }
  return found;
}

/** Experiments of which a number a replicate is left; a mean over repeats pairs none. */
function replicated(quantity: Quantity, derives: ReadonlyMap<string, Quantity>): ReadonlySet<string> {
  switch (quantity.kind) {
    case "column":
      return new Set(quantity.slice.repeat === undefined ? [quantity.table] : []);
    case "derive": {
      const { name, slice } = quantity;
      const of = derives.get(name);
      // an earlier derive reads none that come after it: this ends
      return of === undefined || slice.repeat !== undefined ? new Set() : replicated(of, derives);
    }
    case "reduce":
      return quantity.over.length === 0 || quantity.over.includes("repeat")
        ? new Set()
        : replicated(quantity.of, derives);
    case "arithmetic":
      return new Set([...replicated(quantity.left, derives), ...replicated(quantity.right, derives)]);
    case "negate":
      return replicated(quantity.operand, derives);
    case "function":
      return replicated(quantity.of, derives);
    case "constant":
    case "axis":
    case "test":
    case "correlation":
    case "regression":
    case "bootstrap":
    case "label_equivalent":
      return new Set();
    default:
      return quantity satisfies never;
  }
}

export function repeatsOf({ cells }: Experiment): number {
  return cells.reduce((most, { repeat }) => Math.max(most, repeat), 0);
}
