import { describe, expect, it } from "vitest";
import {
  DROP_RATES,
  dropout,
  dropPath,
  dropPathRates,
  dropRate,
  dropsAnything,
} from "../../src/models/blocks/dropout.js";
import { familyOf } from "../../src/models/families.js";
import { buildEvaluate, buildStep } from "../../src/models/programs.js";
import type { ModelSpec } from "../../src/models/types.js";
import { gradients } from "../../src/program/autodiff.js";
import { Builder } from "../../src/program/builder.js";
import { mix, nameSalt } from "../../src/program/hash.js";
import { interpret, type Tensor, widen } from "../../src/program/interpreter/index.js";
import { simplify } from "../../src/program/passes/index.js";
import type { Program, TensorData } from "../../src/program/types.js";
import { openReferenceEngine } from "../../src/runtime/engine/reference/index.js";
import { expectDropping } from "../support/dropping.js";
import { droppingGoldens, goldenState } from "../support/goldens.js";
import { uniform } from "../support/numbers.js";

const tokens: ModelSpec = {
  family: "vit",
  version: 1,
  params: { dim: 8, depth: 2, heads: 2, patch: 4, mlp_ratio: 2 },
  classes: 3,
  channels: 1,
  size: 8,
};
const maps: ModelSpec = {
  family: "resnet",
  version: 1,
  params: { blocks: [1, 2], widths: [4, 6], stem: "small" },
  classes: 3,
  channels: 1,
  size: 6,
};
const RATES = { drop_rate: 0.2, proj_drop_rate: 0.15, attn_drop_rate: 0.25, drop_path_rate: 0.3 };
const withRates = (spec: ModelSpec, rates: { readonly [name: string]: number }): ModelSpec => ({
  ...spec,
  params: { ...spec.params, ...rates },
});

const keysOf = (images: number, first = 1): TensorData => ({
  shape: [images, 2],
  data: Int32Array.from({ length: 2 * images }, (_, i) => mix(2 * first + i)),
});

/** Fetches of a program built by `write` on the feed `draws`. */
function run(images: number, write: (b: Builder) => void): ReadonlyMap<string, Tensor> {
  const b = new Builder("drop");
  b.feed("draws", [images, 2], "i32");
  write(b);
  return interpret(b.build(), new Map(), new Map([["draws", widen(keysOf(images))]])).fetches;
}
const dataOf = (fetches: ReadonlyMap<string, Tensor>, name: string): number[] => [...(fetches.get(name)?.data ?? [])];

describe("dropout", () => {
  const [images, width] = [64, 512];
  const count = images * width;

  it.each([0.1, 0.5, 0.9])("at rate %f keeps the mean, and zeroes that share", (rate) => {
    const fetches = run(images, (b) => {
      const ones = b.filled(1, [images, width]);
      b.fetch("y", dropout(b, ones, rate, { name: "here", images, mode: "train" }));
    });
    const y = dataOf(fetches, "y");
    const kept = Math.fround(1 / (1 - rate));
    expect(y.every((value) => value === 0 || value === kept)).toBe(true);
    const zeros = y.filter((value) => value === 0).length;
    const deviation = Math.sqrt(count * rate * (1 - rate));
    expect(Math.abs(zeros - count * rate)).toBeLessThan(4 * deviation);
    const mean = y.reduce((sum, value) => sum + value, 0) / count;
    // the variance of a kept-or-zeroed one is rate / (1 − rate)
    expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(rate / (1 - rate) / count));
    const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    expect(Math.abs(variance / (rate / (1 - rate)) - 1)).toBeLessThan(0.05);
  });

  it("of a path takes an image's whole branch or leaves it", () => {
    const rate = 0.3;
    const fetches = run(2048, (b) => {
      const ones = b.filled(1, [2048, 2, 3]);
      b.fetch("y", dropPath(b, ones, rate, { name: "here", images: 2048, mode: "train" }));
    });
    const y = dataOf(fetches, "y");
    let dropped = 0;
    for (let n = 0; n < 2048; n++) {
      const own = new Set(y.slice(6 * n, 6 * n + 6));
      expect(own.size).toBe(1);
      if (own.has(0)) dropped++;
      else expect(own).toEqual(new Set([Math.fround(1 / (1 - rate))]));
    }
    expect(Math.abs(dropped - 2048 * rate)).toBeLessThan(4 * Math.sqrt(2048 * rate * (1 - rate)));
  });

  it("draws by name: two places differ, one place is the same at every rate and in every program", () => {
    const fetches = run(32, (b) => {
      const ones = b.filled(1, [32, 64]);
      const at = (name: string, rate: number) => dropout(b, ones, rate, { name, images: 32, mode: "train" });
      b.fetch("some", at("one", 0.2));
      b.fetch("more", at("one", 0.6));
      b.fetch("other", at("two", 0.2));
      b.scope("one", () => b.fetch("inner", at("one", 0.2)));
    });
    const zeroed = (name: string) => new Set(dataOf(fetches, name).flatMap((value, i) => (value === 0 ? [i] : [])));
    expect(zeroed("some")).not.toEqual(zeroed("other"));
    expect(zeroed("some")).not.toEqual(zeroed("inner"));
    expect([...zeroed("some")].filter((i) => !zeroed("more").has(i))).toEqual([]);
  });

  it("writes nothing at rate 0, and nothing in evaluation", () => {
    const b = new Builder("nothing");
    const x = b.feed("x", [2, 4]);
    expect(dropout(b, x, 0, { name: "d", images: 2, mode: "train" })).toBe(x);
    expect(dropPath(b, x, 0.5, { name: "d", images: 2, mode: "evaluate" })).toBe(x);
    expect(b.operations).toEqual([]);
    expect(() => dropout(b, x, 0.5, { name: "d", images: 2, mode: "train" })).toThrow(/no `draws` for 2 images/);
  });

  it("has no two places of a deep model with one salt", () => {
    const sites = ["attn.attn_drop", "attn.proj_drop", "mlp.drop1", "mlp.drop2", "drop_path1", "drop_path2"];
    const named = Array.from({ length: 200 }, (_, i) => sites.map((site) => `blocks.${i}.${site}`)).flat();
    const stages = Array.from({ length: 8 }, (_, s) =>
      Array.from({ length: 200 }, (_, i) => `layer${s}.${i}.drop_path`),
    );
    const swin = Array.from({ length: 4 }, (_, s) => named.slice(0, 300).map((name) => `layers.${s}.${name}`));
    const all = [...named, ...stages.flat(), ...swin.flat(), "head_drop", "pos_drop"];
    expect(new Set(all.map(nameSalt)).size).toBe(all.length);
  });
});

