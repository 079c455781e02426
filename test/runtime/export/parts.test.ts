/** What an export is made of: which states, under which names, for which of timm's models. */

import { describe, expect, it } from "vitest";
import { modelSpec } from "../../../src/compiler/plan/index.js";
import type { PlanJsonCell } from "../../../src/compiler/plan/json.js";
import type { CellId } from "../../../src/compiler/study.js";
import { loraParams, withoutAdapters } from "../../../src/models/adapter.js";
import { presets } from "../../../src/models/presets.js";
import { buildEvaluate } from "../../../src/models/programs.js";
import { traceModel } from "../../../src/models/trace.js";
import type { TensorData } from "../../../src/program/types.js";
import { openEngine } from "../../../src/runtime/engine/index.js";
import { merged } from "../../../src/runtime/export/adapters.js";
import { fileName } from "../../../src/runtime/export/names.js";
import { chooseStates } from "../../../src/runtime/export/selector.js";
import { timmModel } from "../../../src/runtime/export/timm.js";
import { readSafetensors, writeSafetensors } from "../../../src/runtime/state/safetensors.js";
import { readHeader } from "../../../src/runtime/state/safetensors-header.js";
import { bytesOf } from "../../../src/runtime/weights/bytes.js";
import { readWeights } from "../../../src/runtime/weights/load.js";
import { strictState } from "../../../src/runtime/weights/strict.js";
import { choice, RESNET, VIT } from "../../compiler/plan/fixture.js";
import { expectClose } from "../../support/compare.js";
import { modelTensor, uniform } from "../../support/numbers.js";
import fc from "../../support/properties.js";

function cell(id: string, repeat: number): PlanJsonCell {
  const [experiment = ""] = id.split("[");
  return {
    id: `${id}#${repeat}` as CellId,
    experiment,
    point: {},
    repeat,
    seed: 1,
    train: null,
    source: { path: "", line: 1 },
  };
}
const cells = [1, 2].flatMap((repeat) => [
  cell("main[model: vit_s, init: WT]", repeat),
  cell("main[model: vit_s, init: WT_ST(3)]", repeat),
  cell("depth[n: 2]", repeat),
]);

describe("--states", () => {
  const chosen = (...selectors: string[]) =>
    chooseStates(cells, selectors).map((each) => `${each.cell.id} ${each.moment}`);
  it("takes the selected state of all cells, or another one", () => {
    expect(chosen()).toHaveLength(6);
    expect(chosen("initial").every((text) => text.endsWith(" initial"))).toBe(true);
    expect(chosen("initial", "last", "initial")).toHaveLength(12);
  });

  it.each([
    ["main", 4],
    ["depth.last", 2],
    ["main[init: WT].last", 2],
    ["main[init:WT,model:vit_s]#2", 1],
    ["main[init: WT_ST(3)]#1.initial", 1],
    ["main#1", 2],
  ])("%s is %i", (selector, count) => expect(chosen(selector)).toHaveLength(count));

  it.each(["mian", "main[init: RI]", "main#3", "selected.last", "main[init: W]"])("%s is none", (selector) => {
    expect(() => chosen(selector)).toThrow(/matches no cell of this run/);
  });
});

describe("file names", () => {
  it("are read as the cell is", () => {
    const taken = new Set<string>();
    expect(fileName("main[model: vit_s, init: WT]#1", "selected", taken)).toBe("main-model-vit_s-init-WT-1.selected");
    expect(fileName("main[model: vit_s, init: wt]#1", "selected", taken)).toBe("main-model-vit_s-init-wt-1~2.selected");
    expect(fileName("../../x", "last", taken)).toBe("x.last");
  });

  it("are safe and differ, whatever the labels", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 200 }), { maxLength: 20 }), (labels) => {
        const taken = new Set<string>();
        const names = labels.map((label) => fileName(label, "selected", taken));
        for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._~-]{0,140}$/);
        expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
      }),
    );
  });
});

