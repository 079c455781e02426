/** Properties of values: `target.metric`, `target.test`, `model.units`, `model.layers`. */

import type { Member } from "../../../grammar/syntax.js";
import type { SplitName } from "../study.js";
import type { Context } from "./context.js";
import type { Environment } from "./environment.js";
import { report, suggestion } from "./report.js";
import { describe, UNKNOWN, type Value } from "./values.js";

export const SPLITS: readonly SplitName[] = ["train", "val", "test"];

export function isSplit(text: string): text is SplitName {
  return SPLITS.some((split) => split === text);
}

export function members(context: Context, object: Value, expression: Member, environment: Environment): Value {
  const name = expression.name.text;
  if (name === "") {
    return UNKNOWN;
  }
  switch (object.kind) {
    case "dataset":
      if (name === "metric") {
        return { kind: "metric", id: object.dataset.metric };
      }
      if (isSplit(name) || name === "all") {
        return { kind: "split", dataset: object.dataset, split: name };
      }
      if (name === "size") {
        return report(context, environment, expression.span, "size-before-data", {});
      }
      return unknownMember(
        context,
        `the dataset \`${object.dataset.name}\``,
        ["metric", "size", ...SPLITS, "all"],
        expression,
        environment,
      );
    case "model": {
      const size = object.model.family.params.size;
      if (name === "size" && typeof size === "number") {
        return { kind: "number", value: size, unit: "px" };
      }
      const shape = context.models.shape(object.model);
      if (name === "units") {
        return "problem" in shape ? UNKNOWN : { kind: "number", value: shape.units, unit: undefined };
      }
      if (name === "layers") {
        return "problem" in shape ? UNKNOWN : { kind: "layers", names: shape.layers };
      }
      return unknownMember(
        context,
        `the model \`${object.model.name}\``,
        ["units", "layers", "size"],
        expression,
        environment,
      );
    }
    case "list": {
      const labels = object.items.flatMap((item) => (item.label === undefined ? [] : [item.label]));
      const found = object.items.find((item) => item.label === name);
      return found?.value ?? unknownMember(context, "this list", labels, expression, environment);
    }
    default:
      return unknownMember(context, describe(object), [], expression, environment);
  }
}

export function unknownMember(
  context: Context,
  subject: string,
  known: readonly string[],
  expression: Member,
  environment: Environment,
): Value {
  const { span, text } = expression.name;
  return text === ""
    ? UNKNOWN
    : report(
        context,
        environment,
        span,
        "unknown-member",
        { subject, name: text },
        suggestion(environment, span, text, known),
      );
}
