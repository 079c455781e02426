import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILTIN, CATALOG_KINDS } from "../../src/catalog/index.js";
import { ITEMS, settingsIn } from "../../src/catalog/settings/index.js";
import { compile } from "../../src/compiler/compile.js";
import { knownElsewhere, NAMES, PLACES } from "../../src/compiler/elsewhere.js";
import { nearest } from "../../src/compiler/messages.js";
import { memoryHost } from "./support/host.js";

/** All that a name of ours can be: of the catalogue, of its parameters, of a block's settings, of a statistic. */
function ours(): ReadonlySet<string> {
  const entries = CATALOG_KINDS.flatMap((kind) => [...BUILTIN.entries(kind)]);
  const settings = (["study", "recipe", "experiment", "dataset"] as const).flatMap((block) => settingsIn(block));
  return new Set([
    ...entries.flatMap(({ id, parameters }) => [id, ...Object.keys(parameters)]),
    ...settings.map(({ name }) => name),
    ...ITEMS.map(({ keyword }) => keyword),
    ...["mean", "sd", "correlation", "regress", "random", "stats", "transfer", "accuracy"],
  ]);
}

describe("names of other tools", () => {
  it("stand for names there are", () => {
    const known = ours();
    expect(Object.keys(NAMES).filter((name) => !known.has(name))).toEqual([]);
  });

  it("are never answered with a name that cannot stand there, nor with themselves", () => {
    const words = Object.values(NAMES).flat();
    fc.assert(
      fc.property(fc.constantFrom(...words), fc.subarray(Object.keys(NAMES)), (word, candidates) => {
        const meant = knownElsewhere(word, candidates);
        if (meant === undefined) return;
        expect(candidates).toContain(meant);
        expect(meant).not.toBe(word);
        expect(nearest(word, candidates)).toBe(meant);
      }),
    );
  });

  it.each(Object.entries(PLACES))("%s: every example of its hint is read as it is written", async (_, hint) => {
    for (const [, example = ""] of hint.matchAll(/`((?:optimizer|schedule|loss|study) [^`]*)`/g)) {
      const isStudy = example.startsWith("study");
      const own = /^(\w+)/.exec(example)?.[1] ?? "";
      const rest = { optimizer: "optimizer adam(lr: 1e-3)", batch: "batch 8", for: "for 10 epochs" };
      const lines = Object.entries(rest).flatMap(([name, line]) => (name === own ? [] : [line]));
      const text = isStudy
        ? example
        : `study s { seed 1; repeats 2 }\nrecipe r { ${[...lines, example].join("; ")} }\n${EXPERIMENT}`;
      const { diagnostics } = await compile("s.xfer", memoryHost({ "s.xfer": text }));
      expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    }
  });
});

const EXPERIMENT = `dataset d from image_folder("./d")
model m = resnet18
experiment e { model m; target d; init random(kaiming); train r; measure a = score(top1) }`;
