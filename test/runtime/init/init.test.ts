import { describe, expect, it } from "vitest";
import { entries } from "../../../src/catalog/index.js";
import type { Choice } from "../../../src/catalog/types.js";
import type { ManifestEntry, StreamSpec, TensorOrigin } from "../../../src/compiler/plan/types.js";
import { traceModel } from "../../../src/models/trace.js";
import type { TensorData } from "../../../src/program/types.js";
import { SAMPLERS, sampleTensor } from "../../../src/runtime/init/sample.js";
import { adaptChannels, buildState, StateError } from "../../../src/runtime/init/state.js";
import { Stream } from "../../../src/runtime/random/stream.js";

const spec = {
  family: "resnet",
  version: 1,
  params: { blocks: [1, 1], widths: [4, 8], stem: "small" },
  classes: 3,
  channels: 1,
  size: 8,
};
const info = traceModel(spec);
const stream = (name: string, repeat = 1): StreamSpec => ({ seed: 1, purpose: "sample", repeat, about: [name] });
const manifest = (origin: (name: string) => TensorOrigin): ManifestEntry[] =>
  info.tensors.map(({ name, shape }) => ({ tensor: name, shape, origin: origin(name) }));
const family = { id: "family", version: 1, params: {} };
const random = (name: string): TensorOrigin => ({ from: "random", scheme: family, stream: stream(name) });
const source = buildState(manifest(random), info, []);
const values = (tensor: TensorData | undefined) => [...(tensor?.data ?? [])];
const moments = (data: readonly number[]) => {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  return { mean, std: Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length) };
};

