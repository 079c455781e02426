/** Arguments held against a catalogue entry's parameters: which is which, their units, their values. */

import type { Argument, Call, Expression, Span } from "../../../grammar/syntax.js";
import { validate } from "../../catalog/index.js";
import type { CatalogEntry, CatalogKind, Choice, Json, ParameterSchema } from "../../catalog/types.js";
import { counted } from "../counted.js";
import type { DiagnosticExtras } from "../messages.js";
import { withArticle } from "../suggest.js";
import type { Context } from "./context.js";
import { convert, isConversion, wantedBy } from "./convert.js";
import { type Environment, locate, sourceText } from "./environment.js";
import { report, suggestion } from "./report.js";

/** Parameter → the expression written for it. */
export type Matched = ReadonlyMap<string, Argument>;

/** Holds written arguments against named parameters; reports strangers, doubles and missing ones. `undefined` if any. */
export function matchArguments(
  context: Context,
  environment: Environment,
  callee: Pick<CatalogEntry, "id" | "parameters" | "required" | "positional">,
  args: readonly Argument[],
  span: Span,
): Matched | undefined {
  const known = Object.keys(callee.parameters);
  const positional = callee.positional ?? [];
  const matched = new Map<string, Argument>();
  let sound = true;
  let position = 0;
  for (const argument of args) {
    const name = argument.name?.text ?? positional[position++];
    if (name === undefined) {
      reportUnnamed(context, environment, argument.span, callee.id, known, positional);
      sound = false;
    } else if (!known.includes(name)) {
      const at = argument.name?.span ?? argument.span;
      report(
        context,
        environment,
        at,
        "unknown-argument",
        { callee: callee.id, name },
        suggestion(environment, at, name, known),
      );
      sound = false;
    } else if (matched.has(name)) {
      report(context, environment, argument.name?.span ?? argument.span, "argument-twice", { name });
      sound = false;
    } else {
      matched.set(name, argument);
    }
  }
  for (const name of callee.required ?? []) {
    if (!matched.has(name) && sound) {
      const doc = callee.parameters[name]?.description ?? "";
      report(context, environment, span, "missing-argument", { callee: callee.id, name, doc: lowerFirst(doc) });
      sound = false;
    }
  }
  return sound ? matched : undefined;
}

