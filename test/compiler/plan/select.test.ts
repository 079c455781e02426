import { describe, expect, test } from "vitest";
import { modelSpec } from "../../../src/compiler/plan/lower/models.js";
import { type SelectionScope, select } from "../../../src/compiler/plan/parts/select.js";
import type { Selector } from "../../../src/compiler/study.js";
import { matchesGlob, parseGlob } from "../../../src/models/glob.js";
import { traceModel } from "../../../src/models/trace.js";
import fc from "../../support/properties.js";
import { glob, RESNET, UNITS, units, VIT } from "./fixture.js";

const matches = (pattern: string, name: string) => matchesGlob(parseGlob(pattern), name);
const vit = traceModel(modelSpec(VIT, 10, 1));
const resnet = traceModel(modelSpec(RESNET, 10, 1));
const names = (selector: Selector, model = vit, scope: SelectionScope = "init") => {
  const set = select(selector, model, scope);
  return model.tensors.filter((_, index) => set[index] === 1).map(({ name }) => name);
};

describe("patterns", () => {
  test("are over whole dotted segments", () => {
    expect(matches("blocks.*.attn.**", "blocks.3.attn.qkv.weight")).toBe(true);
    expect(matches("blocks.*.attn.**", "blocks.3.mlp.fc1.weight")).toBe(false);
    expect(matches("fc", "blocks.0.mlp.fc1")).toBe(false);
    expect(matches("fc.*", "fc.weight")).toBe(true);
    expect(matches("*.weight", "blocks.0.weight")).toBe(false);
    expect(matches("**.weight", "blocks.0.weight")).toBe(true);
    expect(matches("**", "anything.at.all")).toBe(true);
    expect(matches("a.**.b", "a.b")).toBe(true);
    expect(matches("block*", "blocks")).toBe(false);
  });

  test("agree with a matcher by exhaustive search, and stay fast on hostile ones", () => {
    const naive = (pattern: readonly string[], name: readonly string[]): boolean => {
      const [head, ...rest] = pattern;
      if (head === undefined) return name.length === 0;
      if (head === "**") return naive(rest, name) || (name.length > 0 && naive(pattern, name.slice(1)));
      return name.length > 0 && (head === "*" || head === name[0]) && naive(rest, name.slice(1));
    };
    const segment = fc.constantFrom("a", "b", "*", "**");
    fc.assert(
      fc.property(
        fc.array(segment, { minLength: 1, maxLength: 5 }),
        fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 5 }),
        (pattern, name) => {
          expect(matches(pattern.join("."), name.join("."))).toBe(naive(pattern, name));
        },
      ),
    );
    expect(matches(`${"**.a.".repeat(200)}b`, Array.from({ length: 400 }, () => "a").join("."))).toBe(false);
  });
});

describe("selectors", () => {
  test("units are an ordered partition of the backbone, buffers included", () => {
    for (const model of [vit, resnet]) {
      const all = model.units.flatMap((_, index) => names(units(index + 1, index + 1), model));
      expect([...all].sort()).toEqual(names({ kind: "backbone" }, model).sort());
      expect(names(units(1, model.units.length), model)).toEqual(names({ kind: "backbone" }, model));
      expect(names(units(1, 0), model)).toEqual([]);
    }
    expect(vit.units.length).toBe(UNITS.vit_s);
    expect(resnet.units.length).toBe(UNITS.resnet_s);
    expect(names(units(1, 1), resnet)).toContain("bn1.running_mean");
  });

  test("the head is reached only by name in an init, and like any tensor in a composition", () => {
    for (const selector of [{ kind: "rest" }, { kind: "backbone" }, glob("**"), glob("*.weight")] as const) {
      expect(names(selector)).not.toContain("head.weight");
    }
    for (const selector of [
      { kind: "head" },
      glob("head.*"),
      glob("head.weight"),
      { kind: "layer", name: "head" },
    ] as const) {
      expect(names(selector)).toContain("head.weight");
    }
    expect(names({ kind: "rest" }, vit, "compose")).toContain("head.weight");
    expect(names({ kind: "layers", from: 1, to: vit.layers.length }, vit, "compose")).toContain("head.weight");
    expect(names({ kind: "layers", from: 1, to: vit.layers.length })).not.toContain("head.weight");
  });

  test("a layer is matched by its exact name, buffers are what no optimizer trains", () => {
    expect(names({ kind: "layer", name: "layer1" }, resnet)).toEqual([]);
    expect(names({ kind: "layer", name: "layer1.0" }, resnet).every((name) => name.startsWith("layer1.0."))).toBe(true);
    const buffers = names({ kind: "buffers" }, resnet);
    expect(buffers.length).toBeGreaterThan(0);
    expect(buffers.every((name) => /running_mean|running_var|num_batches_tracked/.test(name))).toBe(true);
  });
});
