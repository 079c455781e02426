/** Small reports many places make. */

import type { Expression, Span } from "../../../grammar/syntax.js";
import { declaredElsewhere } from "../bind/elsewhere.js";
import { type DeclaredSymbol, hasBrokenImport } from "../bind/scope.js";
import { habit } from "../habits/index.js";
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
import { replacedLabel, unimportedBundled } from "./unknown.js";
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
  const best = habit(word, all) === undefined ? nearest(word, all) : undefined;
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
    const here = { scope: context.scopes.get(value.file) ?? environment.scope, locals: undefined };
    const own = declaredAround(here, value.span);
    const near = nearest(value.text, others(visibleNames(environment), own));
    const names = candidates === undefined ? (near === undefined ? [] : [near]) : others(candidates, own);
    return report(
      context,
      here,
      value.span,
      "unknown-name",
      { name: value.text, wanted: what },
      imported(here, value.text) ??
        replacedLabel(here, value) ??
        unimportedBundled(here, value.text) ??
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

/** The declaration a place is in: its own name is no proposal there. */
function declaredAround({ scope }: Environment, { start, end }: Span): string | undefined {
  const around = [...scope.own.values()].find(({ declaration }) => {
    return declaration.span.start <= start && end <= declaration.span.end;
  });
  return around?.name;
}

function others(names: Iterable<string>, own: string | undefined): readonly string[] {
  return [...names].filter((name) => name !== own);
}

/** A name that an import has, but does not bring: imports are not handed on. */
function imported({ scope: { file } }: Environment, name: string): DiagnosticExtras | undefined {
  const found = declaredElsewhere(file, name);
  if (found === undefined) {
    return undefined;
  }
  const { from, by, alias } = found;
  if (alias !== undefined) {
    return { hint: `write \`${alias}.${name}\`: "${from}" is imported as \`${alias}\`.` };
  }
  if (by === undefined) {
    return { hint: `"${from}" declares it: name it in the import, or import the whole file.` };
  }
  const first = file.syntax.items.find((item) => item.kind === "import");
  const place = first?.span.start ?? 0;
  return {
    note: `"${from}" declares it, which "${by}" imports; an import brings what its file itself declares, no more.`,
    fixes: [
      {
        title: `add \`import "${from}"\``,
        edits: [{ location: { path: file.path, span: { start: place, end: place } }, text: `import "${from}"\n` }],
        safe: false,
      },
    ],
  };
}