function reportUnnamed(
  context: Context,
  environment: Environment,
  span: Span,
  callee: string,
  known: readonly string[],
  positional: readonly string[],
): void {
  if (known.length > positional.length) {
    const comma = decimalComma(environment, span);
    if (comma !== undefined) {
      report(context, environment, span, "argument-without-name", { callee }, comma);
      return;
    }
    const rest = known.filter((name) => !positional.includes(name));
    const hint = `write \`${rest[0]}: …\`; it takes ${rest.map((name) => `\`${name}\``).join(", ")}.`;
    report(context, environment, span, "argument-without-name", { callee }, { hint });
    return;
  }
  const count = known.length === 0 ? "no arguments" : counted(known.length, "argument");
  const hint =
    known.length === 0
      ? `write \`${callee}\` alone.`
      : `it takes ${known.map((name) => `\`${name}\``).join(", ")}; leave the rest out.`;
  report(context, environment, span, "too-many-arguments", { callee, count, hint });
}

/** `lr: 0,001`: digits right behind digits and a comma. */
function decimalComma(environment: Environment, span: Span): DiagnosticExtras | undefined {
  const { text } = environment.scope.file;
  const [whole] = /\d+(?=,$)/.exec(text.slice(0, span.start)) ?? [];
  const fraction = text.slice(span.start, span.end);
  if (whole === undefined || !/^\d+$/.test(fraction)) {
    return undefined;
  }
  const [title, comma] = [`write \`${whole}.${fraction}\``, { start: span.start - 1, end: span.start }];
  return {
    note: "A decimal has a point; a comma parts arguments.",
    fixes: [{ title, edits: [{ location: locate(environment, comma), text: "." }], safe: false }],
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export type Parameters = { readonly [name: string]: Json };

/** Matched arguments of plain parameters as JSON, each of the right type and unit. `undefined` where one is not. */
export function convertArguments(
  context: Context,
  environment: Environment,
  callee: CatalogEntry,
  matched: Matched,
  skip: ReadonlySet<string> = new Set(),
): Parameters | undefined {
  const params: { [name: string]: Json } = {};
  let sound = true;
  for (const [name, argument] of matched) {
    const schema = callee.parameters[name];
    if (schema === undefined || skip.has(name)) {
      continue;
    }
    const value = convert(context, environment, name, schema, argument.value);
    if (isConversion(value)) {
      params[name] = value.json;
    } else {
      sound = false;
    }
  }
  return sound ? params : undefined;
}

/** Holds the parameters against the entry's schema and fills in what was not written. */
export function choose(
  context: Context,
  environment: Environment,
  callee: CatalogEntry,
  params: Parameters,
  where: (parameter: string) => Span,
  whole: Span,
): Choice | undefined {
  const result = validate(callee, params);
  if (result.ok) {
    return result.choice;
  }
  const told = new Set<string | undefined>();
  for (const { parameter } of result.violations) {
    const schema = parameter === undefined ? undefined : callee.parameters[parameter];
    if (!told.has(parameter) && parameter !== undefined && schema !== undefined) {
      const span = where(parameter);
      reportViolation(context, environment, parameter, schema, span);
    } else if (!told.has(parameter)) {
      report(context, environment, whole, "bad-argument", { name: callee.id, wanted: "complete", got: "not" });
    }
    told.add(parameter);
  }
  return undefined;
}

function reportViolation(
  context: Context,
  environment: Environment,
  name: string,
  schema: ParameterSchema,
  span: Span,
): void {
  const got = sourceText(environment, span);
  report(context, environment, span, "bad-argument", {
    name,
    wanted: wantedBy(schema),
    got: got === "" ? "missing" : `\`${got}\``,
  });
}

/** `adam(lr: 1e-3)`, or `adam` alone: one of a kind of catalogue entries, with its parameters. */
export function choice(
  context: Context,
  environment: Environment,
  kind: CatalogKind,
  expression: Expression,
  what: string,
): Choice | undefined {
  if (expression.kind === "missing") {
    return undefined;
  }
  const head = expression.kind === "call" ? expression.callee : expression;
  if (head.kind !== "name") {
    const quoted = expression.kind === "string" ? context.catalog.entry(kind, expression.value)?.id : undefined;
    const text = quoted ?? context.catalog.names(kind)[0] ?? "";
    const parameters = { what: `\`${sourceText(environment, expression.span)}\``, wanted: withArticle(what) };
    report(
      context,
      environment,
      expression.span,
      "not-here",
      parameters,
      quoted === undefined ? { hint: `write its name: \`${text}\`.` } : unquoted(environment, expression.span, quoted),
    );
    return undefined;
  }
  const found = context.catalog.entry(kind, head.text);
  if (found === undefined) {
    report(
      context,
      environment,
      head.span,
      "unknown-callee",
      { kind: what, name: head.text },
      suggestion(environment, head.span, head.text, context.catalog.names(kind)),
    );
    return undefined;
  }
  const args = expression.kind === "call" ? expression.args : [];
  const matched = matchArguments(context, environment, found, args, expression.span);
  const params = matched && convertArguments(context, environment, found, matched);
  return (
    params &&
    matched &&
    choose(context, environment, found, params, (name) => spanOf(matched, name, expression.span), expression.span)
  );
}

function unquoted(environment: Environment, span: Span, text: string): DiagnosticExtras {
  return {
    fixes: [{ title: `write \`${text}\``, edits: [{ location: locate(environment, span), text }], safe: true }],
  };
}

export function spanOf(matched: Matched, name: string, otherwise: Span): Span {
  return matched.get(name)?.value.span ?? otherwise;
}

export function isCallOf(expression: Expression, name: string): expression is Call {
  return expression.kind === "call" && expression.callee.kind === "name" && expression.callee.text === name;
}
