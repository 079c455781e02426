/** What the precision pass rewrites and what it leaves, and loss scaling against torch.amp.GradScaler. */

import { describe, expect, it } from "vitest";
import { gradients } from "../../src/program/autodiff.js";
import { Builder } from "../../src/program/builder.js";
import { isHalf } from "../../src/program/half.js";
import { interpret, type Tensor, widen } from "../../src/program/interpreter/index.js";
import { simplify } from "../../src/program/passes/index.js";
import { lowerPrecision } from "../../src/program/passes/precision.js";
import { LossScaling, precisionOf, precisionState } from "../../src/program/training/precision.js";
import type { Operation, Program, Value } from "../../src/program/types.js";
import { asArray, asNumber, asNumbers, asObject, readJson } from "../support/json.js";
import { uniform } from "../support/numbers.js";

const isProduct = ({ kind }: Operation): boolean =>
  kind === "matmul" || kind === "conv2d" || kind === "conv2dInputGrad" || kind === "conv2dFilterGrad";
const casts = (program: Program) => program.operations.filter(({ kind }) => kind === "cast");
const types = (values: readonly Value[]) => values.map(({ dtype }) => dtype);

/** Two layers with biases and a GELU between them, a norm before and a sum of squares after, and their gradients. */
function network(): Program {
  const b = new Builder("network");
  const x = b.feed("x", [6, 8]);
  const tensor = (name: string, shape: readonly number[]) => b.state(name, shape);
  const [w1, b1] = [tensor("w1", [12, 8]), tensor("b1", [12])];
  const [w2, b2] = [tensor("w2", [5, 12]), tensor("b2", [5])];
  const [scale, shift] = [tensor("scale", [8]), tensor("shift", [8])];
  const normed = b.layerNorm(x, scale, shift, 1e-6);
  const hidden = b.gelu(b.add(b.matmul(normed, w1, { transposeB: true }), b1));
  const y = b.add(b.matmul(hidden, w2, { transposeB: true }), b2);
  const loss = b.mean(b.square(y));
  const parameters = [w1, b1, w2, b2, scale, shift];
  const names = ["w1", "b1", "w2", "b2", "scale", "shift"];
  gradients(b, loss, parameters).forEach((gradient, i) => {
    b.fetch(`d${names[i]}`, gradient);
  });
  b.fetch("loss", loss);
  return simplify(b.build());
}

const feeds = new Map([["x", widen(uniform("x", [6, 8], -1, 1))]]);
const state = (program: Program) =>
  new Map(program.state.map(({ name, value }) => [name, widen(uniform(name, value.shape, -0.7, 0.7))]));

describe.each(["bf16", "f16"] as const)("the pass to %s", (half) => {
  const before = network();
  const after = lowerPrecision(before, half);

  it("does every product in half, biases and GELU with them, all else in float32", () => {
    for (const operation of after.operations) {
      const { kind, inputs, outputs } = operation;
      if (kind === "cast" || kind === "constant") continue;
      const touched = [...types(inputs), ...types(outputs)];
      if (isProduct(operation) || kind === "gelu" || kind === "geluGrad") {
        expect(new Set(touched), kind).toEqual(new Set([half]));
      } else if (["layerNorm", "layerNormGrad", "sum", "mean", "square", "mul"].includes(kind)) {
        expect(touched.some(isHalfType), kind).toBe(false);
      }
    }
    const bias = after.operations.filter(({ kind }) => kind === "add");
    expect(bias.map(({ outputs }) => outputs[0]?.dtype)).toEqual([half, half]);
  });

  it("leaves the program's signature alone", () => {
    expect(after.feeds).toEqual(before.feeds);
    expect(after.state).toEqual(before.state);
    expect(after.fetches.map(({ name, value }) => [name, value.shape, value.dtype])).toEqual(
      before.fetches.map(({ name, value }) => [name, value.shape, value.dtype]),
    );
  });

  it("casts each value once, weights among them", () => {
    const sources = casts(after).map(({ inputs }) => inputs[0]?.id);
    expect(new Set(sources).size).toBe(sources.length);
    for (const name of ["w1", "w2", "b1", "b2"]) {
      const weight = after.state.find((entry) => entry.name === name)?.value;
      const readers = after.operations.filter(({ inputs }) => inputs.some(({ id }) => id === weight?.id));
      expect(
        readers.map(({ kind }) => kind),
        name,
      ).toEqual(["cast"]);
    }
    // the norm's output is read by the first product and by its weight's gradient
    const norm = after.operations.find(({ kind }) => kind === "layerNorm")?.outputs[0];
    expect(casts(after).filter(({ inputs }) => inputs[0]?.id === norm?.id)).toHaveLength(1);
  });

  it("changes numbers by about the type's precision, and not at all where products are exact", () => {
    const exact = interpret(before, state(before), feeds).fetches;
    const mixed = interpret(after, state(after), feeds).fetches;
    const unit = half === "bf16" ? 2 ** -8 : 2 ** -11;
    for (const [name, tensor] of exact) {
      const largest = tensor.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      const off = tensor.data.reduce((most, x, i) => Math.max(most, Math.abs(x - (mixed.get(name)?.data[i] ?? 0))), 0);
      expect(off, name).toBeLessThan(6 * unit * largest);
      expect(off, name).toBeGreaterThan(0);
    }
    const whole = (entries: ReadonlyMap<string, Tensor>) =>
      new Map(
        [...entries].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => Math.round(3 * x)) }]),
      );
    const linear = new Builder("linear");
    linear.fetch("y", linear.matmul(linear.feed("x", [6, 8]), linear.state("w1", [12, 8]), { transposeB: true }));
    const plain = linear.build();
    const given = [whole(state(plain)), whole(feeds)] as const;
    expect(interpret(lowerPrecision(plain, half), ...given).fetches).toEqual(interpret(plain, ...given).fetches);
  });
});

