/** `width 50% on "layer3", "layer4"`: so many of the channels, of those parts or of all. */

import { validate } from "../../../catalog/index.js";
import type { Json, ModelEntry } from "../../../catalog/types.js";
import { matchesGlob, parseGlob } from "../../../models/glob.js";
import type { Context } from "../../evaluate/context.js";
import type { Environment } from "../../evaluate/environment.js";
import { evaluate } from "../../evaluate/evaluator.js";
import { expected, report } from "../../evaluate/report.js";
import { listed } from "../../suggest.js";
import { clauseOf, withoutBody } from "../settings.js";
import type { ModelChange } from "./index.js";

const GREATEST = 16;

export const changeWidth: ModelChange = (context, model, setting, environment) => {
  const share = shareOf(context, setting, environment);
  withoutBody(context, setting, environment);
  const clause = clauseOf(context, setting, environment, ["on"]);
  const family = context.catalog.entry("model", model.family.id);
  const layout = family?.widths;
  if (share === undefined) {
    return undefined;
  }
  if (family === undefined || layout === undefined) {
    report(context, environment, setting.name.span, "width-of-family", {
      family: model.family.id,
      hint:
        family?.plugin === undefined
          ? BUILT_IN
          : `plug-in ${family.plugin.name} says in \`models.${family.id}.widths\` which parameter lists them; or write the model out`,
    });
    return undefined;
  }
  const given = model.family.params[layout.parameter];
  const widths = numbers(given);
  const { parts } = layout;
  const names = widths.map((_, i) =>
    typeof parts === "string" ? parts.replace("{n}", String(i + 1)) : (parts[i] ?? ""),
  );
  const chosen = new Set<string>();
  for (const expression of clause?.values ?? []) {
    const value = expression.kind === "string" ? expression.value : undefined;
    const found = value === undefined ? [] : names.filter((name) => matchesGlob(parseGlob(value), name));
    if (found.length === 0) {
      if (expression.kind !== "missing") {
        const parameters = { model: model.name, parts: listed(names.map((name) => `"${name}"`)) };
        report(context, environment, expression.span, "width-of-no-part", parameters);
      }
      return undefined;
    }
    for (const name of found) chosen.add(name);
  }
  const all = clause === undefined;
  const changed = widths.map((width, i) =>
    all || chosen.has(names[i] ?? "") ? Math.max(1, Math.round(width * share)) : width,
  );
  const value = Array.isArray(given) ? changed : (changed[0] ?? 1);
  const params = { ...model.family.params, [layout.parameter]: value };
  // a built-in family says so itself when it is traced
  if (family.plugin !== undefined && !takes(family, layout.parameter, value)) {
    const problem = `${family.id}: \`${layout.parameter}\` would be ${[value].flat().join(", ")}, which its plug-in does not take`;
    report(context, environment, setting.span, "model-cannot-be-built", { problem });
    return undefined;
  }
  return { ...model, family: { ...model.family, params } };
};

const BUILT_IN = "`resnet`, `cbr` and `alexnet` have; of the others declare a model: `model m = vit(dim: …)`";

function takes(family: ModelEntry, parameter: string, value: Json): boolean {
  const checked = validate(family, { [parameter]: value });
  return checked.ok || checked.violations.every((each) => each.parameter !== parameter);
}

/** A parameter may be one width. */
function numbers(value: unknown): readonly number[] {
  return [value].flat().filter((each) => typeof each === "number");
}

/** A percentage above 0. */
function shareOf(context: Context, setting: Parameters<ModelChange>[2], environment: Environment): number | undefined {
  const [first, second] = setting.args;
  if (first === undefined || second !== undefined || first.name !== undefined) {
    report(context, environment, (second ?? setting).span, "width-share", {});
    return undefined;
  }
  const value = evaluate(context, first.value, environment);
  if (value.kind === "unknown") {
    return undefined;
  }
  if (value.kind !== "number") {
    expected(context, environment, first.value, value, "a share of the channels, as `50%`");
    return undefined;
  }
  const share = value.unit === "%" ? value.value : Number.NaN;
  if (!(share > 0 && share <= GREATEST)) {
    report(context, environment, first.value.span, "width-share", {});
    return undefined;
  }
  return share;
}
