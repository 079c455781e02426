/** What stands behind `name =`: in the text, or in a profile or `--set` in its place. */

import type { DeclaredSymbol } from "../bind/scope.js";
import type { Context, Replacement } from "./context.js";
import type { Environment } from "./environment.js";

/** With the names it is read among; undefined where the declaration has a block of its own instead. */
export function writtenValue(
  context: Context,
  symbol: DeclaredSymbol,
  environment: Environment,
): Replacement | undefined {
  const replacement = context.replacements.of(symbol, "");
  if (replacement !== undefined) {
    return replacement;
  }
  const { value } = symbol.declaration;
  return value && { expression: value, environment };
}
