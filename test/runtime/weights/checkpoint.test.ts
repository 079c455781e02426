/** What torch and safetensors wrote (test/goldens/checkpoints.py) is read as they read it. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TensorData } from "../../../src/program/types.js";
import { openCheckpoint } from "../../../src/runtime/weights/checkpoint.js";
import { CheckpointError } from "../../../src/runtime/weights/errors.js";
import { loadWeights } from "../../../src/runtime/weights/load.js";
import { asObject, asString, readJson } from "../../support/json.js";

const GOLDEN = join(import.meta.dirname, "golden");
const expected = asObject(readJson("runtime", "weights", "golden", "checkpoints.golden.json"));

async function contents(file: string): Promise<ReadonlyMap<string, TensorData>> {
  const checkpoint = await openCheckpoint(join(GOLDEN, file));
  try {
    return await checkpoint.read([...checkpoint.tensors.keys()]);
  } finally {
    await checkpoint.close();
  }
}

function expectGolden(found: ReadonlyMap<string, TensorData>, name: string, tensors?: readonly string[]): void {
  const golden = asObject(expected[name]);
  expect([...found.keys()].sort()).toEqual((tensors ?? Object.keys(golden)).toSorted());
  for (const [tensor, { shape, data }] of found) {
    const wanted = asObject(golden[tensor]);
    expect(shape, tensor).toEqual(wanted.shape);
    const isFloat = asString(wanted.dtype).includes("float");
    expect(data, tensor).toBeInstanceOf(isFloat ? Float32Array : Int32Array);
    const numbers = Array.isArray(wanted.data) ? wanted.data.map(Number) : [];
    expect(Array.from(data), tensor).toEqual(isFloat ? Array.from(Float32Array.from(numbers)) : numbers);
  }
}

describe("every dtype and every view", () => {
  it.each(["kinds.pth", "kinds.legacy.pth", "kinds.protocol5.pth", "kinds.safetensors"])(
    "is read from %s",
    async (file) => expectGolden(await contents(file), "kinds"),
  );

  it("keeps a zero's sign, and the file's own types and shapes", async () => {
    const checkpoint = await openCheckpoint(join(GOLDEN, "kinds.pth"));
    expect(checkpoint.tensors.get("bf16")).toEqual({ dtype: "BF16", shape: [6] });
    expect(checkpoint.tensors.get("columns")).toEqual({ dtype: "F32", shape: [3, 3] });
    const { data } = (await checkpoint.read(["f16"])).get("f16") ?? {};
    expect(Object.is(data?.[1], -0)).toBe(true);
    await checkpoint.close();
  });

  it("keeps what safetensors says beside the tensors", async () => {
    const checkpoint = await openCheckpoint(join(GOLDEN, "kinds.safetensors"));
    expect([...checkpoint.metadata].sort()).toEqual([
      ["format", "pt"],
      ["note", "kept"],
    ]);
    await checkpoint.close();
  });

  it("is read from several files and their index", async () => {
    expectGolden(await contents("model.safetensors.index.json"), "kinds", ["f32", "i64", "matrix", "f16"]);
  });

  it("is noted where it is rounded", async () => {
    const { notes } = await loadWeights(join(GOLDEN, "kinds.pth"));
    expect(notes).toContain("1 of 20 tensors are F64: rounded to 32 bits");
    expect(notes).toContain("2 of 20 tensors are F16: widened to 32 bits exactly");
  });
});

describe("what a training script saved", () => {
  it.each(["training.pth", "training.legacy.pth"])(
    "gives its state dict, names without their prefix (%s)",
    async (file) => {
      const { tensors, notes } = await loadWeights(join(GOLDEN, file));
      expectGolden(tensors, "training");
      expect(notes).toEqual(["taken from its `state_dict`", "read without the `module.` before every name"]);
    },
  );

  it("gives a state dict that lies deeper", async () => {
    const { tensors, notes } = await loadWeights(join(GOLDEN, "nested.pth"));
    expectGolden(tensors, "small");
    expect(notes).toEqual(["taken from its `model.state_dict`"]);
  });

  it.each([
    [
      "several.pth",
      /holds more than one set of tensors: `model` \(2 tensors\), `model_ema` \(2 tensors\)/,
      /^say in `weights\(…\)` which is meant: `key: "model"` or `key: "model_ema"`$/,
    ],
    ["none.pth", /holds no tensors under names; it has epoch, lr/, /./],
    ["list.pth", /holds a list, not a dict of tensors/, /state_dict/],
    ["module.pth", /holds torch\.nn\.modules\.linear\.Linear, which a state dict has no need of/, /state_dict/],
    ["plain.pkl", /is a pickle, but none that torch\.save writes/, /safetensors/],
  ])("%s is refused with what to do", async (file, problem, hint) => {
    const error = await loadWeights(join(GOLDEN, file)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error instanceof CheckpointError ? error.message : "").toMatch(problem);
    expect(error instanceof CheckpointError ? error.hint : "").toMatch(hint);
  });
});
