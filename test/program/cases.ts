/**
 * Every op of the IR as a table: inputs, attributes, PyTorch's value and gradients. Each engine runs all of it.
 * The cases are golden/ops.cases.json; test/goldens/ops.py computed golden/ops.golden.json from them.
 */

import { gradients } from "../../src/program/autodiff.js";
import { Builder } from "../../src/program/builder.js";
import { isHalf } from "../../src/program/half.js";
import type { HalfType, OpAttributes, OpKind, Program, TensorData } from "../../src/program/types.js";
import {
  asArray,
  asNumber,
  asNumbers,
  asObject,
  asString,
  type Json,
  type JsonObject,
  readJson,
} from "../support/json.js";
import { below, uniform } from "../support/numbers.js";

export interface OpCase {
  readonly name: string;
  readonly kind: OpKind;
  /** Feeds `input0` …, and `cotangent` where gradients are taken. Fetches `output0` … and `gradientI` of input I. */
  readonly program: Program;
  readonly feeds: { readonly [feed: string]: TensorData };
  /** What each fetch must give. */
  readonly expected: ReadonlyMap<string, TensorData>;
  /** Inputs whose gradient of Σ output0 · cotangent is fetched. */
  readonly gradients: readonly number[];
}

const floats = (shape: readonly number[], values: readonly number[]): TensorData => ({
  shape,
  data: Float32Array.from(values),
});

function inputData(spec: JsonObject, stored: Json | undefined, name: string): TensorData {
  if (stored !== undefined) return stored32(stored);
  const shape = asNumbers(spec.shape);
  if (spec.values !== undefined) return floats(shape, asNumbers(spec.values));
  if (spec.integers !== undefined) return { shape, data: Int32Array.from(asNumbers(spec.integers)) };
  if (spec.below !== undefined) return below(name, shape, asNumber(spec.below));
  const [low = 0, high = 1] = asNumbers(spec.range);
  return uniform(name, shape, low, high);
}

function stored32(value: Json | undefined): TensorData {
  const { shape, data } = asObject(value);
  return floats(asNumbers(shape), asNumbers(data));
}

function buildCase(spec: JsonObject, golden: JsonObject): OpCase {
  const name = asString(spec.name);
  const kind = asString(spec.kind) as Exclude<OpKind, "constant">;
  const inputs = asArray(spec.inputs).map((input, index) =>
    inputData(asObject(input), asObject(golden.inputs ?? {})[index], `${name} input ${index}`),
  );
  const b = new Builder(name);
  const types = asArray(spec.inputs).map((input) => asObject(input).type);
  const values = inputs.map(({ shape, data }, index) => {
    const fed = b.feed(`input${index}`, shape, data instanceof Int32Array ? "i32" : "f32");
    const type = types[index];
    return type === undefined ? fed : b.cast(fed, asString(type) as HalfType);
  });
  const feeds: { [feed: string]: TensorData } = Object.fromEntries(inputs.map((data, i) => [`input${i}`, data]));
  const outputs = b.op(kind, asObject(spec.attributes) as unknown as OpAttributes[typeof kind], values);
  const expected = new Map<string, TensorData>();
  outputs.forEach((output, index) => {
    b.fetch(`output${index}`, isHalf(output.dtype) ? b.cast(output, "f32") : output);
    const value = stored32(asArray(golden.outputs)[index]);
    expected.set(`output${index}`, output.dtype === "i32" ? { ...value, data: Int32Array.from(value.data) } : value);
  });
  const differentiated = asNumbers(spec.gradients);
  const [output] = outputs;
  if (differentiated.length > 0 && output !== undefined) {
    const cotangent = b.feed("cotangent", output.shape);
    feeds.cotangent = uniform(`${name} cotangent`, output.shape, -1, 1);
    const loss = b.sum(b.mul(output, cotangent));
    const sources = differentiated.flatMap((index) => values[index] ?? []);
    gradients(b, loss, sources).forEach((gradient, position) => {
      const index = differentiated[position] ?? 0;
      b.fetch(`gradient${index}`, gradient);
      expected.set(`gradient${index}`, stored32(asObject(golden.gradients)[index]));
    });
  }
  return { name, kind, program: b.build(), feeds, expected, gradients: differentiated };
}

const goldens = asObject(readJson("program/golden/ops.golden.json"));

export const opCases: readonly OpCase[] = asArray(readJson("program/golden/ops.cases.json")).map((spec) => {
  const object = asObject(spec);
  return buildCase(object, asObject(goldens[asString(object.name)]));
});
