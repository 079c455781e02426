/** An expression in a parameter's place, as the JSON its schema wants. */

import type { Expression } from "../../../grammar/syntax.js";
import { isDurationUnit } from "../../catalog/duration.js";
import type { Json, ParameterSchema } from "../../catalog/types.js";
import { nearest } from "../messages.js";
import { alternativeFor, alternativesOf, alternativeWord } from "./alternatives.js";
import type { Context } from "./context.js";
import { type Environment, local, sourceText } from "./environment.js";
import { evaluate } from "./evaluator.js";
import { numberLabel } from "./points.js";
import { expected, report, suggestion } from "./report.js";
import { describe, type NumberValue, type Value } from "./values.js";
import { convertVariant } from "./variants.js";

export type Conversion = { readonly json: Json };
const FAILED = { failed: true } as const;
type Result = Conversion | typeof FAILED;

export function isConversion(result: Result): result is Conversion {
  return "json" in result;
}

export function convert(
  context: Context,
  environment: Environment,
  name: string,
  schema: ParameterSchema,
  expression: Expression,
): Result {
  if (expression.kind === "missing") {
    return FAILED;
  }
  if (schema.enum !== undefined && schema.type === "string") {
    return convertWord(context, environment, name, schema, expression);
  }
  if (schema.variants !== undefined) {
    const json = convertVariant(context, environment, name, schema.variants, expression);
    return json === undefined ? FAILED : { json };
  }
  const worded = alternativeWord(schema, expression);
  if (worded !== undefined) {
    return convertWord(context, environment, name, worded, expression);
  }
  const value = evaluate(context, expression, environment);
  if (value.kind === "unknown") {
    return FAILED;
  }
  if (schema.unit === "duration") {
    return convertDuration(context, environment, name, value, expression);
  }
  return convertPlain(context, environment, name, alternativeFor(schema, value), value, expression);
}

/** A number, a list or range of them, text, or yes and no. */
function convertPlain(
  context: Context,
  environment: Environment,
  name: string,
  schema: ParameterSchema,
  value: Value,
  expression: Expression,
): Result {
  switch (schema.type) {
    case "number":
    case "integer":
      return convertNumber(context, environment, name, schema, value, expression);
    case "array":
      return convertArray(context, environment, name, schema, value, expression);
    case "string":
      return value.kind === "string"
        ? { json: value.value }
        : wrong(context, environment, name, schema, value, expression);
    case "boolean":
      return value.kind === "boolean"
        ? { json: value.value }
        : wrong(context, environment, name, schema, value, expression);
    default:
      return wrong(context, environment, name, schema, value, expression);
  }
}

function convertWord(
  context: Context,
  environment: Environment,
  name: string,
  schema: ParameterSchema,
  expression: Expression,
): Result {
  const words = [...(schema.enum ?? []).map(String), ...Object.keys(schema.aliases ?? {})];
  const bound = expression.kind === "name" ? local(environment, expression.text) : undefined;
  const text =
    bound?.kind === "word"
      ? bound.text
      : expression.kind === "name" && bound === undefined
        ? expression.text
        : undefined;
  if (text !== undefined && words.includes(text)) {
    return { json: schema.aliases?.[text] ?? text };
  }
  if (bound?.kind === "unknown") {
    return FAILED;
  }
  const got = text ?? sourceText(environment, expression.span);
  const near = nearest(got, words);
  report(
    context,
    environment,
    expression.span,
    "unknown-choice",
    { name, got },
    {
      ...suggestion(environment, expression.span, got, words),
      hint: `${near === undefined ? "" : `did you mean \`${near}\`? `}it is one of ${words.map((word) => `\`${word}\``).join(", ")}.`,
    },
  );
  return FAILED;
}

export function convertDuration(
  context: Context,
  environment: Environment,
  name: string,
  value: Value,
  expression: Expression,
): Result {
  if (value.kind === "number" && isDurationUnit(value.unit)) {
    if (value.value < 0 || !Number.isFinite(value.value)) {
      report(context, environment, expression.span, "bad-argument", {
        name,
        wanted: "a duration of 0 or more",
        got: numberLabel(value.value),
      });
      return FAILED;
    }
    return { json: { value: value.value, unit: value.unit } };
  }
  if (value.kind === "number" && value.unit === undefined) {
    const text = numberLabel(value.value);
    const units = name === "patience" ? ["checks"] : ["epochs", "steps", "images"];
    const examples = enumerated(units.map((unit) => `\`${text} ${unit}\``));
    report(context, environment, expression.span, "duration-without-unit", { name, value: text, examples });
  } else if (value.kind === "number") {
    report(
      context,
      environment,
      expression.span,
      "wrong-unit",
      {
        name,
        got: unitName(value),
        wanted: "a duration in steps, epochs, images or checks",
      },
      meantUnit(value.unit, ["steps", "epochs", "images", "checks"]),
    );
  } else {
    expected(context, environment, expression, value, "a duration like `3 epochs`");
  }
  return FAILED;
}