describe("timm's model", () => {
  const of = (id: string, size?: number) => {
    const preset = presets.get(id);
    if (preset === undefined) throw new Error(`no preset ${id}`);
    const { family, version, params } = preset;
    return timmModel({ family, version, params, classes: 3, channels: 1, size: size ?? preset.size });
  };
  it.each([
    ["resnet18", undefined, { architecture: "resnet18", args: {} }],
    ["resnet152", 64, { architecture: "resnet152", args: {} }],
    ["vit_tiny", undefined, { architecture: "vit_tiny_patch16_224", args: {} }],
    ["deit_base", 384, { architecture: "vit_base_patch16_224", args: { img_size: 384 } }],
  ])("of %s at %s px", (id, size, expected) => expect(of(id, size)).toEqual(expected));

  it("of other dimensions is one of its models with them, or none", () => {
    expect(timmModel(modelSpec(VIT, 10, 1))).toEqual({
      architecture: "vit_tiny_patch16_224",
      args: { img_size: 28, patch_size: 7, embed_dim: 64, depth: 4, num_heads: 4, mlp_ratio: 4 },
    });
    expect(timmModel(modelSpec(RESNET, 10, 1))).toBeUndefined();
    const params = { blocks: [1, 1, 1, 1], widths: [64, 96, 128, 160], block: "bottleneck", stem: "imagenet" };
    expect(timmModel(modelSpec({ ...RESNET, family: choice("resnet", params) }, 10, 1))).toEqual({
      architecture: "resnet50",
      args: { layers: params.blocks, channels: params.widths },
    });
  });
});

describe("import and export", () => {
  const { tensors } = traceModel(modelSpec(RESNET, 3, 1));

  it("give back every bit", async () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(float, { minLength: 32, maxLength: 32 }),
        fc.nat(2 ** 31 - 1),
        async (values, count) => {
          const theirs = new Map(
            tensors.map(({ name, shape, dtype }): [string, TensorData] => {
              const size = shape.reduce((product, extent) => product * extent, 1);
              const data = Float32Array.from({ length: size }, (_, i) => values[i % values.length] ?? 0);
              return [name, { shape, data: dtype === "i32" ? Int32Array.of(count) : data }];
            }),
          );
          const given = writeSafetensors(theirs, { integers: "I64", metadata: { format: "pt" } });
          const state = strictState(tensors, await readWeights(bytesOf(given, "given.safetensors")));
          const kept = readSafetensors(writeSafetensors(state), "the cache");
          const back = writeSafetensors(kept, { integers: "I64", metadata: { format: "pt" } });
          expect(Buffer.from(back).equals(Buffer.from(given))).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("write counters as torch counts, as a single long", () => {
    const one = new Map([["bn1.num_batches_tracked", { shape: [], data: Int32Array.of(7) }]]);
    const bytes = writeSafetensors(one, { integers: "I64" });
    const { entries, dataStart } = readHeader(bytes, "x");
    expect(entries).toEqual([{ name: "bn1.num_batches_tracked", dtype: "I64", shape: [], begin: 0, end: 8 }]);
    expect([...bytes.subarray(dataStart)]).toEqual([7, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe("adapters", () => {
  const lora = { lora_rank: 2, lora_alpha: 5, lora_on: "**.attn.qkv **.mlp.fc1" };
  it("merged give what they give beside the weights", async () => {
    const base = modelSpec(VIT, 3, 1);
    const spec = { ...base, params: { ...base.params, ...lora } };
    const state = new Map(
      traceModel(spec).tensors.map(({ name, shape }) => [name, modelTensor(name.replace("lora_", "weight."), shape)]),
    );
    const engine = await openEngine("onnx", { device: "cpu", threads: 1 });
    const x = uniform("merged", [4, base.channels, base.size, base.size], -1, 1);
    const logits = async (of: typeof base, tensors: ReadonlyMap<string, TensorData>) => {
      const session = await engine.open({ programs: { evaluate: buildEvaluate(of, 4) } });
      await session.load(tensors);
      const found = await session.run("evaluate", { x });
      await session.close();
      return found.logits;
    };
    const params = loraParams(spec);
    if (params === undefined) throw new Error("no adapter");
    const whole = merged(state, params);
    expect([...whole.keys()].sort()).toEqual(
      traceModel(base)
        .tensors.map(({ name }) => name)
        .sort(),
    );
    expect(withoutAdapters(spec)).toEqual(base);
    const [apart, together] = [await logits(spec, state), await logits(base, whole)];
    if (apart === undefined) throw new Error("no logits");
    expectClose(together, apart, 1e-5, "logits");
    const bare = new Map([...state].filter(([name]) => !name.includes("lora_")));
    const without = await logits(base, bare);
    expect(without?.data).not.toEqual(together?.data);
  });
});
