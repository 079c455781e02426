/** A word with parameters of its own in a parameter's place: `error`, `skip(max: 1%)`. */

import type { Argument, Expression } from "../../../grammar/syntax.js";
import type { Json, ParameterSchema } from "../../catalog/types.js";
import { nearest } from "../messages.js";
import { choose, convertArguments, matchArguments } from "./arguments.js";
import type { Context } from "./context.js";
import { type Environment, sourceText } from "./environment.js";
import { report, suggestion } from "./report.js";

export type Variants = NonNullable<ParameterSchema["variants"]>;

/** `{ kind: "skip", max: 0.01 }`, with what was not written filled in; `undefined` where it was reported. */
export function convertVariant(
  context: Context,
  environment: Environment,
  name: string,
  variants: Variants,
  expression: Expression,
): { readonly [name: string]: Json } | undefined {
  const { word, args } = written(expression);
  const parameters = word === undefined ? undefined : variants[word];
  if (word === undefined || parameters === undefined) {
    const words = Object.keys(variants);
    const got = word ?? sourceText(environment, expression.span);
    const near = nearest(got, words);
    const span = expression.kind === "call" ? expression.callee.span : expression.span;
    const listed = words.map((each) => `\`${each}\``).join(", ");
    report(
      context,
      environment,
      span,
      "unknown-choice",
      { name, got },
      {
        ...suggestion(environment, span, got, words),
        hint: `${near === undefined ? "" : `did you mean \`${near}\`? `}it is one of ${listed}.`,
      },
    );
    return undefined;
  }
  const callee = { kind: "dataset", id: word, version: 1, doc: "", parameters } as const;
  const matched = matchArguments(context, environment, callee, args, expression.span);
  const given = matched && convertArguments(context, environment, callee, matched);
  if (matched === undefined || given === undefined) return undefined;
  const where = (parameter: string) => matched.get(parameter)?.value.span ?? expression.span;
  const chosen = choose(context, environment, callee, given, where, expression.span);
  return chosen && { kind: word, ...chosen.params };
}

function written(expression: Expression): { readonly word: string | undefined; readonly args: readonly Argument[] } {
  if (expression.kind === "name") return { word: expression.text, args: [] };
  if (expression.kind !== "call" || expression.callee.kind !== "name") return { word: undefined, args: [] };
  return { word: expression.callee.text, args: expression.args };
}
