/** `correlation(gain, far.kid, over: [source, target], method: spearman, ci: bootstrap(2000, by: target))`. */

import type { Call } from "../../../grammar/syntax.js";
import { didYouMean } from "../messages.js";
import { joinAxes } from "./join.js";
import type { Read } from "./paired-test.js";
import type { Names, Scope } from "./scope.js";
import {
  enoughPoints,
  intervalText,
  named,
  positional,
  readInterval,
  readOver,
  strayArgument,
  studySeed,
} from "./statistic-arguments.js";
import { expressionText } from "./text.js";
import type { Typed } from "./typed.js";
import { CORRELATIONS, type CorrelationMethod } from "./types.js";

export const CORRELATION = "correlation";

export function readCorrelation(names: Names, scope: Scope, call: Call, read: Read): Typed | undefined {
  const values = positional(call);
  if (values.length !== 2) {
    const parameters = { name: CORRELATION, wants: "two numbers", count: values.length };
    const example = "correlation(main.test, target.size, over: target)";
    names.report(scope, values[2] ?? call, "statistic-sides", { ...parameters, example });
    return undefined;
  }
  const [left, right] = values.map((value) => read(names, scope, value));
  const stray = strayArgument(names, scope, call, ["over", "method", "ci"]);
  const method = readMethod(names, scope, call);
  if (left === undefined || right === undefined || stray || method === undefined) {
    return undefined;
  }
  // two sides of one metric by two estimators may well be correlated: that is what one asks
  const axes = joinAxes(names, scope, call, left, { ...right, metric: undefined });
  if (axes === undefined) {
    return undefined;
  }
  const both: Typed = {
    ...left,
    axes,
    aliases: new Map([...left.aliases, ...right.aliases]),
    perRepeat: left.perRepeat || right.perRepeat,
    folded: left.folded || right.folded,
  };
  const over = readOver(names, scope, call, both);
  const interval = over && readInterval(names, scope, call, both, over);
  if (over === undefined || interval === undefined || !enoughPoints(names, scope, call, over, 3)) {
    return undefined;
  }
  const seed = studySeed(scope);
  const said = intervalText(interval);
  return {
    quantity: {
      kind: "correlation",
      left: left.quantity,
      right: right.quantity,
      method,
      over: over.names,
      interval,
      seed,
    },
    axes: over.left,
    aliases: both.aliases,
    perRepeat: false,
    folded: false,
    metric: CORRELATION,
    estimator: said === "" ? method : `${method}, ${said}`,
    facts: { direction: "none", least: -1, greatest: 1 },
    layersOf: left.layersOf ?? right.layersOf,
  };
}

function readMethod(names: Names, scope: Scope, call: Call): CorrelationMethod | undefined {
  const written = named(call, "method")?.value;
  if (written === undefined) {
    return "pearson";
  }
  const text = expressionText(written);
  const method = CORRELATIONS.find((each) => each === text);
  if (method === undefined && written.kind !== "missing") {
    names.report(scope, written, "statistic-method", { method: text, hint: didYouMean(text, CORRELATIONS) });
  }
  return method;
}