describe("states from manifests", () => {
  it("copy every tensor of a state, bit for bit", () => {
    const copy = buildState(
      manifest(() => ({ from: "state", state: 0 })),
      info,
      [source],
    );
    expect(copy).toEqual(source);
  });

  it("draw every tensor with the family's spread, the same each time", () => {
    expect(buildState(manifest(random), info, [])).toEqual(source);
    for (const tensor of info.tensors) {
      const { mean, std } = moments(values(source.get(tensor.name)));
      if (tensor.init.kind === "constant") expect(std).toBe(0);
      if (tensor.init.kind === "kaiming-normal" && tensor.shape.length === 4) {
        const [out = 0, into = 0, h = 0, w = 0] = tensor.shape;
        const expected = Math.sqrt(2 / ((tensor.init.fan === "in" ? into : out) * h * w));
        const n = out * into * h * w;
        expect(Math.abs(mean)).toBeLessThan((5 * expected) / Math.sqrt(n));
        expect(Math.abs(std / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * n));
      }
    }
    expect(source.get("bn1.num_batches_tracked")?.data).toBeInstanceOf(Int32Array);
  });

  it("draw He's normal for convolutions and linear layers alone", () => {
    const kaiming = { id: "kaiming", version: 1, params: {} };
    const wide = traceModel({ ...spec, params: { ...spec.params, widths: [32, 32] } });
    const entries = wide.tensors.map(({ name, shape }) => ({
      tensor: name,
      shape,
      origin: { from: "random", scheme: kaiming, stream: stream(name) } as const,
    }));
    const state = buildState(entries, wide, []);
    const { std } = moments(values(state.get("layer1.0.conv1.weight")));
    expect(Math.abs(std / Math.sqrt(2 / (32 * 9)) - 1)).toBeLessThan(0.04);
    expect(new Set(values(state.get("bn1.weight")))).toEqual(new Set([1]));
  });

  it("draw Gabor filters as far apart as He's, alike in all channels, each a wave under a window", () => {
    const gabor = { id: "gabor", version: 1, params: {} };
    const wide = traceModel({ ...spec, params: { widths: [24, 8], kernel: 11 }, family: "cbr", channels: 3, size: 32 });
    const entry = { tensor: "conv1.weight", shape: [24, 3, 11, 11] };
    const draw = (repeat: number) => {
      const origin = { from: "random", scheme: gabor, stream: stream("conv1.weight", repeat) } as const;
      return values(buildState([{ ...entry, origin }], wide, []).get("conv1.weight"));
    };
    const filters = draw(1);
    expect(draw(1)).toEqual(filters);
    expect(draw(2)).not.toEqual(filters);
    const of = (o: number, c: number) => filters.slice((o * 3 + c) * 121, (o * 3 + c + 1) * 121);
    for (let o = 0; o < 24; o++) {
      expect(of(o, 1)).toEqual(of(o, 0));
      const filter = of(o, 2);
      expect(filter.reduce((sum, w) => sum + w * w, 0) / 121 / (2 / (3 * 121))).toBeCloseTo(1, 5);
      // the even part of a wave is even, the odd part odd: |g(x)|² + |g(−x)|² falls from the middle out, but for ripples
      const ring = (from: number, to: number) => {
        const inside = filter.filter((_, i) => {
          const far = Math.hypot((i % 11) - 5, Math.floor(i / 11) - 5);
          return far >= from && far < to;
        });
        return inside.reduce((sum, w) => sum + w * w, 0) / inside.length;
      };
      expect(ring(0, 3)).toBeGreaterThan(ring(4, 8));
    }
  });

  it("say which tensor a source lacks or has in another shape", () => {
    const without = new Map(source);
    without.delete("conv1.weight");
    const copy = manifest(() => ({ from: "state", state: 0 }));
    expect(() => buildState(copy, info, [without])).toThrow(/source has no tensor conv1\.weight/);
    const misshapen = new Map(source).set("conv1.weight", { shape: [2], data: new Float32Array(2) });
    expect(() => buildState(copy, info, [misshapen])).toThrow(
      /conv1\.weight is \[2\] in its source; the model needs \[4, 1/,
    );
    expect(() => buildState(copy, info, [misshapen])).toThrow(StateError);
  });

  it("adapt a first convolution's channels: repeat, then the first n", () => {
    const rgb = { shape: [1, 3, 1, 1], data: new Float32Array([1, 2, 3]) };
    expect(values(adaptChannels("conv1.weight", rgb, 1))).toEqual([1]);
    expect(values(adaptChannels("conv1.weight", rgb, 5))).toEqual([1, 2, 3, 1, 2]);
  });
});

describe("samplers", () => {
  const tensor: TensorData = {
    shape: [200, 50],
    data: Float32Array.from({ length: 10_000 }, (_, i) => 3 + Math.sin(i) ** 3),
  };
  const own = moments(values(tensor));
  const of = (id: string, params: Choice["params"] = {}): Choice => ({ id, version: 1, params });

  it("are the catalogue's", () => {
    expect(Object.keys(SAMPLERS).sort()).toEqual(
      entries("sampler")
        .map(({ id }) => id)
        .sort(),
    );
  });
  it("gaussian keeps mean and standard deviation, and nothing else", () => {
    const drawn = sampleTensor(of("gaussian"), tensor, new Stream(stream("w")));
    const { mean, std } = moments(values(drawn));
    expect(Math.abs(mean - own.mean)).toBeLessThan(0.02);
    expect(Math.abs(std / own.std - 1)).toBeLessThan(0.02);
    expect(Math.max(...values(drawn))).toBeGreaterThan(4);
  });
  it("shuffle keeps the values, bootstrap draws from them", () => {
    const shuffled = sampleTensor(of("shuffle"), tensor, new Stream(stream("w")));
    expect(shuffled.data).not.toEqual(tensor.data);
    expect(values(shuffled).sort()).toEqual(values(tensor).sort());
    const drawn = new Set(values(sampleTensor(of("bootstrap"), tensor, new Stream(stream("w")))));
    const known = new Set(values(tensor));
    expect([...drawn].every((value) => known.has(value))).toBe(true);
    expect(drawn.size / known.size).toBeCloseTo(1 - Math.exp(-1), 1.5);
  });
  it("differ by repeat and copy a constant tensor", () => {
    const first = sampleTensor(of("gaussian"), tensor, new Stream(stream("w", 1)));
    expect(sampleTensor(of("gaussian"), tensor, new Stream(stream("w", 2)))).not.toEqual(first);
    const constant = { shape: [3], data: new Float32Array([0.1, 0.1, 0.1]) };
    for (const id of ["gaussian", "shuffle", "bootstrap"])
      expect(sampleTensor(of(id), constant, new Stream(stream("w")))).toEqual(constant);
  });
  it("fixed has the moments it is given, whatever the source's", () => {
    const drawn = sampleTensor(of("fixed", { mean: -1, std: 0.5 }), tensor, new Stream(stream("w")));
    const { mean, std } = moments(values(drawn));
    expect(Math.abs(mean + 1)).toBeLessThan(0.025);
    expect(Math.abs(std / 0.5 - 1)).toBeLessThan(0.03);
    const zeros = { shape: tensor.shape, data: new Float32Array(10_000) };
    expect(sampleTensor(of("fixed", { mean: -1, std: 0.5 }), zeros, new Stream(stream("w")))).toEqual(drawn);
  });
});
