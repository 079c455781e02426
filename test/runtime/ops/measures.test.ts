/** Probes as nodes: their identities, what they share with each other, and networks whose features are dead. */

import { beforeAll, describe, expect, it } from "vitest";
import type { ManifestEntry, StreamSpec } from "../../../src/compiler/plan/types.js";
import { traceModel } from "../../../src/models/trace.js";
import type { ModelSpec } from "../../../src/models/types.js";
import { openEngine } from "../../../src/runtime/engine/index.js";
import type { Engine } from "../../../src/runtime/engine/types.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { Bench, type Ref, rowsOf, tinyResnet, tinyVit } from "./harness.js";

const normalize = { kind: "data" } as const;
const stream = (purpose: StreamSpec["purpose"], about: StreamSpec["about"] = [], repeat = 1): StreamSpec => ({
  seed: 7,
  purpose,
  repeat,
  about,
});

function state(model: ModelSpec, origin: (name: string) => ManifestEntry["origin"]) {
  return {
    model,
    manifest: traceModel(model).tensors.map(({ name, shape }) => ({ tensor: name, shape, origin: origin(name) })),
  };
}
const drawn = (model: ModelSpec, repeat: number) =>
  state(model, (name) => ({
    from: "random",
    scheme: { id: "kaiming", version: 1, params: {} },
    stream: stream("random", [name], repeat),
  }));
const warningsOf = ({ value }: Manifest) => (value as unknown as { warnings: string[] }).warnings;

/** Counts runs of the program that reads features. */
function counting(engine: Engine): Engine & { passes: number } {
  const counted = Object.assign(Object.create(engine) as Engine, { passes: 0 });
  counted.open = async (bundle) => {
    const session = await engine.open(bundle);
    return {
      load: (tensors) => session.load(tensors),
      read: (names) => session.read(names),
      close: () => session.close(),
      run: (program, feeds, fetches) => {
        if (program === "features") counted.passes += 1;
        return session.run(program, feeds, fetches);
      },
    };
  };
  return counted;
}

