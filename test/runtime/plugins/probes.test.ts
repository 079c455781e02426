/** Probes of plug-ins: what they are shown gives what built-in probes give of the same, whoever runs beside them. */

import { beforeAll, describe, expect, it } from "vitest";
import { cka } from "../../../src/analysis/index.js";
import type { PluginProbeParams, StreamSpec } from "../../../src/compiler/plan/types.js";
import { traceModel } from "../../../src/models/trace.js";
import { openEngine } from "../../../src/runtime/engine/index.js";
import type { PluginProbe, ProbeAbout, ProbeImage, ProbeState } from "../../../src/runtime/plugins/api.js";
import { NO_PLUGINS } from "../../../src/runtime/plugins/none.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { Bench, type Ref, rowsOf, tinyVit } from "../ops/harness.js";

const model = tinyVit(10);
const info = traceModel(model);
const layers = info.layers.map(({ name }) => name);
const normalize = { kind: "data" } as const;
const stream = (purpose: StreamSpec["purpose"], about: StreamSpec["about"] = [], repeat = 0): StreamSpec => ({
  seed: 7,
  purpose,
  repeat,
  about,
});
const REF = { name: "lab", version: "1.0.0", digest: "a".repeat(64) };

/** The one the next node is of. */
let probe: PluginProbe = { id: "mine", doc: "x", reads: ["logits"], measure: () => 0 };
const plugins = {
  ...NO_PLUGINS,
  probe: () => ({
    probe,
    hook: (name: string) => ({ plugin: "lab", from: "./lab.js", hook: `probes.${probe.id}.${name}` }),
  }),
};

let bench: Bench;
let data: { train: Ref; val: Ref; test: Ref };
let [first, second]: Ref[] = [];
beforeAll(async () => {
  bench = new Bench(await openEngine("onnx", { device: "cpu", threads: 1 }), plugins);
  data = await bench.data("digits-few", model.size);
  const state = async (repeat: number): Promise<Ref> => {
    const manifest = info.tensors.map(({ name, shape }) => ({
      tensor: name,
      shape,
      origin: {
        from: "random" as const,
        scheme: { id: "kaiming", version: 1, params: {} },
        stream: stream("random", [name], repeat),
      },
    }));
    return { manifest: await bench.one("init", { model, manifest }), output: "state" };
  };
  [first, second] = [await state(1), await state(2)];
});

function planned(mine: PluginProbe, more: Partial<PluginProbeParams> = {}, wanted = layers) {
  const taps =
    mine.reads === "tensors" ? "none" : mine.reads.some((each) => /flat|pooled/.test(each)) ? "layers" : "embedding";
  const params = {
    model,
    ...(taps === "none" ? {} : { layers: wanted, normalize, stream: stream("images") }),
    plugins: { mine: REF },
    probe: { id: "mine", version: 1, params: {}, taps, task: "multiclass", ...more } as PluginProbeParams,
  };
  const states = { a: first as Ref, ...(mine.states === 2 ? { b: second as Ref } : {}) };
  return bench.plan("probe.plugin", params, { ...states, ...(taps === "none" ? {} : { data: data.test }) });
}

async function rows(mine: PluginProbe, more: Partial<PluginProbeParams> = {}, wanted = layers) {
  probe = mine;
  return rowsOf((await bench.run(planned(mine, more, wanted)))[0] as Manifest);
}

/** Keeps all it sees. */
const gather = () => {
  const seen: ProbeImage[] = [];
  return { seen, see: (image: ProbeImage) => void seen.push(image) };
};
type Seen = ReturnType<typeof gather>;
/** Of what is gathered, a test knows more than the type says; of what is wrong, less. */
interface Given extends Partial<Omit<PluginProbe, "gather" | "measure">> {
  readonly gather?: () => object;
  readonly measure?: (about: ProbeAbout, first: never, second: never) => unknown;
}
const mine = (more: Given): PluginProbe =>
  ({ id: "mine", doc: "x", gather, measure: () => 0, reads: ["logits"], ...more }) as PluginProbe;

const matrix = ({ seen }: Seen, layer: string) => {
  const width = seen[0]?.flat[layer]?.length ?? 0;
  const values = new Float32Array(seen.length * width);
  for (const [i, { flat }] of seen.entries()) values.set(flat[layer] as Float32Array, i * width);
  return { data: values, shape: [seen.length, width] };
};

