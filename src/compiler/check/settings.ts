/** Blocks of settings: each known, each once. */

import type { Block, Clause, Preposition, Setting, Statement } from "../../../grammar/syntax.js";
import { UNITS } from "../../../grammar/tokens.js";
import type { Context } from "../evaluate/context.js";
import type { Environment } from "../evaluate/environment.js";
import { locate } from "../evaluate/environment.js";
import { report, suggestion } from "../evaluate/report.js";

/** By name; strangers, doubles and statements of another kind are reported. */
export function settingsOf(
  context: Context,
  environment: Environment,
  body: Block | undefined,
  known: readonly string[],
  subject: string,
): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const statement of body?.statements ?? []) {
    if (statement.kind !== "setting") {
      misplaced(context, environment, statement, subject);
    } else {
      addSetting(context, environment, settings, statement, known, subject);
    }
  }
  return settings;
}

export function addSetting(
  context: Context,
  environment: Environment,
  settings: Map<string, Setting>,
  setting: Setting,
  known: readonly string[],
  subject: string,
): void {
  const { text, span } = setting.name;
  if (text === "" || (UNITS.has(text) && !known.includes(text))) {
    return; // told by the parser
  }
  const first = settings.get(text);
  if (!known.includes(text)) {
    report(
      context,
      environment,
      span,
      "unknown-setting",
      { subject, name: text },
      suggestion(environment, span, text, known),
    );
  } else if (first !== undefined) {
    report(
      context,
      environment,
      span,
      "setting-repeated",
      { name: text },
      {
        related: [{ location: locate(environment, first.span), message: "first set here" }],
      },
    );
  } else {
    settings.set(text, setting);
  }
}

/** A statement of a block of another kind. */
export function misplaced(context: Context, environment: Environment, statement: Statement, subject: string): void {
  const [what, place] = [statementName(statement), PLACES[statement.kind]];
  report(context, environment, statement.span, "statement-not-here", { what, subject, place });
}

const PLACES: { readonly [kind in Statement["kind"]]: string } = {
  vary: "`vary` stands in an experiment.",
  tune: "`tune` stands in an experiment.",
  measure: "`measure` stands in an experiment.",
  where: "`where` stands in an experiment.",
  assignment: "lines like `path = value` stand in a profile; here a setting is written without `=`.",
  rule: "rules stand in an `init`, and in a state: `selected with { head <- initial }`.",
  setting: "rules stand here: `head <- initial`.",
};

function statementName(statement: Statement): string {
  switch (statement.kind) {
    case "vary":
    case "tune":
    case "measure":
    case "where":
      return `\`${statement.kind}\``;
    case "assignment":
      return "an assignment";
    case "rule":
      return "a rule `… <- …`";
    case "setting":
      return `\`${statement.name.text}\``;
    default:
      return statement satisfies never;
  }
}

export function withoutBody(context: Context, setting: Setting, environment: Environment): void {
  if (setting.body !== undefined) {
    const hint = setting.clauses.length === 0 ? insteadOfBlock(setting, environment) : undefined;
    const extras = hint === undefined ? {} : { hint };
    report(context, environment, setting.body.span, "block-not-here", { name: setting.name.text }, extras);
  }
}

/** `train quick { … }` changes a recipe, `optimizer adam { … }` gives arguments, `optimizer { … }` lacks a name. */
function insteadOfBlock({ name, args }: Setting, { scope }: Environment): string | undefined {
  const last = args.at(-1)?.value;
  if (last === undefined) {
    return `write \`${name.text} NAME(…)\`: what it takes stands in parentheses.`;
  }
  if (last.kind !== "name") {
    return undefined;
  }
  const declared = scope.names.get(last.text)?.kind;
  return declared === "recipe" || declared === "model" || declared === "dataset"
    ? `to change what it is, write \`${last.text} with { … }\`.`
    : `arguments stand in parentheses: \`${last.text}(…)\`.`;
}

/** The setting's clause of these prepositions; any other is reported. */
export function clauseOf(
  context: Context,
  setting: Setting,
  environment: Environment,
  allowed: readonly Preposition[],
): Clause | undefined {
  let found: Clause | undefined;
  for (const clause of setting.clauses) {
    if (!allowed.includes(clause.preposition) || found !== undefined) {
      report(context, environment, clause.span, "clause-not-here", {
        name: setting.name.text,
        preposition: clause.preposition,
      });
    } else {
      found = clause;
    }
  }
  return found;
}
