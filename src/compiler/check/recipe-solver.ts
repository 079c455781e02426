/** `solver lbfgs; l2 1e-3`: a recipe that fits the head at once instead of training in steps. */

import type { ParameterSchema } from "../../catalog/types.js";
import { choice } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion } from "../evaluate/convert.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import type { RecipeDraft, SettingUse } from "../evaluate/values.js";
import type { RecipeSpec } from "../study.js";
import { readPartSet } from "./recipe-parts.js";
import { clauseOf, withoutBody } from "./settings.js";

/** What a solver's recipe may say beside `solver`. */
const BESIDE: readonly string[] = ["solver", "l2", "freeze", "trainable", "augment", "resize"];

const L2: ParameterSchema = {
  type: "number",
  minimum: 0,
  maximum: 1e12,
  description: "Half of it times the squared length of the weights is added to the mean loss.",
};
const RESIZE: ParameterSchema = { type: "integer", minimum: 1, maximum: 8192, unit: "px", description: "Side." };

type At = (use: SettingUse) => Environment;

/** Undefined where something is wrong, which was reported. */
export function readSolver(context: Context, draft: RecipeDraft, use: SettingUse, at: At): RecipeSpec | undefined {
  const before = context.sink.errors;
  const { setting } = use;
  for (const [name, other] of draft.settings) {
    if (BESIDE.includes(name)) continue;
    report(context, other.environment, other.setting.span, "setting-beside-solver", { name });
  }
  withoutBody(context, setting, use.environment);
  clauseOf(context, setting, use.environment, []);
  const [value, second] = setting.args;
  if (value === undefined || second !== undefined || value.name !== undefined) {
    report(context, use.environment, (second ?? value ?? setting).span, "one-value", { name: "solver" });
    return undefined;
  }
  const chosen = choice(context, at(use), "solver", value.value, "solver");
  const augment = draft.settings.get("augment");
  if (augment !== undefined && !isNone(augment)) {
    report(context, augment.environment, augment.setting.span, "augment-beside-solver", {});
  }
  const l2 = numberOf(context, draft, "l2", L2, at);
  const resize = numberOf(context, draft, "resize", RESIZE, at);
  const freeze = draft.settings.get("freeze");
  const trainable = draft.settings.get("trainable");
  const held = freeze && readPartSet(context, freeze, at(freeze));
  const wanted = trainable && readPartSet(context, trainable, at(trainable));
  for (const [name, { expression, environment }] of draft.parameters) {
    report(context, environment, expression.span, "setting-beside-solver", { name });
  }
  if (chosen === undefined || context.sink.errors !== before) return undefined;
  return {
    name: draft.name,
    solver: { l2: l2 ?? 0, location: locate(use.environment, setting.span) },
    // what a fit has no use for: no step is taken
    optimizer: chosen,
    schedule: [],
    batch: 1,
    dropLast: false,
    duration: { value: 0, unit: "steps" },
    augment: [],
    ...(resize === undefined ? {} : { resize }),
    select: { kind: "last", every: { value: 1, unit: "epochs" } },
    ...(held === undefined ? {} : { freeze: held }),
    ...(wanted === undefined ? {} : { trainable: wanted }),
    location: draft.location,
  };
}

function isNone({ setting }: SettingUse): boolean {
  const [only, ...others] = setting.args;
  const name = only?.value.kind === "call" ? only.value.callee : only?.value;
  return others.length === 0 && name?.kind === "name" && name.text === "none";
}

function numberOf(
  context: Context,
  draft: RecipeDraft,
  name: string,
  schema: ParameterSchema,
  at: At,
): number | undefined {
  const use = draft.settings.get(name);
  if (use === undefined) return undefined;
  withoutBody(context, use.setting, use.environment);
  clauseOf(context, use.setting, use.environment, []);
  const [value, second] = use.setting.args;
  if (value === undefined || second !== undefined || value.name !== undefined) {
    report(context, use.environment, (second ?? value ?? use.setting).span, "one-value", { name });
    return undefined;
  }
  const result = convert(context, at(use), name, schema, value.value);
  if (!isConversion(result)) return undefined;
  const number = Number(result.json);
  if (number >= (schema.minimum ?? 0) && number <= (schema.maximum ?? Number.POSITIVE_INFINITY)) return number;
  report(context, use.environment, value.span, "bad-argument", {
    name,
    wanted: `a number from ${schema.minimum} to ${schema.maximum}`,
    got: `\`${sourceText(use.environment, value.span)}\``,
  });
  return undefined;
}
