/** A test holds the list to what the checker takes. */

import { ADJUSTMENT_ALIASES, ADJUSTMENTS, TESTS } from "../tests/index.js";
import type { FunctionEntry, FunctionParameter } from "./types.js";

export type { FunctionEntry, FunctionParameter } from "./types.js";

const quantity = (description: string): FunctionParameter => ({ description, takes: "quantity" });
const axes = (description: string): FunctionParameter => ({ description, takes: "axes" });
const interval: FunctionParameter = {
  description:
    "resampling instead of theory: `bootstrap(2000)`, or `bootstrap(2000, by: target)` where rows of one target go together.",
  takes: "interval",
};
const rows = axes("the axes whose points are the rows; the others each have a number of their own.");

function reduction(id: string, what: string): FunctionEntry {
  return {
    id,
    doc: `${what} over axes, per repeat; over the repeats where no axis is named${id === "mean" ? ", so that a quotient of means is their ratio" : ""}.`,
    gives: "numbers",
    parameters: { of: quantity("a measure, or arithmetic on measures."), over: axes("the axes it is taken over.") },
    required: ["of"],
    positional: ["of"],
  };
}

function elementwise(id: string, doc: string): FunctionEntry {
  const parameters = { of: quantity("a measure, or arithmetic on measures.") };
  return { id, doc, gives: "numbers", parameters, required: ["of"], positional: ["of"] };
}

const LOG_POINTS: FunctionEntry = {
  id: "log",
  doc: "The natural logarithm of a number. Where an axis or a grid has its points, points whose logarithms are evenly spaced, both ends included: `log(1e-4..1e-1, 7 points)`.",
  gives: "points",
  parameters: {
    range: { description: "from where to where, above 0: `1e-4..1e-1`." },
    points: { type: "integer", minimum: 2, maximum: 10_000, description: "how many: `7 points`." },
  },
  required: ["range", "points"],
  positional: ["range", "points"],
};

export const FUNCTIONS: readonly FunctionEntry[] = [
  reduction("mean", "The mean"),
  reduction("min", "The least"),
  reduction("max", "The greatest"),
  reduction("sd", "The standard deviation (n − 1)"),
  elementwise("log", "The natural logarithm of a number; none of a number that is not above 0."),
  elementwise("logit", "log(p / (1 − p)) of a share: differences of accuracies near 1 weigh as much as others."),
  elementwise("exp", "e to the power of a number."),
  elementwise("abs", "A number without its sign."),
  {
    id: "paired_test",
    doc: "The p-value of a difference, at every point both sides have, over pairs of replicates or of test cases.",
    gives: "numbers",
    parameters: {
      left: quantity("one side: a measure at points."),
      right: quantity("the other side, at the same points but for what is compared."),
      over: axes("the replicates that are pairs: `repeat`, `[fold, repeat]`."),
      method: { type: "string", enum: TESTS.map(({ id }) => id), description: "the test." },
      adjust: {
        type: "string",
        enum: [...ADJUSTMENTS],
        aliases: ADJUSTMENT_ALIASES,
        default: "none",
        description: "for how many points are tested.",
      },
    },
    required: ["left", "right"],
    positional: ["left", "right"],
  },
  {
    id: "correlation",
    doc: "How two numbers go together over the points of axes.",
    gives: "numbers",
    parameters: {
      left: quantity("one number a point."),
      right: quantity("the other number of each point."),
      over: rows,
      method: {
        type: "string",
        enum: ["pearson", "spearman", "kendall"],
        default: "pearson",
        description: "along a straight line; of ranks; of pairs in order (tau-b).",
      },
      ci: interval,
    },
    required: ["left", "right", "over"],
    positional: ["left", "right"],
  },
  {
    id: "regress",
    doc: "Least squares: a coefficient for every term, on the axis `term`. Errors are those of least squares, or CR1 of clusters.",
    gives: "numbers",
    parameters: {
      of: quantity("the number that is explained."),
      on: {
        description: "what explains it: numbers, and axes as categories: `[log(target.size), model]`.",
        takes: "terms",
      },
      over: rows,
      cluster: axes("rows of one point of these axes are no independent observations."),
      ci: interval,
    },
    required: ["of", "on", "over"],
    positional: ["of"],
  },
  {
    id: "label_equivalent",
    doc: "How many labels the second side would need for the first side's score, read off its learning curve: straight between points on a logarithmic axis, after the curve is made monotone.",
    gives: "numbers",
    parameters: {
      left: quantity("whose score is looked up."),
      right: quantity("the learning curve it is looked up on."),
      along: axes("the axis along which labels grow."),
    },
    required: ["left", "right", "along"],
    positional: ["left", "right"],
  },
  {
    id: "bootstrap",
    doc: "Resampling with replacement, from the study's seed. Around a number of a derive: its interval, from redrawing what it is made of. In `ci:` of a measure: over test cases, or whole groups of them.",
    gives: "numbers",
    parameters: {
      of: quantity("the number; none in `ci:`."),
      resamples: { type: "integer", minimum: 100, maximum: 1_000_000, description: "how often to draw." },
      by: axes(
        "what is drawn: `repeat`, `fold` or an axis the number was reduced over; of a measure, a column of the data like `patient`.",
      ),
      method: {
        type: "string",
        enum: ["percentile", "bca"],
        default: "percentile",
        description: "of a measure: percentiles, or those corrected for bias and acceleration.",
      },
    },
    required: ["resamples"],
    positional: ["of", "resamples"],
  },
  LOG_POINTS,
];

/** Of several meanings the one a place asks for; else the first. */
export function functionNamed(id: string, gives?: FunctionEntry["gives"]): FunctionEntry | undefined {
  const found = FUNCTIONS.filter((each) => each.id === id);
  return found.find((each) => each.gives === gives) ?? found[0];
}