for (const [name, modelOf] of [
  ["resnet", tinyResnet],
  ["vit", tinyVit],
] as const) {
  describe(`probes of a small ${name}`, () => {
    const model = modelOf(10);
    const info = traceModel(model);
    const layers = info.layers.map((layer) => layer.name);
    const common = { model, layers, normalize };
    let bench: Bench;
    let engine: ReturnType<typeof counting>;
    let data: { train: Ref; val: Ref; test: Ref };
    let first: Ref;
    let second: Ref;

    beforeAll(async () => {
      engine = counting(await openEngine("onnx", { device: "cpu", threads: 1 }));
      bench = new Bench(engine);
      data = await bench.data("digits-few", model.size);
      first = { manifest: await bench.one("init", drawn(model, 1)), output: "state" };
      second = { manifest: await bench.one("init", drawn(model, 2)), output: "state" };
    });

    const knn = (features = "pooled", bank = data.train) =>
      bench.plan(
        "probe.knn",
        { ...common, k: 10, temperature: 0.1, metric: "top1", features },
        { state: first, bank, query: data.test },
      );
    const linear = (options: object = {}) =>
      bench.plan(
        "probe.linear_probe",
        { ...common, l2: 1e-3, standardize: true, metric: "top1", features: "pooled", ...options },
        { state: first, bank: data.train, query: data.test },
      );
    const robustness = (to: Ref, options: object = {}, about = stream("random", ["robustness"])) =>
      bench.plan(
        "probe.robustness",
        { ...common, mode: "reinit", scheme: "family", by: "layers", metric: "top1", stream: about, ...options },
        { state: first, to, data: data.test },
      );
    const attended = (estimator = "renormalized", images = 64) => {
      const attentive = info.layers.filter(({ heads }) => heads !== undefined).map((layer) => layer.name);
      return bench.plan(
        "probe.mean_attended_distance",
        { ...common, layers: attentive, estimator, images, stream: stream("images", [], 0) },
        { state: first, data: data.test },
      );
    };
    const predict = () => bench.plan("predict", { model, normalize }, { state: first, data: data.test });
    const rows = async (planned: ReturnType<Bench["plan"]>) => rowsOf((await bench.run(planned))[0] as Manifest);
    const scored = async () => {
      const [predictions] = await bench.run(predict());
      const inputs = { predictions: { manifest: predictions as Manifest, output: "logits" } };
      return rowsOf(await bench.one("score", { metric: "top1", task: "multiclass" }, inputs))[0]?.value;
    };

    it("share one forward pass a split, whichever they are, and give what each gives alone", async () => {
      const cka = bench.plan(
        "probe.cka",
        { ...common, estimator: "unbiased", images: 2048, batch: 64, stream: stream("images", [], 0) },
        { a: first, b: first, data: data.test },
      );
      const all = [predict(), cka, knn(), linear(), ...(name === "vit" ? [attended()] : [])];
      engine.passes = 0;
      await bench.run(...all.slice(0, 1));
      const testPass = engine.passes;
      engine.passes = 0;
      await bench.run(knn());
      const bothPasses = engine.passes;
      engine.passes = 0;
      const together = await bench.run(...all);
      expect(engine.passes).toBe(bothPasses);
      expect(bothPasses).toBeGreaterThan(testPass);
      for (const [i, planned] of all.entries()) {
        const [alone] = await bench.run(planned);
        expect({ ...alone, key: "" }).toEqual({ ...together[i], key: "" });
      }
    });

    it("robustness: putting a part back to itself changes nothing, to another state only that part", async () => {
      const score = await scored();
      for (const by of ["layers", "units"]) {
        const same = await rows(robustness(first, { by }));
        expect(same.map(({ inner }) => inner.layer)).toEqual(
          info[by as "layers" | "units"].filter(({ tensors }) => tensors.length > 0).map((part) => part.name),
        );
        expect(same.every(({ value }) => value === score)).toBe(true);
      }
      const apart = await rows(robustness(second));
      const target = apart.at(0);
      const part = info.layers.find((layer) => layer.name === target?.inner.layer);
      const composed = await bench.one(
        "init",
        state(model, (tensor) => ({ from: "state", state: part?.tensors.includes(tensor) ? 1 : 0 })),
        { state0: first, state1: second },
      );
      const inputs = { state: { manifest: composed, output: "state" }, data: data.test };
      const predictions = await bench.one("predict", { model, normalize }, inputs);
      const expected = await bench.one(
        "score",
        { metric: "top1", task: "multiclass" },
        { predictions: { manifest: predictions, output: "logits" } },
      );
      expect(target?.value).toBe(rowsOf(expected)[0]?.value);
    });

    it("robustness: random parts are drawn alike whatever they are grouped by, and anew in another repeat", async () => {
      const rerand = { mode: "rerand", scheme: "kaiming" };
      const once = await rows(robustness(second, rerand));
      expect(await rows(robustness(first, rerand))).toEqual(once);
      const other = await rows(robustness(second, rerand, stream("random", ["robustness"], 2)));
      expect(other).not.toEqual(once);
    });

    it("linear probe: fits what it is fitted on better than chance, standardized or not", async () => {
      for (const standardize of [true, false]) {
        const found = await rows(linear({ standardize }));
        expect(found.map(({ inner }) => inner.layer)).toEqual(layers);
        expect(Math.max(...found.map(({ value }) => value))).toBeGreaterThan(0.3);
      }
    });

    it("k-NN: a bank asked about itself finds each image first", async () => {
      const self = bench.plan(
        "probe.knn",
        { ...common, k: 1, temperature: 0.1, metric: "top1", features: "pooled" },
        { state: first, bank: data.test, query: data.test },
      );
      const found = await rows(self);
      expect(found.filter(({ inner }) => inner.layer !== layers.at(-1)).every(({ value }) => value > 0.98)).toBe(true);
    });

    it("k-NN: features can be the class token, the patches, or both", async () => {
      const [pooled, cls, patch] = [await rows(knn()), await rows(knn("cls")), await rows(knn("patch"))];
      if (name === "resnet") expect([cls, patch]).toEqual([pooled, pooled]);
      else expect(new Set([pooled, cls, patch].map((each) => JSON.stringify(each))).size).toBe(3);
    });

    it("capacity: counts what the model is made of", async () => {
      const count = async (what: string) =>
        (await rows(bench.plan("probe.capacity", { model, count: what })))[0]?.value;
      expect(await count("parameters")).toBe(info.parameterCount);
      const head = info.tensors.filter(({ place }) => place.kind === "head");
      const inHead = head.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
      expect(await count("backbone")).toBe(info.parameterCount - inHead);
      expect(await count("flops")).toBe(info.forwardFlops);
    });

    it("l2: as published every layer has the whole state's number", async () => {
      const l2 = (options: object) =>
        rows(
          bench.plan(
            "probe.l2",
            { model, estimator: "corrected", distance: "per_weight", ...options },
            { a: first, b: second },
          ),
        );
      const own = await l2({});
      const whole = await l2({ estimator: "as_published" });
      expect(whole.map(({ inner }) => inner)).toEqual(own.map(({ inner }) => inner));
      expect(new Set(whole.map(({ value }) => value)).size).toBe(1);
      expect(new Set(own.map(({ value }) => value)).size).toBe(own.length);
      const raw = await l2({ distance: "raw" });
      expect(raw.every(({ value }, i) => value > (own[i]?.value ?? 0))).toBe(true);
    });

    it("give numbers and a warning where a network is dead", async () => {
      const zero = {
        manifest: await bench.one(
          "init",
          state(model, () => ({ from: "constant", value: 0 })),
        ),
        output: "state",
      };
      const [cka, near, fit, apart] = await bench.run(
        bench.plan(
          "probe.cka",
          { ...common, estimator: "hsic_mean", images: 64, batch: 16, stream: stream("images", [], 0) },
          { a: zero, b: first, data: data.test },
        ),
        bench.plan(
          "probe.knn",
          { ...common, k: 10, temperature: 0.1, metric: "top1", features: "pooled" },
          { state: zero, bank: data.train, query: data.test },
        ),
        bench.plan(
          "probe.linear_probe",
          { ...common, l2: 1e-3, standardize: true, metric: "top1", features: "pooled" },
          { state: zero, bank: data.train, query: data.test },
        ),
        bench.plan("probe.l2", { model, estimator: "corrected", distance: "relative" }, { a: zero, b: first }),
      );
      if (!cka || !near || !fit || !apart) throw new Error("nothing ran");
      for (const manifest of [cka, near, fit]) {
        expect(rowsOf(manifest).every(({ value }) => Number.isFinite(value))).toBe(true);
        expect(warningsOf(manifest).join()).toContain("the same for all images");
      }
      expect(rowsOf(cka).every(({ value }) => value === 0)).toBe(true);
      expect(warningsOf(cka)[0]).toMatch(/of the first state .* their CKA is given as 0/);
      expect(warningsOf(apart)[0]).toMatch(/no relative distance from weights that are all 0: /);
    });

    if (name === "vit") {
      it("attended distance: within the image, more where the class token's share is scaled away", async () => {
        const [scaled, plain] = [await rows(attended()), await rows(attended("unnormalized"))];
        expect(scaled.map(({ inner }) => inner)).toEqual(
          ["blocks.0.attn", "blocks.1.attn"].flatMap((layer) => [1, 2].map((head) => ({ layer, head }))),
        );
        scaled.forEach(({ value }, i) => {
          expect(value).toBeGreaterThan(plain[i]?.value ?? Number.NaN);
          expect(value).toBeLessThan(Math.hypot(8, 8));
        });
      });
    }
  });
}
