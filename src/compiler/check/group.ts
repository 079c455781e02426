/** `group vtab = [natural: [cars, food], special: [isic]]`: members under one name. */

import type { DeclaredSymbol } from "../bind/scope.js";
import type { Context } from "../evaluate/context.js";
import type { Environment } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { expected, report } from "../evaluate/report.js";
import { describe, type Item, UNKNOWN, type Value } from "../evaluate/values.js";

export function declareGroup(context: Context, symbol: DeclaredSymbol, environment: Environment): Value {
  const { value: expression, name } = symbol.declaration;
  if (expression === undefined) {
    const parameters = { name: symbol.name, got: "a block" };
    return report(context, environment, name.span, "group-members", parameters);
  }
  const value = evaluate(context, expression, environment);
  if (value.kind === "unknown") {
    return UNKNOWN;
  }
  if (value.kind !== "list") {
    return report(context, environment, expression.span, "group-members", { name: symbol.name, got: describe(value) });
  }
  checkMembers(context, value.items, environment);
  return value;
}

/** Told at the declaration, once, and not at every axis that lists the group. */
function checkMembers(context: Context, items: readonly Item[], environment: Environment): void {
  for (const { value, expression } of items) {
    if (value.kind === "list") {
      checkMembers(context, value.items, environment);
    } else if (value.kind === "word") {
      expected(context, environment, expression, value, "a member that is declared");
    }
  }
}
