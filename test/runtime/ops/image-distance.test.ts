/** FID and KID as nodes, against the library on embeddings read by themselves. */

import { beforeAll, describe, expect, it } from "vitest";
import { fid, kid, type Tensor } from "../../../src/analysis/index.js";
import type { StreamSpec } from "../../../src/compiler/plan/types.js";
import { traceModel } from "../../../src/models/trace.js";
import { loadImages, normalizationOf } from "../../../src/runtime/data/images.js";
import { openEngine } from "../../../src/runtime/engine/index.js";
import { EmbeddingRows, embeddingReader } from "../../../src/runtime/probes/embedding.js";
import { runPass } from "../../../src/runtime/probes/features.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { Bench, type Ref, rowsOf, tinyResnet } from "./harness.js";

const model = tinyResnet(10);
const normalize = { kind: "given", mean: [0.5], std: [0.5] } as const;
const stream: StreamSpec = { seed: 7, purpose: "images", repeat: 0, about: [] };

describe("distances of image sets", () => {
  let bench: Bench;
  let data: { train: Ref; val: Ref; test: Ref };
  let network: Ref;

  beforeAll(async () => {
    bench = new Bench(await openEngine("onnx", { device: "cpu", threads: 1 }));
    data = await bench.data("digits-few", model.size);
    const scheme = { id: "kaiming", version: 1, params: {} };
    const manifest = traceModel(model).tensors.map(({ name, shape }) => {
      const drawn = { seed: 7, purpose: "random", repeat: 1, about: [name] } as const;
      return { tensor: name, shape, origin: { from: "random" as const, scheme, stream: drawn } };
    });
    network = { manifest: await bench.one("init", { model, manifest }), output: "state" };
  });

  const node = (op: "probe.fid" | "probe.kid", p: Ref, q: Ref, images = 2048) =>
    bench.plan(op, { model, normalize, stream, images, mean: 0.5, std: 0.5 }, { network, p, q });
  const value = (manifest: Manifest | undefined) => rowsOf(manifest as Manifest)[0]?.value ?? Number.NaN;
  const warnings = (manifest: Manifest | undefined) =>
    (manifest?.value as unknown as { warnings: string[] } | undefined)?.warnings;

  async function embeddings(ref: Ref): Promise<Tensor> {
    const images = await loadImages(ref.manifest, bench.blobs);
    const rows = new EmbeddingRows(images.info.images);
    const all = new Set(Array.from({ length: images.info.images }, (_, i) => i));
    await runPass({
      engine: bench.engine,
      state: await bench.state(network),
      source: { images, model, task: "multiclass", normalization: normalizationOf(normalize, images.info) },
      readers: [embeddingReader(all, rows)],
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    return rows.features;
  }

  it("are the library's on the network's embeddings", async () => {
    const [far, near] = await bench.run(
      node("probe.fid", data.train, data.test),
      node("probe.kid", data.train, data.test),
    );
    const [p, q] = [await embeddings(data.train), await embeddings(data.test)];
    expect(Math.abs(value(far) / fid(p, q) - 1)).toBeLessThan(1e-6);
    expect(value(near)).toBe(kid(p, q));
    expect(warnings(far)).toEqual([]);
  });

  it("are nothing between a set and itself, and the same both ways", async () => {
    const [same, there, back] = await bench.run(
      node("probe.fid", data.test, data.test),
      node("probe.fid", data.train, data.test),
      node("probe.fid", data.test, data.train),
    );
    expect(value(same)).toBeLessThan(1e-9);
    expect(Math.abs(value(there) - value(back))).toBeLessThan(1e-9);
    expect(value(there)).toBeGreaterThan(1e-4);
  });

  it("say where there are too few images for a covariance, and where the network is dead", async () => {
    const [few] = await bench.run(node("probe.fid", data.train, data.test, 5));
    expect(warnings(few)).toEqual([
      "5 images for 8 features: a covariance has not full rank and the distance is biased upward; kid is not",
    ]);
    const manifest = traceModel(model).tensors.map(({ name, shape }) => ({
      tensor: name,
      shape,
      origin: { from: "constant" as const, value: 0 },
    }));
    const dead = { manifest: await bench.one("init", { model, manifest }), output: "state" };
    const plan = (op: "probe.fid" | "probe.kid") =>
      bench.plan(
        op,
        { model, normalize, stream, images: 50, mean: 0.5, std: 0.5 },
        { network: dead, p: data.train, q: data.test },
      );
    for (const each of await bench.run(plan("probe.fid"), plan("probe.kid"))) {
      expect(Math.abs(value(each))).toBeLessThan(1e-12);
      expect(warnings(each)?.join()).toContain("gives all images of both sets the same features");
    }
  });
});
