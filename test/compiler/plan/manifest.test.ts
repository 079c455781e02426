import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../../src/compiler/plan/canonical.js";
import { digestOf, sha256 } from "../../../src/compiler/plan/key.js";
import { summarizeManifest } from "../../../src/compiler/plan/summary.js";
import type { ManifestEntry, NodeFor } from "../../../src/compiler/plan/types.js";
import {
  BRAIN,
  BUNDLED,
  type CellOptions,
  CLOTHES,
  cell,
  choice,
  DIGITS,
  datasetFacts,
  experiment,
  FINETUNE,
  factsFor,
  glob,
  INCEPTION,
  init,
  nodesOf,
  planOf,
  planOfCell,
  RANDOM,
  RESNET,
  REST,
  RI,
  rule,
  ST,
  STATS,
  SWIN,
  score,
  study,
  TRANSFER,
  UNITS,
  units,
  VIT,
  WT,
  wtSt,
} from "./fixture.js";

function cellInit(options: CellOptions): NodeFor<"init"> {
  const plan = planOfCell(options);
  const train = nodesOf(plan, "train").at(-1);
  const key = train?.inputs.find(({ role }) => role === "init")?.node;
  const found = nodesOf(plan, "init").find((node) => node.key === key);
  if (!found) throw new Error("no init");
  return found;
}
const entryOf = (node: NodeFor<"init">, tensor: string): ManifestEntry["origin"] | undefined =>
  node.params.manifest.find((entry) => entry.tensor === tensor)?.origin;

describe("WT_ST", () => {
  for (const model of [RESNET, VIT, SWIN, INCEPTION]) {
    const all = UNITS[model.name] ?? 0;
    test(`of no unit is ST, of all units is WT, and between all differ (${model.name})`, () => {
      const train = [{ ...FINETUNE, augment: [] }];
      const key = (start: typeof ST) => cellInit({ model, init: start, train }).key;
      expect(key(wtSt(0))).toBe(key(ST));
      expect(key(wtSt(all))).toBe(key(WT));
      const keys = Array.from({ length: all + 1 }, (_, n) => key(wtSt(n)));
      expect(new Set(keys).size).toBe(all + 1);
    });
  }

  test("shares its samples with ST, so curves over n are paired", () => {
    const st = cellInit({ model: VIT, init: ST });
    const partly = cellInit({ model: VIT, init: wtSt(2) });
    expect(entryOf(partly, "blocks.3.attn.qkv.weight")).toEqual(entryOf(st, "blocks.3.attn.qkv.weight"));
    expect(entryOf(partly, "blocks.0.attn.qkv.weight")).toEqual({ from: "state", state: 0 });
  });
});

