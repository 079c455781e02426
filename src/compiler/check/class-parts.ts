/** `class in split_classes(parts: [a, b], draw: 1)[a]`: classes dealt at random into parts. */

import type { Expression, Index } from "../../../grammar/syntax.js";
import type { CatalogEntry } from "../../catalog/types.js";
import { matchArguments } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, local } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { nameOf } from "../evaluate/numbers.js";
import { report } from "../evaluate/report.js";
import { didYouMean } from "../messages.js";
import type { CaseCondition } from "../study.js";

/** Checked like an entry of the catalogue. */
export const SPLIT_CLASSES = {
  id: "split_classes",
  parameters: {
    parts: { description: "names of the parts, of equal size: `[a, b]`." },
    draw: { description: "which of several ways of dealing them: a whole number." },
  },
  required: ["parts", "draw"],
} as const satisfies Pick<CatalogEntry, "id" | "parameters" | "required">;

/** Whether it is one; `split_classes(…)` without a part asks for one. */
export function isClassPart(expression: Expression): boolean {
  const call = expression.kind === "index" ? expression.object : expression;
  return call.kind === "call" && call.callee.kind === "name" && call.callee.text === SPLIT_CLASSES.id;
}

/** `undefined` where it was reported, or is not known yet. */
export function classPart(
  context: Context,
  column: string,
  expression: Expression,
  environment: Environment,
): CaseCondition | undefined {
  const wrong = (problem: string): undefined => {
    report(context, environment, expression.span, "class-parts", { problem });
    return undefined;
  };
  if (column !== "class") {
    return wrong(`\`${column}\` is another column`);
  }
  if (expression.kind !== "index" || expression.object.kind !== "call") {
    return wrong("no part is chosen");
  }
  const matched = matchArguments(context, environment, SPLIT_CLASSES, expression.object.args, expression.object.span);
  const parts = matched?.get("parts")?.value;
  const draw = matched?.get("draw")?.value;
  if (parts === undefined || draw === undefined) {
    return undefined;
  }
  const names =
    parts.kind === "list" ? parts.items.map((item) => (item.value.kind === "name" ? item.value.text : "")) : [];
  if (names.length < 2 || names.includes("") || new Set(names).size < names.length) {
    return wrong("their names are two or more different words");
  }
  const number = evaluate(context, draw, environment);
  if (number.kind === "unknown") {
    return undefined;
  }
  if (number.kind !== "number" || number.unit !== undefined || !Number.isInteger(number.value) || number.value < 0) {
    return wrong("`draw` is a whole number from 0");
  }
  const part = partNamed(context, expression, names, environment);
  return part === undefined ? undefined : { kind: "part-of-classes", parts: names.length, part, draw: number.value };
}

/** A word in the brackets is a part's name, unless an axis or parameter here is called so. */
function partNamed(
  context: Context,
  { args, span }: Index,
  names: readonly string[],
  environment: Environment,
): number | undefined {
  const [only, ...others] = args;
  if (only === undefined || others.length > 0 || only.name !== undefined) {
    report(context, environment, span, "class-parts", { problem: "one of them is chosen at a time" });
    return undefined;
  }
  const plain = only.value.kind === "name" && local(environment, only.value.text) === undefined;
  const value = plain || only.value.kind !== "name" ? undefined : local(environment, only.value.text);
  if (value?.kind === "unknown") {
    return undefined;
  }
  const name = (value && nameOf(value)) ?? (only.value.kind === "name" ? only.value.text : "");
  const place = names.indexOf(name);
  if (place < 0) {
    report(context, environment, only.value.span, "class-part", { part: name, hint: didYouMean(name, names) });
    return undefined;
  }
  return place;
}