function enumerated(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

const STEPS: ReadonlySet<string> = new Set(["iterations", "iteration", "iters", "iter", "updates", "batches", "it"]);
const TIMES: ReadonlySet<string> = new Set(["seconds", "minutes", "hours", "days", "s", "min", "h"]);

function meantUnit(unit: string | undefined, units: readonly string[]): { readonly hint?: string } {
  if (unit !== undefined && units.includes("steps")) {
    if (STEPS.has(unit)) {
      return { hint: "they are called `steps` here." };
    }
    if (TIMES.has(unit)) {
      const why = "a training is as long on every machine: `30 epochs`, `2000 steps`";
      return { hint: `${why}; \`xferc run … --stop-after 55m\` stops after a time, to be resumed.` };
    }
  }
  const meant = unit === undefined ? undefined : nearest(unit, units);
  return meant === undefined ? {} : { hint: `did you mean \`${meant}\`?` };
}

function unitName(value: NumberValue): string {
  return value.unit === "%" ? "percent" : (value.unit ?? "plain numbers");
}

/** The number in the parameter's unit, where it carries none or the right one. */
function convertNumber(
  context: Context,
  environment: Environment,
  name: string,
  schema: ParameterSchema,
  value: Value,
  expression: Expression,
): Result {
  if (value.kind !== "number") {
    return wrong(context, environment, name, schema, value, expression);
  }
  if (!unitFits(schema, value.unit)) {
    report(
      context,
      environment,
      expression.span,
      "wrong-unit",
      {
        name,
        got: unitName(value),
        wanted: wantedBy(schema),
      },
      meantUnit(value.unit, ["px", "images"]),
    );
    return FAILED;
  }
  if (schema.type === "integer" && !Number.isInteger(value.value)) {
    report(context, environment, expression.span, "bad-argument", {
      name,
      wanted: wantedBy(schema),
      got: numberLabel(value.value),
    });
    return FAILED;
  }
  return { json: value.value };
}

function unitFits(schema: Pick<ParameterSchema, "unit">, unit: string | undefined): boolean {
  if (unit === undefined) {
    return true;
  }
  switch (schema.unit) {
    case "px":
      return unit === "px";
    case "fraction":
      return unit === "%";
    case "images":
      return unit === "images";
    case "count":
    case "none":
    case "duration":
    case undefined:
      return false;
    default:
      return schema.unit satisfies never;
  }
}

function convertArray(
  context: Context,
  environment: Environment,
  name: string,
  schema: ParameterSchema,
  value: Value,
  expression: Expression,
): Result {
  if (value.kind === "range" && value.by === undefined && unitFits(schema, value.unit)) {
    if (value.from > value.to) {
      report(context, environment, expression.span, "range-backwards", {
        from: numberLabel(value.from),
        to: numberLabel(value.to),
      });
      return FAILED;
    }
    return { json: [value.from, value.to] };
  }
  if (value.kind === "range" && value.unit !== undefined) {
    report(context, environment, expression.span, "wrong-unit", { name, got: value.unit, wanted: wantedBy(schema) });
    return FAILED;
  }
  if (value.kind !== "list") {
    return wrong(context, environment, name, schema, value, expression);
  }
  const json: Json[] = [];
  const inner: ParameterSchema = {
    ...(schema.items ?? {}),
    ...(schema.unit === undefined ? {} : { unit: schema.unit }),
    description: schema.description,
  };
  for (const item of value.items) {
    const result =
      inner.type === "string" && item.value.kind === "string"
        ? { json: item.value.value }
        : inner.type === "string"
          ? wrong(context, environment, name, inner, item.value, item.expression)
          : convertNumber(context, environment, name, inner, item.value, item.expression);
    if (!isConversion(result)) {
      return FAILED;
    }
    json.push(result.json);
  }
  return { json };
}

function wrong(
  context: Context,
  environment: Environment,
  name: string,
  schema: ParameterSchema,
  value: Value,
  expression: Expression,
): Result {
  if (value.kind === "word") {
    expected(context, environment, expression, value, wantedBy(schema));
  } else if (value.kind !== "unknown") {
    report(context, environment, expression.span, "bad-argument", {
      name,
      wanted: wantedBy(schema),
      got: describe(value),
    });
  }
  return FAILED;
}

/** In words: "a whole number from 1 to 100000", "`gaussian`, `shuffle` or `bootstrap`". */
export function wantedBy(schema: Omit<ParameterSchema, "description">): string {
  if (schema.refers !== undefined) {
    return `${/^[aeiou]/.test(schema.refers) ? "an" : "a"} ${schema.refers}`;
  }
  if (schema.enum !== undefined) {
    return `${schema.enum.length === 1 ? "" : "one of "}${schema.enum.map((each) => `\`${String(each)}\``).join(", ")}`;
  }
  if (schema.unit === "duration") {
    return "a duration like `3 epochs`";
  }
  if (schema.anyOf !== undefined) {
    return alternativesOf({ ...schema, description: "" })
      .map(wantedBy)
      .join(", or ");
  }
  switch (schema.type) {
    case "integer":
      return `${schema.not === undefined ? "a" : "an odd"} whole number${inUnit(schema)}${bounds(schema)}`;
    case "number":
      return `a number${inUnit(schema)}${bounds(schema)}`;
    case "array": {
      const items = schema.items ?? {};
      const count = schema.minItems === schema.maxItems && schema.minItems !== undefined ? `${schema.minItems}` : "";
      const what = items.type === "integer" ? "whole numbers" : items.type === "string" ? "strings" : "numbers";
      return schema.minItems === 2 && schema.maxItems === 2
        ? `a range like \`0.8..1.2\`${bounds(items)}`
        : `a list of ${count}${count === "" ? "" : " "}${what}${bounds(items)}`;
    }
    case "boolean":
      return "`yes` or `no`";
    case "string":
      return 'a string like `"…"`';
    default:
      return "a value";
  }
}

function inUnit(schema: Pick<ParameterSchema, "unit">): string {
  switch (schema.unit) {
    case "px":
      return " of px";
    case "images":
      return " of images";
    case "fraction":
      return " or percentage";
    default:
      return "";
  }
}

function bounds(schema: Omit<ParameterSchema, "description">): string {
  const { minimum, exclusiveMinimum, exclusiveMaximum } = schema;
  const maximum = (schema.maximum ?? 0) >= 65536 ? undefined : schema.maximum; // a guard, not a choice
  const low =
    minimum !== undefined ? `from ${minimum}` : exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : "";
  const high =
    maximum !== undefined
      ? minimum !== undefined
        ? `to ${maximum}`
        : `up to ${maximum}`
      : exclusiveMaximum !== undefined
        ? `below ${exclusiveMaximum}`
        : "";
  const parts = [low, high].filter((part) => part !== "");
  return parts.length === 0 ? "" : ` ${parts.join(minimum !== undefined && maximum !== undefined ? " " : " and ")}`;
}
