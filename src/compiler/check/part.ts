/** `part attention = "blocks.*.attn.**"`, `part early = units[1..3]`, `part some = [units[1], "head.**"]`. */

import type { DeclaredSymbol } from "../bind/scope.js";
import type { Context } from "../evaluate/context.js";
import type { Environment } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import { selectors } from "../evaluate/selectors.js";
import { type PartValue, UNKNOWN, type Value } from "../evaluate/values.js";

export function declarePart(context: Context, symbol: DeclaredSymbol, environment: Environment): Value {
  const { value, body, name } = symbol.declaration;
  if (value === undefined) {
    return body === undefined
      ? UNKNOWN
      : report(context, environment, name.span, "part-without-value", { name: symbol.name });
  }
  if (value.kind !== "list") {
    return selectors(context, value, environment) ?? UNKNOWN;
  }
  const parts: PartValue[] = [];
  for (const item of value.items) {
    const part = selectors(context, item.value, environment);
    if (part === undefined) {
      return UNKNOWN;
    }
    parts.push(part);
  }
  return {
    kind: "part",
    parts: parts.flatMap((part) => part.parts),
    except: parts.flatMap((part) => part.except),
  };
}
