/** `deit with { adapter lora(rank: 8) on "blocks.*.attn.qkv" }` */

import type { Setting, With } from "../../../grammar/syntax.js";
import { choice } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import { selectors } from "../evaluate/selectors.js";
import { UNKNOWN, type Value } from "../evaluate/values.js";
import type { ModelChoice } from "../study.js";
import { later } from "./later.js";
import { settingsOf, withoutBody } from "./settings.js";

/** A model that is another but for what its block says. */
export function changeModel(context: Context, base: ModelChoice, expression: With, environment: Environment): Value {
  const { change } = expression;
  if (!("statements" in change)) {
    const example = `${base.name} with { adapter lora(rank: 8) on "blocks.*.attn.qkv" }`;
    return report(context, environment, change.span, "with-needs-block", { example });
  }
  const before = context.sink.errors;
  const width = change.statements.find((each) => each.kind === "setting" && each.name.text === "width");
  if (width !== undefined) {
    return later(context, environment, width.span, "model-width");
  }
  const settings = settingsOf(context, environment, change, ["adapter"], `the model \`${base.name}\``);
  const adapter = settings.get("adapter");
  const params = adapter && adapterParams(context, adapter, environment);
  if (context.sink.errors !== before || params === undefined) return UNKNOWN;
  const model: ModelChoice = {
    name: sourceText(environment, expression.span),
    family: { ...base.family, params: { ...base.family.params, ...params } },
    base: base.base ?? base,
    location: locate(environment, expression.span),
  };
  const shape = context.models.shape(model);
  return "problem" in shape
    ? report(context, environment, expression.span, "model-cannot-be-built", { problem: shape.problem })
    : { kind: "model", model };
}

function adapterParams(context: Context, setting: Setting, environment: Environment) {
  withoutBody(context, setting, environment);
  const [first, second] = setting.args;
  const [on, ...others] = setting.clauses;
  if (first === undefined || second !== undefined || on?.preposition !== "on" || others.length > 0) {
    report(context, environment, setting.span, "adapter-form", {});
    return undefined;
  }
  const chosen = choice(context, environment, "adapter", first.value, "adapter");
  const patterns: string[] = [];
  for (const value of on.values) {
    const parts = selectors(context, value, environment);
    for (const part of parts?.parts ?? []) {
      if (part.kind === "pattern") patterns.push(part.glob);
      else report(context, environment, value.span, "adapter-form", {});
    }
  }
  if (chosen === undefined || patterns.length === 0) return undefined;
  const { rank = 1, alpha = 16 } = chosen.params;
  return { lora_rank: rank, lora_alpha: alpha, lora_on: patterns.join(" ") };
}
