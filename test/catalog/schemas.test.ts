import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { CATALOG_KINDS, entries } from "../../src/catalog/index.js";
import { schemaOf } from "../../src/catalog/validate.js";

const all = CATALOG_KINDS.flatMap((kind) => entries(kind).map((entry) => [`${kind} ${entry.id}`, entry] as const));

/** Validation itself trusts them, for speed. */
test.each(all)("%s has a valid schema", (_, entry) => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  expect(ajv.validateSchema(schemaOf(entry)), ajv.errorsText()).toBe(true);
});
