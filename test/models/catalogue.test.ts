import { describe, expect, it } from "vitest";
import { entries } from "../../src/catalog/index.js";
import type { Choice } from "../../src/catalog/types.js";
import { families } from "../../src/models/families.js";
import { resolvePreset } from "../../src/models/presets.js";
import { optimizerOf } from "../../src/program/training/optimizer.js";

describe("the catalogue and what is built", () => {
  it("name the same model families", () => {
    const declared = entries("model").filter(({ preset }) => preset === undefined);
    expect([...families.keys()].sort()).toEqual(declared.map(({ id }) => id).sort());
  });

  it("resolve every named model to a family and a size", () => {
    for (const { id } of entries("model").filter(({ preset }) => preset !== undefined)) {
      const preset = resolvePreset(id);
      expect(families.has(preset?.family ?? ""), id).toBe(true);
      expect(preset?.size, id).toBe(id === "inception_v3" ? 299 : 224);
      expect(preset?.params, id).not.toHaveProperty("size");
    }
  });

  it("name the same optimizers, and every one reads all its parameters", () => {
    for (const { id, version, parameters } of entries("optimizer")) {
      const numeric = Object.entries(parameters).filter(([name, { type }]) => type === "number" && name !== "lr");
      const plain: Choice = { id, version, params: {} };
      for (const [name] of numeric) {
        const changed = { ...plain, params: { [name]: 0.123 } };
        expect(optimizerOf(changed), `${id}.${name}`).not.toEqual(optimizerOf(plain));
      }
    }
  });
});
