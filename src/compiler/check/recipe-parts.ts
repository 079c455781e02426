/** What of a model a recipe trains: `freeze`, `trainable`, `layer_decay`, `unfreeze`. */

import type { Expression } from "../../../grammar/syntax.js";
import { asDuration } from "../../catalog/duration.js";
import type { Duration, ParameterSchema } from "../../catalog/types.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion } from "../evaluate/convert.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import { selectors } from "../evaluate/selectors.js";
import type { SettingUse } from "../evaluate/values.js";
import type { PartSet } from "../study.js";
import { clauseOf, withoutBody } from "./settings.js";

/** `units[1..3], head except buffers`: from the first `except` on, what stands there is excepted. */
export function readPartSet(context: Context, { setting }: SettingUse, environment: Environment): PartSet | undefined {
  withoutBody(context, setting, environment);
  clauseOf(context, setting, environment, []);
  const name = setting.name.text;
  const parts: PartSet["parts"][number][] = [];
  const except: PartSet["except"][number][] = [];
  if (setting.args.length === 0) {
    report(context, environment, setting.span, "parts-missing", { setting: name });
    return undefined;
  }
  let sound = true;
  let excepting = false;
  for (const { value } of setting.args) {
    const found = selectors(context, value, environment);
    sound &&= found !== undefined;
    (excepting ? except : parts).push(...(found?.parts ?? []));
    except.push(...(found?.except ?? []));
    excepting ||= value.kind === "except";
  }
  return sound ? { parts, except, location: locate(environment, setting.span) } : undefined;
}

const DECAY: ParameterSchema = {
  type: "number",
  exclusiveMinimum: 0,
  maximum: 1,
  description: "Factor of the learning rate from a unit to the one before it.",
};

/** `layer_decay 0.75 per unit` */
export function readLayerDecay(
  context: Context,
  { setting }: SettingUse,
  environment: Environment,
): number | undefined {
  withoutBody(context, setting, environment);
  const clause = clauseOf(context, setting, environment, ["per"]);
  const per = clause?.values ?? [];
  const [value, second] = setting.args;
  if (value === undefined || second !== undefined || value.name !== undefined) {
    report(context, environment, (second ?? value ?? setting).span, "one-value", { name: "layer_decay" });
    return undefined;
  }
  if (clause !== undefined && (per.length !== 1 || !isWord(per[0], "unit"))) {
    report(context, environment, clause.span, "layer-decay-per", {
      got: sourceText(environment, clause.span),
      value: sourceText(environment, value.span),
    });
    return undefined;
  }
  const result = convert(context, environment, "layer_decay", DECAY, value.value);
  if (!isConversion(result)) return undefined;
  const decay = Number(result.json);
  if (decay > 0 && decay <= 1) return decay;
  report(context, environment, value.span, "bad-argument", {
    name: "layer_decay",
    wanted: "a number above 0, at most 1",
    got: `\`${sourceText(environment, value.span)}\``,
  });
  return undefined;
}

const EVERY: ParameterSchema = { unit: "duration", description: "How long until the next unit is trained too." };

/** `unfreeze units from head every 2 epochs` */
export function readUnfreeze(
  context: Context,
  { setting }: SettingUse,
  environment: Environment,
): Duration | undefined {
  withoutBody(context, setting, environment);
  const [what, second] = setting.args;
  const from = setting.clauses.find(({ preposition }) => preposition === "from");
  const every = setting.clauses.find(({ preposition }) => preposition === "every");
  const isWhole =
    setting.clauses.length === 2 &&
    second === undefined &&
    isWord(what?.value, "units") &&
    from?.values.length === 1 &&
    isWord(from.values[0], "head") &&
    every?.values.length === 1;
  const [interval] = every?.values ?? [];
  if (!isWhole || interval === undefined) {
    report(context, environment, setting.span, "unfreeze-form", {});
    return undefined;
  }
  const result = convert(context, environment, "every", EVERY, interval);
  const duration = isConversion(result) ? asDuration(result.json) : undefined;
  if (duration !== undefined && (duration.value <= 0 || duration.unit === "checks")) {
    report(context, environment, interval.span, "bad-argument", {
      name: "every",
      wanted: "a duration above 0 in epochs, steps or images",
      got: `\`${sourceText(environment, interval.span)}\``,
    });
    return undefined;
  }
  return duration;
}

function isWord(expression: Expression | undefined, word: string): boolean {
  return expression?.kind === "name" && expression.text === word;
}
