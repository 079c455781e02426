/** Part selectors: `units[1..n]`, `layers[l]`, `"blocks.*.attn.**"`, `head`, `backbone`, `buffers`, `rest`, a named part. */

import type { Expression, Index } from "../../../grammar/syntax.js";
import type { Selector } from "../study.js";
import type { Context } from "./context.js";
import { binding, type Environment, local } from "./environment.js";
import { evaluate } from "./evaluator.js";
import { expected, report } from "./report.js";
import { describe, type PartValue, UNKNOWN, type Value } from "./values.js";

const WORDS = ["head", "backbone", "buffers", "rest"] as const;
/** Words that mean a part only where one is wanted: elsewhere they are anyone's. */
const ROLES = ["bias", "norm", "adapter"] as const;

/**
 * What makes features of pixels: patch embedding, class token and position embedding of a transformer, the stem of a
 * convolutional network. In every family it is the first unit, and has its key.
 */
const EMBEDDING = "embedding";

function part(...parts: readonly Selector[]): PartValue {
  return { kind: "part", parts, except: [] };
}

/** Not yet a part, and one where a part is wanted. */
export function isPartWord(text: string): boolean {
  return text === EMBEDDING || ROLES.some((each) => each === text);
}

export function partName(text: string): PartValue | undefined {
  const word = WORDS.find((each) => each === text);
  return word && part({ kind: word });
}

/** `units[…]` and `layers[…]`; anything else is not for here. */
export function partIndex(context: Context, expression: Index, environment: Environment): Value | undefined {
  const { object } = expression;
  if (object.kind !== "name" || (object.text !== "units" && object.text !== "layers")) {
    return undefined;
  }
  if (local(environment, object.text) !== undefined || binding(environment, object.text) !== undefined) {
    return undefined;
  }
  const parts: Selector[] = [];
  for (const argument of expression.args) {
    const value = evaluate(context, argument.value, environment);
    const selector = position(context, object.text, value, argument.value, environment);
    if (selector === undefined) {
      return UNKNOWN;
    }
    parts.push(selector);
  }
  return parts.length === 0
    ? report(context, environment, expression.span, "missing-argument", {
        callee: object.text,
        name: "which",
        doc: `\`${object.text}[1..3]\`, \`${object.text}[2]\``,
      })
    : part(...parts);
}

function position(
  context: Context,
  kind: "units" | "layers",
  value: Value,
  expression: Expression,
  environment: Environment,
): Selector | undefined {
  switch (value.kind) {
    case "unknown":
      return undefined;
    case "number":
    case "range": {
      const [from, to] = value.kind === "number" ? [value.value, value.value] : [value.from, value.to];
      if (value.unit !== undefined || !Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < 0) {
        report(context, environment, expression.span, "unit-position", { kind });
        return undefined;
      }
      if (from === 0) {
        report(context, environment, expression.span, "unit-zero", { kind });
        return undefined;
      }
      return { kind, from, to };
    }
    case "layer":
    case "string":
      if (kind === "layers") {
        return { kind: "layer", name: value.kind === "layer" ? value.name : value.value };
      }
      break;
    default:
  }
  expected(
    context,
    environment,
    expression,
    value,
    kind === "units" ? "a number or a range" : "a layer, a number or a range",
  );
  return undefined;
}

/** One selector or a named part of several. `undefined` where it was reported. */
export function selectors(context: Context, expression: Expression, environment: Environment): PartValue | undefined {
  if (expression.kind === "string") {
    const problem = patternProblem(expression.value);
    if (problem !== undefined) {
      report(context, environment, expression.span, "bad-pattern", { problem });
      return undefined;
    }
    return part({ kind: "pattern", glob: expression.value });
  }
  if (expression.kind === "except") {
    const base = selectors(context, expression.base, environment);
    const written = expression.excluded;
    const listed = written.kind === "list" ? written.items.map(({ value }) => value) : [written];
    const excluded = listed.map((each) => selectors(context, each, environment));
    const parts = excluded.flatMap((each) => each?.parts ?? []);
    const sound = !excluded.includes(undefined);
    return base && sound ? { kind: "part", parts: base.parts, except: [...base.except, ...parts] } : undefined;
  }
  if (expression.kind === "name" && (expression.text === "units" || expression.text === "layers")) {
    return part({ kind: "backbone" });
  }
  const value = evaluate(context, expression, environment);
  if (value.kind === "part") {
    return value;
  }
  const role = value.kind === "word" ? ROLES.find((each) => each === value.text) : undefined;
  if (role !== undefined) {
    return part({ kind: role });
  }
  if (value.kind === "word" && value.text === EMBEDDING) {
    return part({ kind: "units", from: 1, to: 1 });
  }
  if (value.kind === "string") {
    return selectors(context, { kind: "string", value: value.value, span: expression.span }, environment);
  }
  if (value.kind === "word") {
    expected(context, environment, expression, value, "a part", partWords(environment));
  } else if (value.kind !== "unknown") {
    report(context, environment, expression.span, "not-a-part", { got: describe(value) });
  }
  return undefined;
}

function partWords(environment: Environment): readonly string[] {
  const own = [...environment.scope.names.values()].filter((each) => each.kind === "part").map((each) => each.name);
  return ["units", "layers", ...WORDS, EMBEDDING, ...ROLES, ...own];
}

const MAX_PATTERN = 500;

function patternProblem(glob: string): string | undefined {
  if (glob === "") {
    return "is empty";
  }
  if (glob.length > MAX_PATTERN) {
    return `has more than ${MAX_PATTERN} letters`;
  }
  const segments = glob.split(".");
  if (segments.includes("")) {
    return "has an empty segment between two dots";
  }
  const odd = segments.find((segment) => !/^(?:\*\*?|[A-Za-z0-9_-]+)$/.test(segment));
  return odd === undefined ? undefined : `\`${odd}\` is no whole segment`;
}
