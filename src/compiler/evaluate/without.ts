/** `zoo except [alexnet, cbr]`, `0..8 except 4`, `model.layers except "fc"`: points taken out; and parts out of parts. */

import type { Except, Expression } from "../../../grammar/syntax.js";
import { pointsOf } from "../expand/points.js";
import type { Context } from "./context.js";
import { type Environment, sourceText } from "./environment.js";
import { evaluate } from "./evaluator.js";
import { pointOf } from "./points.js";
import { report, suggestion } from "./report.js";
import { isPartWord, selectors } from "./selectors.js";
import { describe, type Item, UNKNOWN, type Value } from "./values.js";

export function without(context: Context, expression: Except, environment: Environment): Value {
  const base = evaluate(context, expression.base, environment);
  switch (base.kind) {
    case "unknown":
      return UNKNOWN;
    case "part":
    case "string":
      return selectors(context, expression, environment) ?? UNKNOWN;
    case "list":
      return lessOf(context, base.items, expression, environment, "all");
    case "range": {
      const points = pointsOf(context, "", base, expression.base, environment);
      const items = points?.map(({ point, value, expression: at }) => ({ label: point.label, value, expression: at }));
      const must = isLiteral(expression.base) ? "all" : "none";
      return items === undefined ? UNKNOWN : lessOf(context, items, expression, environment, must);
    }
    case "layers": {
      const items = base.names.map((name): Item => {
        return { label: name, value: { kind: "layer", name }, expression: expression.base };
      });
      const left = lessOf(context, items, expression, environment, "some");
      return left.kind === "list" ? { kind: "layers", names: left.items.map(({ label }) => label ?? "") } : left;
    }
    case "word":
      if (isPartWord(base.text)) return selectors(context, expression, environment) ?? UNKNOWN;
      break;
    default:
  }
  return report(context, environment, expression.base.span, "except-of", { got: describe(base) });
}

/** `0..4`, and not `0..model.units`. */
function isLiteral(expression: Expression): boolean {
  return expression.kind === "range" && expression.from.kind === "number" && expression.to.kind === "number";
}

/** By label, as slices choose. @param must how many of those left out must be there: models differ in layers and units */
function lessOf(
  context: Context,
  items: readonly Item[],
  { excluded }: Except,
  environment: Environment,
  must: "all" | "some" | "none",
): Value {
  const value = evaluate(context, excluded, environment);
  if (value.kind === "unknown") {
    return UNKNOWN;
  }
  const out = value.kind === "list" ? value.items : [{ label: undefined, value, expression: excluded }];
  const known = items.map((item) => labelOf(item, environment));
  const dropped = new Set(out.map((item) => labelOf(item, environment)));
  const strangers = out.filter((item) => item.value.kind !== "unknown" && !known.includes(labelOf(item, environment)));
  const wrong = must === "all" || (must === "some" && strangers.length === out.length) ? strangers : [];
  for (const item of wrong) {
    const { span } = item.expression;
    const point = labelOf(item, environment);
    report(context, environment, span, "except-unknown", { point }, suggestion(environment, span, point, known));
  }
  const left = items.filter((item) => !dropped.has(labelOf(item, environment)));
  return wrong.length === 0 ? { kind: "list", items: left } : UNKNOWN;
}

function labelOf({ label, value, expression }: Item, environment: Environment): string {
  return label ?? pointOf(value, undefined, textOf(expression, environment)).label;
}

function textOf(expression: Expression, environment: Environment): string {
  return expression.kind === "string" ? expression.value : sourceText(environment, expression.span);
}
