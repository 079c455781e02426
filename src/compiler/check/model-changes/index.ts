/** `resnet50 with { width 50% on "layer3", "layer4" }`: a model that is the same but for this. */

import type { Setting, With } from "../../../../grammar/syntax.js";
import type { Context } from "../../evaluate/context.js";
import { type Environment, locate, sourceText } from "../../evaluate/environment.js";
import { report } from "../../evaluate/report.js";
import { UNKNOWN, type Value } from "../../evaluate/values.js";
import type { ModelChoice } from "../../study.js";
import { settingsOf } from "../settings.js";
import { addAdapter } from "./adapter.js";
import { changeWidth } from "./width.js";

/** The changed model; undefined where something was reported. */
export type ModelChange = (
  context: Context,
  model: ModelChoice,
  setting: Setting,
  environment: Environment,
) => ModelChoice | undefined;

/** By setting: one file each. */
const CHANGES: { readonly [setting: string]: ModelChange } = {
  width: changeWidth,
  adapter: addAdapter,
};

export function changeModel(context: Context, base: ModelChoice, expression: With, environment: Environment): Value {
  const { change } = expression;
  if (!("statements" in change)) {
    return report(context, environment, change.span, "with-needs-block", {
      example: 'resnet50 with { width 50% on "layer4" }',
    });
  }
  const before = context.sink.errors;
  const settings = settingsOf(context, environment, change, Object.keys(CHANGES), `the model \`${base.name}\``);
  if (settings.size === 0) {
    if (context.sink.errors === before) {
      report(context, environment, change.span, "model-change-empty", { model: base.name });
    }
    return UNKNOWN;
  }
  let model = base;
  for (const [name, setting] of settings) {
    const changed = CHANGES[name]?.(context, model, setting, environment);
    if (changed === undefined) {
      return UNKNOWN;
    }
    model = changed;
  }
  if (context.sink.errors !== before) {
    return UNKNOWN;
  }
  // other widths are other tensors: a parent's are taken where an init says so, with `from:`
  const { base: parent, ...own } = model;
  const named = {
    ...own,
    ...(parent === undefined || settings.has("width") ? {} : { base: parent }),
    name: sourceText(environment, expression.span),
    location: locate(environment, expression.span),
  };
  const shape = context.models.shape(named);
  return "problem" in shape && !shape.pending
    ? report(context, environment, expression.span, "model-cannot-be-built", { problem: shape.problem })
    : { kind: "model", model: named };
}
