/** A changed parameter, said as the study says it. */

import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/catalog/types.js";
import { differences } from "../../../src/compiler/plan/diff.js";
import { shownValue, studyWords } from "../../../src/compiler/plan/words.js";

const WARMUP = { id: "warmup", version: 1, params: { duration: { value: 40, unit: "steps" } } };
const COSINE = { id: "cosine", version: 1, params: { floor: 0 } };
const RECIPE = {
  optimizer: { id: "adam", version: 1, params: { lr: 0.001, l2: 0 } },
  schedule: [WARMUP, COSINE],
  batch: 32,
  clipNorm: null,
  duration: { value: 120, unit: "steps" },
  select: { kind: "best", metric: "top1", on: "val", every: { value: 30, unit: "steps" } },
} satisfies Json;

function said(change: Json): readonly string[] {
  const after: Json = { recipe: Object.assign({}, RECIPE, change) };
  return differences({ recipe: RECIPE }, after).map(
    (each) => `${studyWords(each.path, after)}: ${shownValue(each.before)} → ${shownValue(each.after)}`,
  );
}

describe("a change of a recipe", () => {
  test.each([
    [{ optimizer: { id: "adam", version: 1, params: { lr: 0.01, l2: 0 } } }, "optimizer adam(lr): 0.001 → 0.01"],
    [
      { schedule: [{ ...WARMUP, params: { duration: { value: 2, unit: "epochs" } } }, COSINE] },
      "schedule warmup(duration): 40 steps → 2 epochs",
    ],
    [{ schedule: [WARMUP] }, "schedule: cosine(floor: 0) → none"],
    [{ optimizer: { id: "sgd", version: 1, params: { lr: 0.1 } } }, "optimizer: adam(lr: 0.001, l2: 0) → sgd(lr: 0.1)"],
    [{ batch: 16 }, "batch: 32 → 16"],
    [{ clipNorm: 1 }, "clip_norm: none → 1"],
    [{ precision: { id: "bf16", version: 1, params: {} } }, "precision: none → bf16"],
    [{ duration: { value: 90, unit: "steps" } }, "for: 120 steps → 90 steps"],
    [{ select: { ...RECIPE.select, every: { value: 15, unit: "steps" } } }, "select every: 30 steps → 15 steps"],
  ] satisfies readonly (readonly [Json, string])[])("%#: %s", (change: Json, words: string) => {
    expect(said(change)).toEqual([words]);
  });

  test("elsewhere a path stays as it is, without what no reader can use of it", () => {
    expect(studyWords("k", { k: 3 })).toBe("k");
    expect(studyWords("manifest.groups.2.origin.sampler.id", {})).toBe("tensors.sampler.id");
  });
});
