/** Recipes. A draft holds settings as written; it becomes numbers when its target is known, for `target.metric` differs. */

import type { Block, Expression, Setting, With } from "../../../grammar/syntax.js";
import { entries } from "../../catalog/index.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import type { Context, Replacement } from "../evaluate/context.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { expected, report } from "../evaluate/report.js";
import { type RecipeDraft, type RecipeValue, type SettingUse, UNKNOWN, type Value } from "../evaluate/values.js";
import { writtenValue } from "../evaluate/written.js";
import { isBroken } from "../load.js";
import type { DatasetSpec, RecipeSpec } from "../study.js";
import { readRecipe } from "./recipe-settings.js";
import { addSetting, misplaced } from "./settings.js";

export const RECIPE_SETTINGS = [
  "optimizer",
  "schedule",
  "batch",
  "for",
  "clip_norm",
  "augment",
  "select",
  "drop_last",
  "resize",
  "precision",
  "checkpoint",
  "freeze",
  "trainable",
  "layer_decay",
  "unfreeze",
  "solver",
  "l2",
  "loss",
  "mix",
  "average",
  "stop",
] as const;

/** Names `recipe.name` may replace beside settings: the optimizers' parameters. */
export function optimizerParameters(): readonly string[] {
  return [...new Set(entries("optimizer").flatMap((each) => Object.keys(each.parameters)))];
}

export function declareRecipe(context: Context, symbol: DeclaredSymbol, environment: Environment): Value {
  const { body, name } = symbol.declaration;
  const location = locate(environment, name.span);
  const written = writtenValue(context, symbol, environment);
  if (written !== undefined) {
    const found = evaluate(context, written.expression, written.environment);
    if (found.kind !== "recipe") {
      return expected(context, written.environment, written.expression, found, "a recipe", recipeNames(environment));
    }
    const [only, ...others] = found.stages;
    return only !== undefined && others.length === 0
      ? replaced(context, symbol, { ...only, name: symbol.name, location })
      : found;
  }
  if (body === undefined) {
    return UNKNOWN;
  }
  const { settings, sound } = settingUses(context, body, environment, `the recipe \`${symbol.name}\``);
  return replaced(context, symbol, {
    name: symbol.name,
    settings,
    parameters: new Map(),
    sound: sound && !isBroken(symbol.file, symbol.declaration.span),
    location,
  });
}

function recipeNames(environment: Environment): readonly string[] {
  return [...environment.scope.names.values()].filter((each) => each.kind === "recipe").map((each) => each.name);
}

/** With what a profile or `--set` says of this recipe. */
function replaced(context: Context, symbol: DeclaredSymbol, draft: RecipeDraft): RecipeValue {
  let changed = draft;
  for (const [name, replacement] of context.replacements.all(symbol)) {
    if (name === "") continue; // all of it: read already
    changed = withReplacement(changed, name, replacement);
  }
  return { kind: "recipe", stages: [{ ...changed }] };
}

/** With another value for a setting, or for a parameter of its optimizer. */
export function withReplacement(
  draft: RecipeDraft,
  name: string,
  { expression, environment }: Replacement,
): RecipeDraft {
  // `l2` is a solver's setting, and otherwise the optimizer's parameter
  const own = name !== "l2" || draft.settings.has("solver");
  if (own && RECIPE_SETTINGS.some((each) => each === name)) {
    const use = { setting: settingFor(name, expression), environment };
    return { ...draft, settings: new Map([...draft.settings, [name, use]]) };
  }
  return { ...draft, parameters: new Map([...draft.parameters, [name, { expression, environment }]]) };
}

function settingFor(name: string, expression: Expression): Setting {
  const { span } = expression;
  if (name === "checkpoint") {
    const clause = { preposition: "every" as const, values: [expression], span };
    return { kind: "setting", name: { text: name, span }, args: [], clauses: [clause], span };
  }
  const values = expression.kind === "list" && name === "augment" ? expression.items : [{ value: expression, span }];
  return { kind: "setting", name: { text: name, span }, args: values, clauses: [], span };
}

function settingUses(
  context: Context,
  body: Block,
  environment: Environment,
  subject: string,
): { readonly settings: ReadonlyMap<string, SettingUse>; readonly sound: boolean } {
  const settings = new Map<string, Setting>();
  const before = context.sink.errors;
  for (const statement of body.statements) {
    if (statement.kind === "setting") {
      addSetting(context, environment, settings, statement, RECIPE_SETTINGS, subject);
    } else {
      misplaced(context, environment, statement, subject);
    }
  }
  const uses = new Map([...settings].map(([name, setting]) => [name, { setting, environment }]));
  return { settings: uses, sound: context.sink.errors === before };
}

/** `y with { … }`: a setting is replaced whole; of two stages, both. */
export function changeRecipe(context: Context, base: RecipeValue, expression: With, environment: Environment): Value {
  const { change } = expression;
  if (!("statements" in change)) {
    return report(context, environment, change.span, "with-needs-block", { example: "finetune with { batch 32 }" });
  }
  const text = sourceText(environment, expression.span);
  const subject = `the recipe \`${base.stages[0]?.name ?? ""}\``;
  const { settings: changes, sound } = settingUses(context, change, environment, subject);
  const location = locate(environment, expression.span);
  const stages = base.stages.map((stage): RecipeDraft => {
    const parameters = changes.has("optimizer") ? new Map() : stage.parameters;
    return {
      name: text,
      settings: new Map([...stage.settings, ...changes]),
      parameters,
      sound: sound && stage.sound,
      location,
    };
  });
  return { kind: "recipe", stages };
}

/** The recipe for one target; without a target, it is only checked. `undefined` where something is missing or wrong. */
export function finishRecipe(
  context: Context,
  draft: RecipeDraft,
  target: DatasetSpec | undefined,
): RecipeSpec | undefined {
  let cache = context.recipes.get(draft);
  if (cache === undefined) {
    cache = new Map();
    context.recipes.set(draft, cache);
  }
  if (!cache.has(target)) {
    cache.set(target, readRecipe(context, draft, target));
  }
  return cache.get(target);
}
