/** `paired_test(a, b, over: [fold, repeat], method: corrected_t, adjust: holm)`: p at every point both have. */

import type { Argument, Call, Expression } from "../../../grammar/syntax.js";
import { entry, names as namesOf } from "../../catalog/index.js";
import { ADJUSTMENT_ALIASES, ADJUSTMENTS, type AdjustmentName } from "../../catalog/tests/index.js";
import type { TestEntry } from "../../catalog/types.js";
import { didYouMean } from "../messages.js";
import { joinAxes, overAxes } from "./join.js";
import type { Names, Scope } from "./scope.js";
import { expressionText } from "./text.js";
import type { Typed } from "./typed.js";

export const PAIRED_TEST = "paired_test";
const NAMED = ["over", "method", "adjust"] as const;

export type Read = (names: Names, scope: Scope, expression: Expression) => Typed | undefined;

/** @param read reads a side */
export function readPairedTest(names: Names, scope: Scope, call: Call, read: Read): Typed | undefined {
  const sides = readSides(names, scope, call, read);
  const stray = strayArgument(names, scope, call);
  const adjust = readAdjust(names, scope, argument(call, "adjust"));
  if (sides === undefined || stray || adjust === undefined) {
    return undefined;
  }
  const [left, right] = sides;
  const axes = joinAxes(names, scope, call, left, right);
  const folded = left.folded && right.folded;
  const method = readMethod(names, scope, argument(call, "method"), folded);
  if (axes === undefined || method === undefined || !suits(names, scope, call, method, folded)) {
    return undefined;
  }
  const both: Typed = { ...left, axes, aliases: new Map([...left.aliases, ...right.aliases]), folded };
  const written = argument(call, "over");
  const over = written === undefined ? allReplicates(folded) : overAxes(names, scope, both, written.value);
  if (over === undefined) {
    return undefined;
  }
  if (method.folds === "needed" && !over.includes("fold")) {
    names.report(scope, written ?? call, "test-not-over-folds", { method: method.id });
    return undefined;
  }
  const seed = scope.from.flatMap(({ signature }) => signature.cells)[0]?.seed ?? 0;
  return {
    quantity: { kind: "test", left: left.quantity, right: right.quantity, method: method.id, over, adjust, seed },
    axes: axes.filter((axis) => !over.includes(axis.name)),
    aliases: both.aliases,
    perRepeat: false,
    folded: false,
    metric: "p",
    estimator: adjust === "none" ? method.id : `${method.id} ${adjust}`,
    facts: { direction: "none", least: 0, greatest: 1 },
    layersOf: left.layersOf ?? right.layersOf,
  };
}

export function argument(call: Call, name: (typeof NAMED)[number]): Argument | undefined {
  return call.args.find((each) => each.name?.text === name);
}

/** Reports an argument it does not take. */
export function strayArgument(names: Names, scope: Scope, call: Call): boolean {
  const stray = call.args.find(({ name }) => name !== undefined && !NAMED.some((each) => each === name.text));
  if (stray?.name !== undefined) {
    const hint = didYouMean(stray.name.text, NAMED);
    names.report(scope, stray.name, "test-argument", { name: stray.name.text, hint });
  }
  return stray !== undefined;
}

const allReplicates = (folded: boolean): readonly string[] => (folded ? ["fold", "repeat"] : ["repeat"]);

/** Two numbers that every repeat has. */
export function readSides(names: Names, scope: Scope, call: Call, read: Read): readonly [Typed, Typed] | undefined {
  const positional = call.args.filter(({ name }) => name === undefined);
  if (positional.length !== 2) {
    names.report(scope, positional[2] ?? call, "test-sides", { count: positional.length });
    return undefined;
  }
  const [left, right] = positional.map(({ value }) => {
    const typed = read(names, scope, value);
    if (typed !== undefined && !typed.perRepeat && !typed.folded) {
      names.report(scope, value, "test-of-one-number", { what: expressionText(value) });
      return undefined;
    }
    return typed;
  });
  return left === undefined || right === undefined ? undefined : [left, right];
}

function readMethod(names: Names, scope: Scope, written: Argument | undefined, folded: boolean): TestEntry | undefined {
  const text = written === undefined ? (folded ? "corrected_t" : "paired_t") : expressionText(written.value);
  const method = entry("test", text);
  if (method === undefined && written?.value.kind !== "missing") {
    const hint = didYouMean(text, namesOf("test"));
    names.report(scope, written?.value ?? { span: { start: 0, end: 0 } }, "unknown-test", { name: text, hint });
  }
  return method;
}

/** Folds share training images: a test either knows that, or is told of. */
function suits(names: Names, scope: Scope, call: Call, method: TestEntry, folded: boolean): boolean {
  const at = argument(call, "method")?.value ?? call;
  if (method.folds === "needed" && !folded) {
    if (!names.lackCells) names.report(scope, at, "test-needs-folds", { method: method.id });
    return false;
  }
  if (method.folds === "warn" && folded) {
    names.report(scope, at, "test-takes-folds-for-independent", { method: method.id });
  }
  return true;
}

export function readAdjust(names: Names, scope: Scope, written: Argument | undefined): AdjustmentName | undefined {
  if (written === undefined) {
    return "holm";
  }
  const text = expressionText(written.value);
  const found = ADJUSTMENTS.find((each) => each === (ADJUSTMENT_ALIASES[text] ?? text));
  if (found === undefined && written.value.kind !== "missing") {
    const hint = didYouMean(text, [...ADJUSTMENTS, ...Object.keys(ADJUSTMENT_ALIASES)]);
    names.report(scope, written.value, "unknown-adjustment", { name: text, hint });
  }
  return found;
}
