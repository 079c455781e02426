/** `adapter lora(rank: 8) on "blocks.*.attn.qkv"`: tensors beside those layers' own. */

import type { Setting } from "../../../../grammar/syntax.js";
import { choice } from "../../evaluate/arguments.js";
import type { Context } from "../../evaluate/context.js";
import type { Environment } from "../../evaluate/environment.js";
import { report } from "../../evaluate/report.js";
import { selectors } from "../../evaluate/selectors.js";
import { withoutBody } from "../settings.js";
import type { ModelChange } from "./index.js";

/** Its other tensors are those of the model it was made from, which sources know. */
export const addAdapter: ModelChange = (context, model, setting, environment) => {
  const params = adapterParams(context, setting, environment);
  return (
    params && {
      ...model,
      family: { ...model.family, params: { ...model.family.params, ...params } },
      base: model.base ?? model,
    }
  );
};

function adapterParams(context: Context, setting: Setting, environment: Environment) {
  withoutBody(context, setting, environment);
  const [first, second] = setting.args;
  const [place, ...others] = setting.clauses;
  if (first === undefined || second !== undefined || place?.preposition !== "on" || others.length > 0) {
    report(context, environment, setting.span, "adapter-form", {});
    return undefined;
  }
  const chosen = choice(context, environment, "adapter", first.value, "adapter");
  const patterns: string[] = [];
  for (const value of place.values) {
    const parts = selectors(context, value, environment);
    for (const part of parts?.parts ?? []) {
      if (part.kind === "pattern") patterns.push(part.glob);
      else report(context, environment, value.span, "adapter-form", {});
    }
  }
  if (chosen === undefined || patterns.length === 0) return undefined;
  const on = patterns.join(" ");
  const { rank = 1, alpha = 16, width = 1 } = chosen.params;
  return chosen.id === "bottleneck"
    ? { bottleneck_width: width, bottleneck_on: on }
    : { lora_rank: rank, lora_alpha: alpha, lora_on: on };
}
