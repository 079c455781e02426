/** Our own check of parameters, which studies are held to, says what ajv says of the schemas that are published. */

import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { DURATION_UNITS } from "../../src/catalog/duration.js";
import { CATALOG_KINDS, entries } from "../../src/catalog/index.js";
import type { ValueSchema } from "../../src/catalog/parameter.js";
import type { CatalogEntry, Json, ParameterSchema } from "../../src/catalog/types.js";
import { ENTRY, schemaOf, validate } from "../../src/catalog/validate.js";
import fc from "../support/properties.js";

const junk: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, "", "x", 0, 1, -1, 0.5, 3, 1e9, [], {}, [1, 2], ["a"], [[1]]),
  fc.constantFrom<Json>({ kind: "error" }, { kind: "skip" }, { kind: "skip", max: 2 }, { value: 1, unit: "px" }),
  fc.integer({ min: -10, max: 10_000 }),
  fc.double({ noNaN: false }),
  fc.string({ maxLength: 4 }),
);

/** Values at and beside every bound of a schema, and others. */
function valuesOf(schema: ValueSchema): fc.Arbitrary<Json> {
  const made: fc.Arbitrary<Json>[] = [];
  const bounds = [schema.minimum, schema.maximum, schema.exclusiveMinimum, schema.exclusiveMaximum];
  for (const bound of bounds)
    if (bound !== undefined) made.push(fc.constantFrom(bound, bound - 1, bound + 1, bound / 2));
  if (schema.enum !== undefined) made.push(fc.constantFrom(...schema.enum));
  if (schema.default !== undefined) made.push(fc.constant(schema.default));
  if (schema.type === "integer" || schema.not !== undefined) made.push(fc.integer({ min: 0, max: 9 }));
  if (schema.unit === "duration") {
    const unit = fc.constantFrom<Json>(...DURATION_UNITS, "hours");
    made.push(fc.record({ value: fc.constantFrom<Json>(0, 3, -1, "3"), unit }, { requiredKeys: [] }));
    made.push(fc.record({ value: fc.constant(2), unit, more: fc.constant(1) }));
  }
  if (schema.items !== undefined) made.push(fc.array(valuesOf(schema.items), { maxLength: 5 }));
  for (const one of schema.anyOf ?? []) made.push(valuesOf(one));
  for (const [kind, parameters] of Object.entries(schema.variants ?? {})) {
    const members = Object.entries(parameters).map(([name, each]) => [name, valuesOf(each)] as const);
    const all = { kind: fc.constant(kind), ...Object.fromEntries(members) };
    made.push(fc.record(all), fc.record({ ...all, more: junk }), fc.record(all, { requiredKeys: ["kind"] }));
  }
  return fc.oneof(junk, ...made.map((arbitrary) => ({ arbitrary, weight: 4 })));
}

function argumentsOf({ parameters }: CatalogEntry): fc.Arbitrary<{ readonly [name: string]: Json }> {
  const each = Object.entries(parameters).map(([name, schema]) => [name, valuesOf(schema)] as const);
  const all = [...each, ["stranger", junk] as const].map(([name, values]) =>
    fc.option(
      values.map((value) => [name, value] as const),
      { nil: undefined },
    ),
  );
  return fc.tuple(...all).map((given) => Object.fromEntries(given.filter((one) => one !== undefined)));
}

/** Settings are checked like entries, as a parameter of one that is in no catalogue. */
const SETTINGS: readonly ParameterSchema[] = [
  { type: "integer", minimum: 1, description: "" },
  { unit: "duration", description: "" },
  { type: "array", items: { type: "string" }, minItems: 1, maxItems: 3, description: "" },
  { enum: [1, "a", null, [1, { b: 2 }], { c: [3] }], description: "" },
  { type: "object", description: "" },
];
const synthetic = SETTINGS.map((value, i): CatalogEntry => {
  return { kind: "optimizer", id: `setting-${i}`, version: 1, doc: "", parameters: { value } };
});

const all = [...CATALOG_KINDS.flatMap((kind) => entries(kind)), ...synthetic];

describe("parameters are taken and refused as ajv does by their schema", () => {
  test.each(all.map((entry) => [`${entry.kind} ${entry.id}`, entry] as const))("%s", (_, entry) => {
    const { parameters } = entry;
    const isRight = new Ajv2020({ ...ENTRY, meta: false, validateSchema: false }).compile(schemaOf(entry));
    const spelled = (name: string, value: Json): Json =>
      (typeof value === "string" ? parameters[name]?.aliases?.[value] : undefined) ?? value;
    fc.assert(
      fc.property(argumentsOf(entry), (args) => {
        const expected = structuredClone(args) as { [name: string]: Json };
        for (const [name, value] of Object.entries(expected)) expected[name] = spelled(name, value);
        const result = validate(entry, args);
        expect(result.ok).toBe(isRight(expected));
        if (result.ok) {
          expect(result.choice.params).toEqual(expected);
          return;
        }
        const theirs = (isRight.errors ?? []).map(({ instancePath, params }) => {
          const { missingProperty, additionalProperty } = params as { readonly [name: string]: string };
          return instancePath.split("/")[1] ?? missingProperty ?? additionalProperty;
        });
        expect(new Set(result.violations.map(({ parameter }) => parameter))).toEqual(new Set(theirs));
      }),
      { numRuns: 200 },
    );
  });
});
