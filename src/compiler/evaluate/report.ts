/** Small reports many places make. */

import type { Expression, Span } from "../../../grammar/syntax.js";
import { type DeclaredSymbol, hasBrokenImport } from "../bind/scope.js";
import {
  type DiagnosticExtras,
  diagnostic,
  didYouMean,
  type MessageName,
  nearest,
  type ParametersOf,
} from "../messages.js";
import type { Context } from "./context.js";
import { type Environment, locate, visibleNames } from "./environment.js";
import { describe, UNKNOWN, type UnknownValue, type Value } from "./values.js";

export function report<N extends MessageName>(
  context: Context,
  environment: Environment,
  span: Span,
  name: N,
  parameters: ParametersOf<N>,
  extras: DiagnosticExtras = {},
): UnknownValue {
  context.sink.report(diagnostic(name, parameters, locate(environment, span), extras));
  return UNKNOWN;
}

/** One candidate near enough is a fix that has only one reading. */
export function suggestion(
  environment: Environment,
  span: Span,
  word: string,
  candidates: Iterable<string>,
): DiagnosticExtras {
  const all = [...candidates];
  const best = nearest(word, all);
  const hint = didYouMean(word, all);
  return {
    ...(hint === "" ? {} : { hint }),
    ...(best === undefined
      ? {}
      : {
          fixes: [
            { title: `write \`${best}\``, edits: [{ location: locate(environment, span), text: best }], safe: false },
          ],
        }),
  };
}

/** `WT_ST(n: …)`. */
function signature({ name, declaration }: DeclaredSymbol): string {
  return `${name}(${declaration.parameters.map((parameter) => `${parameter.name.text}: …`).join(", ")})`;
}

function kindHint(value: Value): string | undefined {
  switch (value.kind) {
    case "function":
      return `give it what it takes: \`${signature(value.symbol)}\`.`;
    case "string":
      return "names are written without quotes; strings are for paths, patterns and prose.";
    default:
      return undefined;
  }
}

/** The value is of the wrong kind, or is a word nothing declares. */
export function expected(
  context: Context,
  environment: Environment,
  expression: Expression,
  value: Value,
  what: string,
  candidates?: Iterable<string>,
): UnknownValue {
  if (value.kind === "unknown" || expression.kind === "missing") {
    return UNKNOWN;
  }
  if (value.kind === "word") {
    if (hasBrokenImport(value.file)) {
      return UNKNOWN;
    }
    const near = nearest(value.text, visibleNames(environment));
    const names = candidates ?? (near === undefined ? [] : [near]);
    const here = { scope: context.scopes.get(value.file) ?? environment.scope, locals: undefined };
    return report(
      context,
      here,
      value.span,
      "unknown-name",
      { name: value.text, wanted: what },
      suggestion(here, value.span, value.text, names),
    );
  }
  const hint = kindHint(value);
  return report(
    context,
    environment,
    expression.span,
    "wrong-kind",
    { wanted: what, got: describe(value) },
    hint === undefined ? {} : { hint },
  );
}