describe("a manifest", () => {
  test("names every tensor once, in the model's order, and fresh heads whatever the init", () => {
    for (const start of [RI, ST, WT]) {
      const node = cellInit({ model: RESNET, init: start });
      expect(node.params.manifest.length).toBe(56);
      expect(new Set(node.params.manifest.map(({ tensor }) => tensor)).size).toBe(56);
      expect(entryOf(node, "fc.weight")).toMatchObject({
        from: "random",
        stream: { purpose: "head", about: ["resnet", "fc.weight", "multiclass", 10], seed: 2022, repeat: 1 },
      });
    }
  });

  test("is keyed by its summary: tensors by origin, from which every entry follows", () => {
    for (const start of [RI, ST, WT, wtSt(2)]) {
      const { manifest } = cellInit({ model: VIT, init: start }).params;
      const summary = summarizeManifest(manifest);
      expect(digestOf(manifest)).toBe(summary.sha256);
      expect(summary.sha256).toBe(sha256(canonicalJson(summary.groups)));
      expect(summary.groups.flatMap(({ tensors }) => tensors).sort()).toEqual(
        manifest.map(({ tensor }) => tensor).sort(),
      );
      // copying the array makes another object of the same meaning
      expect(summarizeManifest(structuredClone(manifest)).sha256).toBe(summary.sha256);
    }
  });

  test("of stats resets norms and running statistics and samples the rest", () => {
    const node = cellInit({ init: ST });
    expect(entryOf(node, "bn1.weight")).toEqual({ from: "constant", value: 1 });
    expect(entryOf(node, "bn1.bias")).toEqual({ from: "constant", value: 0 });
    expect(entryOf(node, "bn1.running_mean")).toEqual({ from: "constant", value: 0 });
    expect(entryOf(node, "bn1.running_var")).toEqual({ from: "constant", value: 1 });
    expect(entryOf(node, "bn1.num_batches_tracked")).toEqual({ from: "constant", value: 0 });
    const source = node.inputs[0];
    expect(entryOf(node, "conv1.weight")).toEqual({
      from: "stats",
      state: 0,
      sampler: choice("gaussian"),
      stream: { seed: 2022, purpose: "sample", repeat: 1, about: ["conv1.weight", source?.node, source?.output] },
    });
  });

  test("of RI depends on no source, so the source's node is not even there", () => {
    const plan = planOfCell({ init: RI });
    expect(nodesOf(plan, "train").length).toBe(1);
    expect(cellInit({ init: RI }).inputs).toEqual([]);
    expect(cellInit({ init: RI }).key).toBe(cellInit({ init: RI, source: null }).key);
  });

  test("draws are about tensor and repeat, never about experiment, axis, init or n", () => {
    const one = cellInit({ init: RI, experiment: "main", point: { n: { label: "1", value: 1 } } });
    const other = cellInit({ init: { ...RI, name: "scratch" }, experiment: "other", point: {} });
    expect(one.key).toBe(other.key);
    expect(cellInit({ init: RI, repeat: 2 }).key).not.toBe(one.key);
    expect(cellInit({ init: RI, seed: 7 }).key).not.toBe(one.key);
    expect(entryOf(one, "conv1.weight")).toEqual({
      from: "random",
      scheme: choice("family"),
      stream: { seed: 2022, purpose: "random", repeat: 1, about: ["conv1.weight"] },
    });
  });

  test("random(kaiming) is He's for convolutions and linear layers, the family's for the others", () => {
    const kaiming = init("K", [rule([REST], { kind: "random", scheme: choice("kaiming") })]);
    const node = cellInit({ model: VIT, init: kaiming });
    expect(entryOf(node, "blocks.0.attn.qkv.weight")).toMatchObject({ scheme: choice("kaiming") });
    expect(entryOf(node, "pos_embed")).toMatchObject({ scheme: choice("family") });
    expect(entryOf(node, "blocks.0.norm1.weight")).toEqual({ from: "constant", value: 1 });
    expect(entryOf(node, "head.weight")).toEqual(entryOf(cellInit({ model: VIT, init: RI }), "head.weight"));
  });

  test("draws relative positions by the family's scheme, samples them from a source, and merges with the block before", () => {
    const table = "layers.0.blocks.1.attn.relative_position_bias_table";
    const kaiming = init("K", [rule([REST], { kind: "random", scheme: choice("kaiming") })]);
    expect(entryOf(cellInit({ model: SWIN, init: kaiming }), table)).toMatchObject({ scheme: choice("family") });
    expect(entryOf(cellInit({ model: SWIN, init: ST }), table)?.from).toBe("stats");
    const third = cellInit({ model: SWIN, init: wtSt(3) });
    expect(entryOf(third, "layers.1.downsample.reduction.weight")?.from).toBe("state");
    expect(entryOf(third, "layers.1.downsample.norm.weight")?.from).toBe("state");
    expect(entryOf(third, "layers.1.blocks.0.norm1.weight")).toEqual({ from: "constant", value: 1 });
    expect(entryOf(third, "layers.1.blocks.0.attn.qkv.weight")?.from).toBe("stats");
  });

  test("follows the first rule that matches, less its exceptions", () => {
    const attention = init("A", [
      rule([glob("blocks.*.attn.**")], TRANSFER, [units(3, 5)]),
      rule([glob("blocks.**")], STATS),
      rule([REST], RANDOM),
    ]);
    const node = cellInit({ model: VIT, init: attention });
    expect(entryOf(node, "blocks.0.attn.qkv.weight")?.from).toBe("state");
    expect(entryOf(node, "blocks.1.attn.qkv.weight")?.from).toBe("stats");
    expect(entryOf(node, "blocks.0.mlp.fc1.weight")?.from).toBe("stats");
    expect(entryOf(node, "cls_token")?.from).toBe("random");
  });

  test("takes the head from the source only when a rule says so", () => {
    const withHead = init("H", [rule([{ kind: "head" }], TRANSFER), rule([REST], TRANSFER)]);
    expect(entryOf(cellInit({ init: withHead }), "fc.weight")).toEqual({ from: "state", state: 0 });
  });

  test("adapts the first convolution to other channels, and nothing else", () => {
    const colour = { ...BUNDLED, "digits-few": { ...datasetFacts("digits", 100, 500, 1000), channels: 3 } };
    const of = study([experiment("main", [cell({ model: VIT, init: WT, probes: (own) => [score(own)] })])]);
    const { plan, diagnostics } = planOf(of, factsFor(of, colour));
    expect(diagnostics).toEqual([]);
    const [node] = nodesOf(plan, "init").filter(({ inputs }) => inputs.length > 0);
    expect(node?.params.manifest.find(({ tensor }) => tensor === "patch_embed.proj.weight")?.origin).toEqual({
      from: "state",
      state: 0,
      adapt: { channels: 3 },
    });
    expect(node?.params.manifest.filter(({ origin }) => "adapt" in origin).length).toBe(1);
  });

  test("of targets with other classes differs in the head alone", () => {
    const digits = cellInit({ init: ST, target: DIGITS });
    const brain = cellInit({ init: ST, target: BRAIN });
    const differing = digits.params.manifest.filter(
      (entry, index) => JSON.stringify(entry) !== JSON.stringify(brain.params.manifest[index]),
    );
    expect(differing.map(({ tensor }) => tensor)).toEqual(["fc.weight", "fc.bias"]);
  });
});

