import { quantityOf } from "./terms.js";
import type { Quantity } from "./types.js";

/** The quantities one is made of; none of a constant, a column, an axis or a derive by its name. */
export function operands(quantity: Quantity): readonly Quantity[] {
  switch (quantity.kind) {
    case "arithmetic":
    case "test":
    case "correlation":
    case "label_equivalent":
      return [quantity.left, quantity.right];
    case "regression":
      return [quantity.of, ...quantity.terms.flatMap((term) => quantityOf(term) ?? [])];
    case "negate":
      return [quantity.operand];
    case "reduce":
    case "function":
    case "bootstrap":
      return [quantity.of];
    case "constant":
    case "column":
    case "axis":
    case "derive":
      return [];
    default:
      return quantity satisfies never;
  }
}
