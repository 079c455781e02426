/**
 * Values held against the schemas of parameters, without ajv: compiling a schema takes a thousand times as long as
 * holding one value against it, and most are asked once. A property in test/catalog holds the two to the same answers.
 */

import { DURATION_UNITS } from "./duration.js";
import { isMembers, type Members } from "./json.js";
import type { Json, ParameterSchema } from "./types.js";

/** What of a parameter's schema says which values it takes. */
export type ValueSchema = Omit<ParameterSchema, "description">;

/** The keyword (of JSON Schema) that forbids the value; undefined where it may stand. */
export function forbidding(schema: ValueSchema, value: Json): string | undefined {
  if (schema.variants !== undefined) return fitsVariant(schema.variants, value) ? undefined : "oneOf";
  if (schema.unit === "duration" && schema.type === undefined) return forbiddingDuration(value);
  if (schema.type !== undefined && !isOfType(schema.type, value)) return "type";
  if (schema.enum !== undefined && !schema.enum.some((one) => isSame(one, value))) return "enum";
  if (schema.anyOf !== undefined && !schema.anyOf.some((one) => forbidding(one, value) === undefined)) return "anyOf";
  if (typeof value === "number") return forbiddingNumber(schema, value);
  if (Array.isArray(value)) return forbiddingList(schema, value);
  return undefined;
}

function isOfType(type: NonNullable<ParameterSchema["type"]>, value: Json): boolean {
  switch (type) {
    case "number":
      return Number.isFinite(value);
    case "integer":
      return Number.isInteger(value);
    case "string":
    case "boolean":
      return typeof value === type;
    case "array":
      return Array.isArray(value);
    case "object":
      return isMembers(value);
    default:
      return type satisfies never;
  }
}

function forbiddingNumber(schema: ValueSchema, value: number): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  // written so that NaN is never within
  if (minimum !== undefined && !(value >= minimum)) return "minimum";
  if (maximum !== undefined && !(value <= maximum)) return "maximum";
  if (exclusiveMinimum !== undefined && !(value > exclusiveMinimum)) return "exclusiveMinimum";
  if (exclusiveMaximum !== undefined && !(value < exclusiveMaximum)) return "exclusiveMaximum";
  return schema.not !== undefined && Number.isInteger(value / schema.not.multipleOf) ? "not" : undefined;
}

function forbiddingList({ minItems, maxItems, items }: ValueSchema, value: readonly Json[]): string | undefined {
  if (minItems !== undefined && value.length < minItems) return "minItems";
  if (maxItems !== undefined && value.length > maxItems) return "maxItems";
  if (items === undefined) return undefined;
  for (const one of value) {
    const keyword = forbidding(items, one);
    if (keyword !== undefined) return keyword;
  }
  return undefined;
}

function forbiddingDuration(value: Json): string | undefined {
  if (!isMembers(value)) return "type";
  if (value.value === undefined || value.unit === undefined) return "required";
  if (Object.keys(value).length > 2) return "additionalProperties";
  const keyword = forbidding({ type: "number", minimum: 0 }, value.value);
  return keyword ?? forbidding({ enum: DURATION_UNITS }, value.unit);
}

/** `{ kind: word, …all of its parameters }`. */
function fitsVariant(variants: NonNullable<ParameterSchema["variants"]>, value: Json): boolean {
  if (!isMembers(value) || typeof value.kind !== "string" || !Object.hasOwn(variants, value.kind)) return false;
  const parameters = Object.entries(variants[value.kind] ?? {});
  return (
    Object.keys(value).length === parameters.length + 1 &&
    parameters.every(([name, schema]) => {
      const given = value[name];
      return given !== undefined && forbidding(schema, given) === undefined;
    })
  );
}

function isSame(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [ours, theirs] = [Object.entries(a), Object.entries(b)];
  if (Array.isArray(a) !== Array.isArray(b) || ours.length !== theirs.length) return false;
  return ours.every(([name, value]) => {
    const other: Json | undefined = (b as Members)[name];
    return other !== undefined && isSame(value, other);
  });
}