const isHalfType = (dtype: Value["dtype"]): boolean => isHalf(dtype);

describe("the pass", () => {
  it("leaves a program without products as it is", () => {
    const b = new Builder("plain");
    b.fetch("y", b.softmax(b.add(b.feed("x", [2, 3]), b.state("b", [3]))));
    const program = b.build();
    expect(lowerPrecision(program, "bf16")).toEqual(program);
  });

  it("keeps moves of half values half, and joins f32 ones by casting what they came from", () => {
    const b = new Builder("moves");
    const x = b.feed("x", [2, 3, 4]);
    const w = b.state("w", [4, 4]);
    const rows = b.reshape(x, [6, 4]);
    const heads = b.transpose(b.reshape(b.matmul(rows, w), [2, 3, 4]), [1, 0, 2]);
    b.fetch("y", b.matmul(b.sliceAxis(heads, 0, 0, 2), b.reshape(b.transpose(x, [0, 2, 1]), [2, 4, 3])));
    const program = lowerPrecision(b.build(), "f16");
    const kinds = program.operations.map(({ kind, outputs }) => `${kind} ${outputs[0]?.dtype}`);
    // one cast of x and one of w; the last gives y back in float32
    expect(kinds.filter((kind) => kind.startsWith("cast")).sort()).toEqual(["cast f16", "cast f16", "cast f32"]);
    expect(kinds.filter((kind) => !kind.startsWith("cast")).every((kind) => kind.endsWith("f16"))).toBe(true);
  });

  it("adds two half values, or a half value and no bias, in float32", () => {
    const b = new Builder("sums");
    const [x, w] = [b.feed("x", [2, 4]), b.state("w", [4, 4])];
    const y = b.matmul(x, w);
    b.fetch("residual", b.add(x, y));
    b.fetch("both", b.add(y, b.matmul(y, w)));
    const sums = lowerPrecision(b.build(), "bf16").operations.filter(({ kind }) => kind === "add");
    expect(sums.map(({ outputs }) => outputs[0]?.dtype)).toEqual(["f32", "f32"]);
  });
});

describe("half values", () => {
  it("stay inside a program", () => {
    const b = new Builder("inside");
    const half = b.cast(b.feed("x", [2]), "bf16");
    expect(() => b.fetch("y", half)).toThrow(/fetch `y`: bf16 stays inside; cast it to f32/);
    b.state("s", [2]);
    expect(() => b.update("s", half)).toThrow(/bf16\[2\] does not fit f32\[2\]/);
    expect(() => b.softmax(half)).toThrow(/takes f32 inputs only/);
    expect(() => b.mul(half, b.scalar(2))).toThrow(/differ in dtype/);
    expect(() => b.matmul(b.cast(b.feed("a", [2, 2]), "f16"), b.feed("b", [2, 2]))).toThrow(/one floating-point type/);
  });
});

const tables = asArray(readJson("program/golden/scaler.golden.json")).map((table) => {
  const { initial, interval, rows } = asObject(table);
  return [asNumber(initial), asNumber(interval), asArray(rows).map(asNumbers)] as const;
});

describe("loss scaling", () => {
  it.each(tables)("from %d, doubling every %d, moves as GradScaler does", (initial, interval, rows) => {
    const choice = { id: "fp16", version: 1, params: { initial_scale: initial, growth_interval: interval } };
    const precision = precisionOf(choice);
    const options = precision.kind === "mixed" ? precision.scaling : undefined;
    if (options === undefined) throw new Error("fp16 scales");
    const b = new Builder("scaling");
    const weight = b.state("w", [2]);
    b.update("w", b.add(weight, b.scalar(1)));
    const counter = b.state("n", [], "i32");
    b.update("n", b.add(counter, b.constant(Int32Array.of(1), [])));
    const scaling = new LossScaling(b, options);
    b.fetch("scaled", scaling.scaled(b.scalar(3)));
    scaling.finish(b.sumSquares([b.feed("gradient", [2])]));
    const program = simplify(b.build());
    const fresh = { w: { shape: [2], data: new Float32Array(2) }, n: { shape: [], data: new Int32Array(1) } };
    let current = new Map(
      [...Object.entries(fresh), ...precisionState(choice)].map(([name, data]) => [name, widen(data)]),
    );
    const at = (name: string) => current.get(name)?.data[0];
    let [taken, skipped] = [0, 0];
    for (const [index, [finite, scale, count]] of rows.entries()) {
      const bad = index % 2 === 0 ? Number.NaN : Number.NEGATIVE_INFINITY;
      const gradient = { shape: [2], data: Float64Array.of(1, finite === 1 ? 2 : bad) };
      const before = at("amp.loss_scale") ?? 0;
      const { updates, fetches } = interpret(program, current, new Map([["gradient", gradient]]));
      expect(fetches.get("scaled")?.data[0]).toBe(3 * before);
      current = new Map([...current, ...updates]);
      if (finite === 1) taken++;
      else skipped++;
      expect([at("amp.loss_scale"), at("amp.good_steps")], `step ${index + 1}`).toEqual([scale, count]);
      expect([at("w"), at("n"), at("amp.skipped")], `step ${index + 1}`).toEqual([taken, taken, skipped]);
      expect(fetches.get("skipped")?.data[0]).toBe(skipped);
    }
  });

  it("is there for fp16 alone", () => {
    for (const id of ["f32", "bf16"]) expect(precisionState({ id, version: 1, params: {} }).size).toBe(0);
    expect(precisionState(undefined).size).toBe(0);
    expect(() => precisionOf({ id: "fp8", version: 1, params: {} })).toThrow(/no precision `fp8`; there is f32, bf16/);
  });
});