describe("a plug-in's probe", () => {
  it("of two states' layers is what CKA is of them, of the same sample of images", async () => {
    const images = 96;
    const found = await rows(
      mine({
        states: 2,
        reads: ["flat"],
        byLayer: true,
        measure: ({ layers: seen }, a: Seen, b: Seen) =>
          Object.fromEntries(
            seen.map(({ name }) => [name, cka(matrix(a, name), matrix(b, name), { estimator: "biased" })]),
          ),
      }),
      { params: { images } },
    );
    const params = { model, layers, normalize, estimator: "biased", images, batch: 64, stream: stream("images") };
    const inputs = { a: first as Ref, b: second as Ref, data: data.test };
    const built = rowsOf(await bench.one("probe.cka", params, inputs));
    expect(found.map(({ inner }) => inner)).toEqual(layers.map((layer) => ({ layer })));
    for (const { inner, value } of found) {
      const same = built.find((row) => row.inner.layer === inner.layer && row.inner.layer2 === inner.layer);
      expect(value).toBeCloseTo(same?.value ?? Number.NaN, 10);
    }
  });

  it("of logits and labels is what a score is, whoever shares its pass, and whoever wrote into what it was shown", async () => {
    const accuracy = mine({
      measure: (_, { seen }: Seen) =>
        seen.filter(({ logits, label }) => logits.indexOf(Math.max(...logits)) === label).length / seen.length,
    });
    const predict = bench.plan("predict", { model, normalize }, { state: first as Ref, data: data.test });
    probe = accuracy;
    const [together, predictions] = await bench.run(planned(accuracy), predict);
    const inputs = { predictions: { manifest: predictions as Manifest, output: "logits" } };
    const [score] = rowsOf(await bench.one("score", { metric: "top1", task: "multiclass" }, inputs));
    expect(rowsOf(together as Manifest)).toEqual([{ inner: {}, value: score?.value }]);
    const vandal = mine({
      reads: ["flat", "pooled", "embedding", "logits"],
      gather: () => ({
        see: ({ flat, pooled, embedding, logits, labels }: ProbeImage) => {
          for (const each of [...Object.values(flat), ...Object.values(pooled), embedding, logits, labels])
            each.fill(7);
        },
      }),
    });
    probe = vandal;
    const [, after] = await bench.run(planned(vandal), predict);
    expect(after?.outputs).toEqual(predictions?.outputs);
    expect(await rows(accuracy)).toEqual(rowsOf(together as Manifest));
  });

  it("of tensors is what l2 is, of layers by their tensors", async () => {
    const found = await rows(
      mine({
        states: 2,
        reads: "tensors",
        byLayer: true,
        numbers: { squares: "x", count: "x" },
        measure: ({ layers: seen }, a: ProbeState, b: ProbeState) =>
          Object.fromEntries(
            seen.map(({ name, tensors }) => {
              let [squares, count] = [0, 0];
              for (const tensor of tensors) {
                const other = b.get(tensor)?.data ?? new Float32Array(0);
                a.get(tensor)?.data.forEach((value, i) => {
                  squares += (value - (other[i] ?? 0)) ** 2;
                  count += 1;
                });
              }
              return [name, { squares, count }];
            }),
          ),
      }),
    );
    const counts = new Map(info.tensors.map(({ name, shape }) => [name, shape.reduce((a, b) => a * b, 1)]));
    for (const { name, tensors } of info.layers) {
      const count = tensors.reduce((sum, tensor) => sum + (counts.get(tensor) ?? 0), 0);
      expect(found).toContainEqual({ inner: { layer: name, number: "count" }, value: count });
    }
    expect(found).toHaveLength(2 * layers.length);
  });

  it("is told of the layers it asked for alone, in their order, and of every image once", async () => {
    const wanted = ["blocks.0.mlp", "head"];
    const [row] = await rows(
      mine({
        reads: ["pooled"],
        measure: ({ layers: told, images, model: built }, { seen }: Seen) => {
          expect(told.map(({ name }) => name)).toEqual(wanted);
          expect(seen.map(({ index }) => index)).toEqual(Array.from({ length: images }, (_, i) => i));
          expect(Object.keys(seen[0]?.pooled ?? {})).toEqual(wanted);
          expect(seen[0]).toMatchObject({ flat: {}, labels: new Int32Array(0), logits: new Float32Array(0) });
          expect(built.tensors.filter(({ unit }) => unit === "head").map(({ name }) => name)).toEqual([
            "head.weight",
            "head.bias",
          ]);
          return seen.length;
        },
      }),
      {},
      wanted,
    );
    expect(row?.value).toBeGreaterThan(100);
  });
});

describe("what it should not give is told as its own:", () => {
  const by = { reads: ["pooled"], byLayer: true } as const;
  it.each<[string, Given, string]>([
    ["NaN", { measure: () => Number.NaN }, "measure: it gave NaN; a probe gives finite numbers, or { undefined:"],
    ["nothing", { measure: () => undefined }, "measure: it gave undefined; a probe gives"],
    ["a promise", { measure: async () => 1 }, "measure: it gave a promise; what it needs is gathered before"],
    ["a number for no layer", { ...by, measure: () => 1 }, "measure: it gave 1, not a number a layer"],
    ["a layer less", { ...by, measure: () => ({ head: 1 }) }, "measure: it gave nothing for the layer patch_embed"],
    [
      "a layer more",
      { ...by, measure: ({ layers: all }) => ({ ...Object.fromEntries(all.map(({ name }) => [name, 1])), tail: 1 }) },
      "measure: it gave tail, which is no layer of it; there is patch_embed,",
    ],
    [
      "infinity for a number of a layer",
      {
        ...by,
        numbers: { size: "x" },
        measure: ({ layers: all }) => Object.fromEntries(all.map(({ name }) => [name, { size: 1 / 0 }])),
      },
      "measure: it gave Infinity for patch_embed size; a probe gives finite numbers",
    ],
    [
      "an error while it sees",
      { gather: () => ({ see: () => (null as unknown as ProbeImage).index }) },
      "see: TypeError:",
    ],
    ["no reader", { gather: () => ({}) }, "gather: it gave no object with a function see(image)"],
  ])("%s", async (_, more, told) => {
    await expect(rows(mine(more))).rejects.toThrow(`plug-in lab (./lab.js) failed in probes.mine.${told}`);
  });

  it("and why there is no number is no mistake", async () => {
    const none = mine({
      ...by,
      measure: ({ layers: all }) => Object.fromEntries(all.map(({ name }) => [name, { undefined: "it is dead" }])),
    });
    const found = (await rows(none)) as unknown as { readonly value: null; readonly reason: string }[];
    expect(found[0]).toMatchObject({ value: null, reason: "it is dead" });
  });
});
