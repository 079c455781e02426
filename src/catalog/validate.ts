/** Parameters held against their entry's schema; those of plug-ins, which may have any JSON Schema, with ajv. */

import type { ErrorObject, Options, ValidateFunction } from "ajv/dist/2020.js";
import { newAjv } from "./ajv.js";
import { DURATION_UNITS } from "./duration.js";
import { forbidding } from "./parameter.js";
import type { CatalogEntry, Choice, Json, ParameterSchema } from "./types.js";

export type JsonSchema = { readonly [keyword: string]: Json };

const DURATION: JsonSchema = {
  type: "object",
  properties: {
    value: { type: "number", minimum: 0 },
    unit: { enum: [...DURATION_UNITS] },
  },
  required: ["value", "unit"],
  additionalProperties: false,
};

/** The schema of all of an entry's parameters, as published in the reference pages. */
export function schemaOf(entry: CatalogEntry): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: entry.id,
    description: entry.doc,
    type: "object",
    properties: Object.fromEntries(
      Object.entries(entry.parameters).map(([name, schema]) => [name, parameterSchema(schema)]),
    ),
    required: [...(entry.required ?? [])],
    additionalProperties: false,
  };
}

function parameterSchema(schema: ParameterSchema): JsonSchema {
  const {
    unit,
    refers: _refers,
    aliases: _aliases,
    phase: _phase,
    mostImagesOf: _most,
    needs: _needs,
    asManyAs: _asManyAs,
    variants,
    ...keywords
  } = schema;
  if (variants !== undefined)
    return { ...(keywords as JsonSchema), oneOf: Object.entries(variants).map(variantSchema) };
  return { ...(unit === "duration" ? DURATION : {}), ...(keywords as JsonSchema) };
}

function variantSchema([word, parameters]: readonly [
  string,
  { readonly [name: string]: ParameterSchema },
]): JsonSchema {
  const properties = Object.entries(parameters).map(([name, schema]) => {
    // within a choice of schemas ajv fills nothing in; the compiler has
    const { default: _default, ...rest } = parameterSchema(schema);
    return [name, rest];
  });
  return {
    type: "object",
    properties: { kind: { const: word }, ...Object.fromEntries(properties) },
    required: ["kind", ...Object.keys(parameters)],
    additionalProperties: false,
  };
}

export interface Violation {
  /** `undefined` where it is about the whole. */
  readonly parameter: string | undefined;
  readonly keyword: string;
}
export type Validation =
  | { readonly ok: true; readonly choice: Choice }
  | { readonly ok: false; readonly violations: readonly Violation[] };

type Arguments = { [name: string]: Json };

/** All that is wrong; where nothing is, the defaults are filled in. */
function check(entry: CatalogEntry, params: Arguments): readonly Violation[] {
  if (entry.plugin !== undefined) return checkWithAjv(entry, params);
  const violations: Violation[] = [];
  for (const name of entry.required ?? []) {
    if (params[name] === undefined && entry.parameters[name]?.default === undefined) {
      violations.push({ parameter: name, keyword: "required" });
    }
  }
  for (const name of Object.keys(params)) {
    if (!Object.hasOwn(entry.parameters, name)) violations.push({ parameter: name, keyword: "additionalProperties" });
  }
  for (const [name, schema] of Object.entries(entry.parameters)) {
    const value = params[name];
    if (value === undefined) {
      if (schema.default !== undefined) params[name] = schema.default;
      continue;
    }
    const keyword = forbidding(schema, value);
    if (keyword !== undefined) violations.push({ parameter: name, keyword });
  }
  return violations;
}

/** How ajv is to read an entry's schema. */
export const ENTRY: Options = { allErrors: true, useDefaults: true, strict: true, allowUnionTypes: true };

const compiled = new WeakMap<CatalogEntry, ValidateFunction>();

function checkWithAjv(entry: CatalogEntry, params: Arguments): readonly Violation[] {
  let isRight = compiled.get(entry);
  if (isRight === undefined) {
    isRight = newAjv(ENTRY).compile(schemaOf(entry));
    compiled.set(entry, isRight);
  }
  return isRight(params) ? [] : (isRight.errors ?? []).map(violation);
}

/** Holds arguments against the entry's schema and fills the defaults in. Never throws on bad arguments. */
export function validate(entry: CatalogEntry, args: { readonly [name: string]: Json }): Validation {
  const params: Arguments = {};
  for (const [name, value] of Object.entries(args)) {
    const alias = typeof value === "string" ? entry.parameters[name]?.aliases?.[value] : undefined;
    params[name] = alias ?? value;
  }
  const violations = check(entry, params);
  if (violations.length === 0) {
    const { id, version, plugin } = entry;
    const choice = { id, version, params: ordered(entry, params), ...(plugin === undefined ? {} : { plugin }) };
    return { ok: true, choice };
  }
  return { ok: false, violations };
}

/** A choice with every parameter; throws on arguments its schema refuses, so only for arguments the program itself makes. */
export function fillDefaults(entry: CatalogEntry, args: { readonly [name: string]: Json } = {}): Choice {
  const result = validate(entry, args);
  if (!result.ok) {
    const what = result.violations.map((each) => `${each.parameter ?? "(all)"}: ${each.keyword}`).join(", ");
    throw new RangeError(`${entry.id} does not take these parameters: ${what}`);
  }
  return result.choice;
}

/** In the entry's own order, whatever the order written. */
function ordered(entry: CatalogEntry, params: { readonly [name: string]: Json }): { readonly [name: string]: Json } {
  const inOrder: { [name: string]: Json } = {};
  for (const name of Object.keys(entry.parameters)) {
    const value = params[name];
    if (value !== undefined) {
      inOrder[name] = value;
    }
  }
  return inOrder;
}

function violation(error: ErrorObject): Violation {
  const [, first] = error.instancePath.split("/");
  const missing: unknown = error.params.missingProperty;
  const extra: unknown = error.params.additionalProperty;
  const named = first ?? (typeof missing === "string" ? missing : typeof extra === "string" ? extra : undefined);
  return { parameter: named, keyword: error.keyword };
}
