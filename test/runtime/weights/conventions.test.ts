/** Names of published checkpoints become timm's (test/goldens/conventions.py). */

import { describe, expect, it } from "vitest";
import { canonical } from "../../../src/runtime/weights/canonical.js";
import { CheckpointError } from "../../../src/runtime/weights/errors.js";
import type { Checkpoint } from "../../../src/runtime/weights/types.js";
import { asArray, asObject, asString, readJson } from "../../support/json.js";

const golden = asObject(readJson("runtime", "weights", "golden", "conventions.golden.json"));

function names(of: string, whose: "theirs" | "timm"): readonly string[] {
  return asArray(asObject(golden[of])[whose]).map(asString);
}

/** A file of these tensors, each a single number that tells which it is. */
function fileOf(tensors: readonly string[]): Checkpoint {
  return {
    file: "theirs.pth",
    tensors: new Map(tensors.map((name) => [name, { dtype: "F32", shape: [] }])),
    metadata: new Map(),
    notes: [],
    read: async (wanted) =>
      new Map(wanted.map((name) => [name, { shape: [], data: Float32Array.of(tensors.indexOf(name)) }])),
    close: async () => undefined,
  };
}

describe("published names", () => {
  it.each([
    ["resnet18 of torchvision", []],
    [
      "inception_v3 of torchvision",
      [/^Inception-v3 of torchvision: left out AuxLogits\.conv0\.conv\.weight, .+ and 9 more \(the second head/],
    ],
    [
      "swin as published",
      [
        /^Swin: left out layers\.0\.blocks\.0\.attn\.relative_position_index, .+ and 1 more \(made anew/,
        /^Swin as first published: renamed layers\.0\.downsample\.norm\.weight, .+ and \d+ more$/,
      ],
    ],
  ])("of %s", (of, notes) => {
    const weights = canonical(fileOf(names(of, "theirs")));
    expect([...weights.tensors.keys()].sort()).toEqual(names(of, "timm").toSorted());
    expect(weights.notes).toHaveLength(notes.length);
    for (const [i, note] of notes.entries()) expect(weights.notes[i]).toMatch(note);
  });

  it("that timm has already are left as they are, once and twice", async () => {
    for (const of of ["resnet18 of torchvision", "inception_v3 of torchvision", "swin as published"]) {
      const weights = canonical(fileOf(names(of, "timm")));
      expect([...weights.tensors.keys()]).toEqual(names(of, "timm"));
      expect(weights.notes).toEqual([]);
    }
  });

  it("lead to the tensors that had them", async () => {
    const theirs = names("swin as published", "theirs");
    const read = await canonical(fileOf(theirs)).read();
    const whose = (name: string) => theirs[read.get(name)?.data[0] ?? -1];
    expect(whose("layers.1.downsample.reduction.weight")).toBe("layers.0.downsample.reduction.weight");
    expect(whose("layers.3.downsample.norm.bias")).toBe("layers.2.downsample.norm.bias");
    expect(whose("head.fc.bias")).toBe("head.bias");
    expect(whose("layers.0.blocks.0.attn.qkv.weight")).toBe("layers.0.blocks.0.attn.qkv.weight");
  });

  it.each([
    ["distilled", /is a distilled DeiT/, /take the one without distillation/],
    ["averaged", /averages its tokens \(`fc_norm`\)/, /class token/],
  ])("of another network are refused: %s", (of, problem, hint) => {
    const refused = (): unknown => canonical(fileOf(names(of, "theirs")));
    expect(refused).toThrow(CheckpointError);
    expect(refused).toThrow(problem);
    try {
      refused();
    } catch (error) {
      expect(error instanceof CheckpointError && error.hint).toMatch(hint);
    }
  });
});

describe("what is put before every name", () => {
  const resnet = names("resnet18 of torchvision", "theirs");
  it.each(["module.", "module.model.", "_orig_mod.", "model.backbone."])("%s is taken off", (prefix) => {
    const weights = canonical(fileOf(resnet.map((name) => prefix + name)));
    expect([...weights.tensors.keys()]).toEqual(resnet);
    expect(weights.notes).toEqual([`read without the \`${prefix}\` before every name`]);
  });

  it("stays where it is not before every name, or is not known", () => {
    for (const tensors of [
      ["module.a", "b"],
      ["encoder.a", "encoder.b"],
    ]) {
      expect([...canonical(fileOf(tensors)).tensors.keys()]).toEqual(tensors);
    }
  });
});

it("counters that torch before 0.4.1 did not keep begin at 0, as torch has it", async () => {
  const old = names("resnet18 of torchvision", "theirs").filter((name) => !name.endsWith("num_batches_tracked"));
  const weights = canonical(fileOf(old));
  expect([...weights.tensors.keys()].sort()).toEqual(names("resnet18 of torchvision", "timm").toSorted());
  expect(weights.notes[0]).toMatch(
    /^counts no batches; set to 0, as torch does: bn1\.num_batches_tracked, .+ and 15 more$/,
  );
  expect((await weights.read()).get("bn1.num_batches_tracked")).toEqual({ shape: [], data: Int32Array.of(0) });
});