describe("compositions", () => {
  const composed = (rules: readonly ReturnType<typeof rule>[]) => {
    const plan = planOfCell({
      init: ST,
      probes: (own) => {
        const base = { kind: "cell", cell: own, moment: { kind: "selected" } } as const;
        return [{ ...score(own), states: [{ kind: "compose", base, rules }] }];
      },
    });
    const [predict] = nodesOf(plan, "predict");
    return { plan, state: plan.nodes.find(({ key }) => key === predict?.inputs[0]?.node) };
  };

  test("re-initializing nothing is the final model itself", () => {
    expect(composed([rule([units(1, 0)], RANDOM)]).state?.op).toBe("train");
  });

  test("takes named tensors from the other state and keeps the base's", () => {
    const { plan, state } = composed([rule([{ kind: "layer", name: "layer1.0" }], TRANSFER)]);
    if (state?.op !== "init") throw new Error("not composed");
    expect(state.inputs.map(({ output }) => output)).toEqual(["selected", "selected"]);
    const origins = new Map(state.params.manifest.map(({ tensor, origin }) => [tensor, origin]));
    expect(origins.get("conv1.weight")).toEqual({ from: "state", state: 0 });
    expect(origins.get("fc.weight")).toEqual({ from: "state", state: 0 });
    expect(origins.get("layer1.0.conv1.weight")).toEqual({ from: "state", state: 1 });
    const [pretraining] = nodesOf(plan, "train");
    expect(state.inputs[1]?.node).toBe(pretraining?.key);
    expect(CLOTHES.name).toBe("clothes");
  });
});

describe("statistics transfer as published", () => {
  const published = (sampler = choice("gaussian")) =>
    init("ST", [rule([REST], { kind: "stats", sampler, treatment: "as_published" })]);

  test("leaves class token, position embedding and relative-position tables as they are, and nothing else", () => {
    for (const model of [VIT, SWIN]) {
      const [corrected, left] = [cellInit({ model, init: ST }), cellInit({ model, init: published() })];
      const changed = corrected.params.manifest.filter(({ tensor, origin }) => {
        return canonicalJson(origin) !== canonicalJson(entryOf(left, tensor));
      });
      const names = changed.map(({ tensor }) => tensor);
      const expected = model === VIT ? /^(cls_token|pos_embed)$/ : /relative_position_bias_table$/;
      expect(names.length).toBe(model === VIT ? 2 : 3);
      for (const name of names) {
        expect(name).toMatch(expected);
        expect(entryOf(left, name)).toEqual({ from: "state", state: 0 });
        expect(entryOf(corrected, name)).toMatchObject({ from: "stats", state: 0 });
      }
    }
  });

  test("is the corrected one where a model has none of them", () => {
    expect(cellInit({ model: RESNET, init: published() }).key).toBe(cellInit({ model: RESNET, init: ST }).key);
  });

  test("shares the draws of the corrected one, and so of every n", () => {
    const streams = (node: NodeFor<"init">) =>
      node.params.manifest.flatMap(({ tensor, origin }) => (origin.from === "stats" ? [[tensor, origin.stream]] : []));
    const all = new Map(streams(cellInit({ model: VIT, init: ST })).map(([name, stream]) => [name, stream]));
    for (const start of [published(), wtSt(1), wtSt(3)]) {
      for (const [tensor, stream] of streams(cellInit({ model: VIT, init: start }))) {
        expect(stream).toEqual(all.get(tensor));
      }
    }
  });
});
