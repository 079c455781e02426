/** Which of a parameter's alternatives is meant: a number, so many numbers, or a word. */

import type { Expression } from "../../../grammar/syntax.js";
import type { ParameterSchema } from "../../catalog/types.js";
import type { Value } from "./values.js";

/** Each alternative as a parameter of its own. */
export function alternativesOf({ anyOf, unit, description }: ParameterSchema): readonly ParameterSchema[] {
  return (anyOf ?? []).map((each) => ({ ...each, ...(unit === undefined ? {} : { unit }), description }));
}

/** The alternative of words, where one of them is written: `random` is an init elsewhere. */
export function alternativeWord(schema: ParameterSchema, expression: Expression): ParameterSchema | undefined {
  if (expression.kind !== "name") return undefined;
  return alternativesOf(schema).find((each) => each.enum?.includes(expression.text));
}

/** The alternative for a value; the schema itself where it has none, or none takes such a value. */
export function alternativeFor(schema: ParameterSchema, value: Value): ParameterSchema {
  const alternatives = alternativesOf(schema);
  const ofLength = (length: number) => {
    const lists = alternatives.filter(({ type }) => type === "array");
    const fits = lists.find(({ minItems = 0, maxItems = length }) => minItems <= length && length <= maxItems);
    return fits ?? lists[0];
  };
  const chosen = () => {
    switch (value.kind) {
      case "number":
        return alternatives.find(({ type }) => type === "number" || type === "integer");
      case "range":
        return ofLength(2);
      case "list":
        return ofLength(value.items.length);
      default:
        return undefined;
    }
  };
  return chosen() ?? schema;
}