describe("rates", () => {
  it("rise evenly over depth, as timm's do", () => {
    // timm.layers.calculate_drop_path_rates(0.3, 4)
    expect(dropPathRates(0.3, 4).map((rate) => Number(rate.toFixed(7)))).toEqual([0, 0.1, 0.2, 0.3]);
    expect(dropPathRates(0.3, 1)).toEqual([0]);
  });

  it("out of range are an error that names them", () => {
    for (const rate of [1, -0.1, Number.NaN, "much"]) {
      const spec = { ...maps, params: { ...maps.params, drop_rate: rate } };
      expect(() => dropRate(spec, "drop_rate")).toThrow(/`drop_rate` must be from 0 to below 1/);
    }
  });
});

const adam = { id: "adam", version: 1, params: {} };
const step = (model: ModelSpec, batch = 3): Program =>
  buildStep({ model, batch, task: "multiclass", optimizer: adam, clipNorm: null });

describe("a model", () => {
  it.each([tokens, maps])("of rate 0 has the programs of one without rates ($family)", (spec) => {
    const zero = withRates(spec, Object.fromEntries(DROP_RATES.map((name) => [name, 0])));
    expect(dropsAnything(zero)).toBe(false);
    expect(step(zero)).toEqual(step(spec));
    expect(step(spec).feeds.map(({ name }) => name)).not.toContain("draws");
  });

  it.each([tokens, maps])("evaluates as one without rates ($family)", (spec) => {
    expect(buildEvaluate(withRates(spec, RATES), 2)).toEqual(buildEvaluate(spec, 2));
  });

  it.each([tokens, maps])("takes draws where a rate is above 0, even if nothing is left to drop ($family)", (spec) => {
    for (const name of DROP_RATES) {
      const program = step(withRates(spec, { [name]: 0.1 }));
      expect(program.feeds.map((feed) => feed.name)).toContain("draws");
    }
  });

  it("drops the same of an image whatever the batch around it", () => {
    const spec = withRates(tokens, RATES);
    const images = uniform("images", [5, 1, 8, 8], -1, 1);
    const keys = keysOf(5);
    const all = trainingOutputs(spec, images, keys).logits;
    const { shape, data } = trainingOutputs(spec, pickRows(images, [3, 1]), pickRows(keys, [3, 1])).logits;
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([...all.data.slice(9, 12), ...all.data.slice(3, 6)]);
  });

  it("reads from the class token's part of the last block what the whole block would give it", () => {
    const spec = withRates(tokens, RATES);
    const { pooled, last } = trainingOutputs(spec, uniform("images", [4, 1, 8, 8], -1, 1), keysOf(4));
    const state = goldenState(spec);
    const [scale, shift] = ["norm.weight", "norm.bias"].map((name) => state.get(name)?.data ?? []);
    for (let n = 0; n < 4; n++) {
      // the tap of the last block holds all its tokens; the class token comes first
      const row = [...last.data.slice(n * 5 * 8, n * 5 * 8 + 8)];
      const mean = row.reduce((sum, x) => sum + x, 0) / 8;
      const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 8;
      row.forEach((x, i) => {
        const normed = ((x - mean) / Math.sqrt(variance + 1e-6)) * (scale?.[i] ?? 0) + (shift?.[i] ?? 0);
        expect(pooled.data[n * 8 + i]).toBeCloseTo(normed, 10);
      });
    }
  });

  it.each([withRates(tokens, RATES), withRates(maps, { drop_rate: 0.2, drop_path_rate: 0.5 })])(
    "has the gradient of what it computes under fixed draws ($family)",
    (spec) => expectGradient(spec),
  );
});

