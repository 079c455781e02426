/** What is known of a quantity before there are results: its axes, range and direction, and how these combine. */

import type { Axis } from "../study.js";
import type { MetricFacts } from "./signature.js";
import type { ArithmeticOperator, FunctionName, Quantity, Reduction } from "./types.js";

export interface Typed {
  readonly quantity: Quantity;
  /** Without replicates. */
  readonly axes: readonly Axis[];
  /** Loop axes under the name they were written with: `l` → `layer`. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly perRepeat: boolean;
  /** Whether a replicate is a pair of repeats. */
  readonly pairs?: true;
  /** Whether its replicates lie in folds. */
  readonly folded: boolean;
  /** Undefined for a number that is no metric: a constant, an axis. */
  readonly metric: string | undefined;
  readonly estimator: string | undefined;
  /** The estimator says which state is scored, not how. */
  readonly rescored?: true;
  readonly facts: MetricFacts;
  /** Where there is a layer axis and no model axis beside it: the models whose layers these are. */
  readonly layersOf: readonly string[] | undefined;
}

/** How it was measured: numbers of one metric compare where this is the same. */
export function wayOf({ estimator, rescored }: Pick<Typed, "estimator" | "rescored">): string | undefined {
  return rescored ? "" : estimator;
}

export const NO_FACTS: MetricFacts = { direction: "none" };

function bounds(least: number, greatest: number, direction: MetricFacts["direction"]): MetricFacts {
  return {
    direction,
    ...(Number.isFinite(least) ? { least } : {}),
    ...(Number.isFinite(greatest) ? { greatest } : {}),
  };
}

const least = (facts: MetricFacts): number => facts.least ?? Number.NEGATIVE_INFINITY;
const greatest = (facts: MetricFacts): number => facts.greatest ?? Number.POSITIVE_INFINITY;

function flipped(direction: MetricFacts["direction"]): MetricFacts["direction"] {
  return direction === "none" ? "none" : direction === "max" ? "min" : "max";
}

export function negatedFacts(facts: MetricFacts): MetricFacts {
  return bounds(-greatest(facts), -least(facts), flipped(facts.direction));
}

/** `a - b` and `a / b` are read from `a`'s side; a constant minus a loss is a gain. */
function combinedDirection(
  operator: ArithmeticOperator,
  left: MetricFacts,
  right: MetricFacts,
): MetricFacts["direction"] {
  if (left.direction !== "none") {
    return left.direction;
  }
  return operator === "-" || operator === "/" ? flipped(right.direction) : right.direction;
}

export function combinedFacts(operator: ArithmeticOperator, left: MetricFacts, right: MetricFacts): MetricFacts {
  const direction = combinedDirection(operator, left, right);
  switch (operator) {
    case "+":
      return bounds(least(left) + least(right), greatest(left) + greatest(right), direction);
    case "-":
      return bounds(least(left) - greatest(right), greatest(left) - least(right), direction);
    case "*":
    case "/": {
      const positive = least(left) >= 0 && least(right) >= 0;
      return positive ? { direction, least: 0 } : { direction };
    }
    default:
      return operator satisfies never;
  }
}

export function combinedMetric(operator: ArithmeticOperator, left: Typed, right: Typed): string | undefined {
  if (left.metric === undefined && right.metric === undefined) {
    return undefined;
  }
  if (operator === "/") {
    return right.metric === undefined ? left.metric : "ratio";
  }
  if (left.metric === undefined || right.metric === undefined || left.metric === right.metric) {
    return left.metric ?? right.metric;
  }
  return "derived";
}

export function reducedFacts(by: Reduction, facts: MetricFacts): MetricFacts {
  return by === "sd" ? { direction: "none", least: 0 } : facts;
}

export function functionFacts(name: FunctionName, facts: MetricFacts): MetricFacts {
  switch (name) {
    case "abs":
    case "exp":
      return { direction: name === "exp" ? facts.direction : "none", least: 0 };
    case "log":
    case "logit":
      return { direction: facts.direction };
    default:
      return name satisfies never;
  }
}

/** Dividing by it flips signs or blows up: a metric that can be negative, or of which nothing is known. */
export function canBeNegative(facts: MetricFacts): boolean {
  return least(facts) < 0;
}
