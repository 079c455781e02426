/** Words of other frameworks are told what stands here; what is told must itself exist. */

import { describe, expect, it } from "vitest";
import { CATALOG_KINDS, entries } from "../../src/catalog/index.js";
import { type BlockKind, settingsIn } from "../../src/catalog/settings/index.js";
import { HABITS, habit } from "../../src/compiler/habits/index.js";
import { didYouMean, nearest } from "../../src/compiler/suggest.js";

const BLOCKS: readonly BlockKind[] = ["study", "dataset", "recipe", "experiment", "table", "figure", "mark"];
const OF_THE_LANGUAGE = ["val", "test", "selected", "initial", "backbone", "head", "norm", "measure"];

const known = new Set([
  ...OF_THE_LANGUAGE,
  ...BLOCKS.flatMap((block) => settingsIn(block).map(({ name }) => name)),
  ...CATALOG_KINDS.flatMap((kind) => entries(kind).flatMap(({ id, parameters }) => [id, ...Object.keys(parameters)])),
]);

describe("habits", () => {
  it.each(HABITS.map(({ here, says }) => [here, says] as const))("%s is a word of the language", (here, says) => {
    expect(known).toContain(here);
    expect(says).toMatch(/\.$/);
  });

  it("says one thing of a word in one place", () => {
    const pairs = HABITS.flatMap(({ here, words }) => [...words].map((word) => `${here} ${word}`));
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it("means another thing in another place", () => {
    expect(habit("weight_decay", ["lr", "l2"])).toContain("`l2`");
    expect(habit("weight_decay", ["optimizer", "batch"])).toContain("adamw");
    expect(habit("weight_decay", ["lr", "weight_decay"])).toBeUndefined();
  });

  it("does not mind case and underscores, and comes before letters that look alike", () => {
    expect(didYouMean("RandomResizedCrop", ["crop", "flip"])).toContain("crop(224 px");
    expect(didYouMean("EarlyStopping", ["select", "stop", "for"])).toContain("stop early(patience: 10 checks)");
    expect(didYouMean("layer1", ["units", "layers", "backbone"])).toContain('"layer1.**"');
  });

  it("takes another number for another thing", () => {
    expect(nearest("resnet20", ["resnet50", "resnet18"])).toBeUndefined();
    expect(nearest("vit_base_patch32_224", ["vit_base_patch16_224"])).toBeUndefined();
    expect(nearest("resnet5O", ["resnet50"])).toBe("resnet50");
  });
});
