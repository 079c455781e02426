import { describe, expect, it } from "vitest";
import { CATALOG_KINDS, entries, entry, fillDefaults, names, validate } from "../../src/catalog/index.js";

const required: { readonly [id: string]: { readonly [name: string]: never } } = {};

describe("catalogue", () => {
  it("has every kind, ids unique within it", () => {
    for (const kind of CATALOG_KINDS) {
      const all = names(kind);
      expect(all.length, kind).toBeGreaterThan(0);
      expect(new Set(all).size, kind).toBe(all.length);
    }
  });

  it("every entry's schema compiles, documents all it takes and accepts its own defaults", () => {
    for (const kind of CATALOG_KINDS) {
      for (const each of entries(kind)) {
        expect(each.doc.length, each.id).toBeGreaterThan(10);
        for (const name of [...(each.required ?? []), ...(each.positional ?? [])]) {
          expect(Object.keys(each.parameters), each.id).toContain(name);
        }
        for (const [name, schema] of Object.entries(each.parameters)) {
          expect(schema.description.length, `${each.id}.${name}`).toBeGreaterThan(3);
        }
        const outcome = validate(each, required);
        const missing = outcome.ok ? [] : outcome.violations.map((violation) => violation.parameter);
        expect(missing, each.id).toEqual(each.required ?? []);
      }
    }
  });

  it("fills defaults in, in the entry's order whatever the order written", () => {
    const adam = entry("optimizer", "adam");
    if (adam === undefined) {
      throw new Error("adam is in the catalogue");
    }
    const choice = fillDefaults(adam, { l2: 1e-5, lr: 1e-4 });
    expect(choice).toEqual({
      id: "adam",
      version: 1,
      params: { lr: 1e-4, l2: 1e-5, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
    });
    expect(Object.keys(choice.params)).toEqual(["lr", "l2", "beta1", "beta2", "eps"]);
  });

  it("replaces another spelling of an estimator, so two names never make two keys", () => {
    const cka = entry("probe", "cka");
    const args = { first: "initial", second: "selected" };
    expect(cka && fillDefaults(cka, { ...args, estimator: "as_published" }).params.estimator).toBe("batch_mean");
    expect(entry("metric", "accuracy")?.id).toBe("top1");
  });

  it("refuses what the schema refuses, by parameter", () => {
    const plateau = entry("schedule", "plateau");
    const result = plateau && validate(plateau, { factor: 2, patience: { value: 3, unit: "days" } });
    expect(result?.ok === false && result.violations.map((each) => each.parameter)).toEqual(["factor", "patience"]);
  });
});