/** Logits, pooled features and the last block's tap, in training mode, from the interpreter. */
function trainingOutputs(spec: ModelSpec, images: TensorData, keys: TensorData) {
  const b = new Builder("outputs");
  const x = b.feed("x", images.shape);
  b.feed("draws", keys.shape, "i32");
  const outputs = familyOf(spec).build(b, x, spec, "train");
  const last = outputs.taps.get("blocks.1");
  b.fetch("logits", outputs.logits);
  b.fetch("pooled", outputs.pooled);
  if (last !== undefined) b.fetch("last", last);
  const state = new Map([...goldenState(spec)].map(([name, data]) => [name, widen(data)]));
  const feeds = new Map(Object.entries({ x: widen(images), draws: widen(keys) }));
  const { fetches } = interpret(simplify(b.build()), state, feeds);
  const tensor = (name: string): Tensor => fetches.get(name) ?? { shape: [], data: new Float64Array() };
  return { logits: tensor("logits"), pooled: tensor("pooled"), last: tensor("last") };
}

function pickRows({ shape, data }: TensorData, rows: readonly number[]): TensorData {
  const width = data.length / (shape[0] ?? 1);
  const picked = rows.flatMap((row) => [...data.slice(row * width, (row + 1) * width)]);
  return {
    shape: [rows.length, ...shape.slice(1)],
    data: data instanceof Int32Array ? Int32Array.from(picked) : Float32Array.from(picked),
  };
}

function expectGradient(spec: ModelSpec): void {
  const b = new Builder("gradient");
  const images = uniform("images", [3, spec.channels, spec.size, spec.size], -1, 1);
  b.feed("draws", [3, 2], "i32");
  const { logits } = familyOf(spec).build(b, b.feed("x", images.shape), spec, "train");
  const weights = uniform("cotangent", logits.shape, -1, 1);
  const objective = b.sum(b.mul(logits, b.constant(Float32Array.from(weights.data), logits.shape)));
  const trained = b.tensors.filter(({ trainable }) => trainable).map(({ name }) => name);
  const values = trained.flatMap((name) => b.stateValue(name) ?? []);
  gradients(b, objective, values).forEach((gradient, i) => {
    b.fetch(trained[i] ?? "", gradient);
  });
  b.fetch("objective", objective);
  const program = simplify(b.build());
  const feeds = new Map(Object.entries({ x: widen(images), draws: widen(keysOf(3)) }));
  const fresh = () => new Map([...goldenState(spec)].map(([name, data]) => [name, widen(data)]));
  const { fetches } = interpret(program, fresh(), feeds);
  const at = (name: string, element: number, shift: number): number => {
    const state = fresh();
    const tensor = state.get(name);
    if (tensor !== undefined) tensor.data[element] = (tensor.data[element] ?? 0) + shift;
    return interpret(program, state, feeds).fetches.get("objective")?.data[0] ?? Number.NaN;
  };
  for (const name of trained) {
    const gradient = fetches.get(name)?.data ?? new Float64Array();
    for (const element of new Set([0, gradient.length >> 1, gradient.length - 1])) {
      const difference = (at(name, element, 1e-5) - at(name, element, -1e-5)) / 2e-5;
      const given = gradient[element] ?? Number.NaN;
      expect(Math.abs(given - difference), `${name}[${element}]`).toBeLessThan(1e-6 * Math.max(1, Math.abs(given)));
    }
  }
}

describe("training with dropout and stochastic depth", () => {
  it.each(droppingGoldens.map((golden) => [golden.name, golden] as const))(
    "follows timm's under the same draws: %s",
    (_, golden) => expectDropping(openReferenceEngine(), golden, 1e-5),
  );
});
