import { describe, expect, it } from "vitest";
import type { ModelSpec } from "../../src/models/types.js";
import type { TensorData } from "../../src/program/types.js";
import { openEngine } from "../../src/runtime/engine/index.js";
import { type ForwardRequest, forward } from "../../src/runtime/forward.js";
import { writeSafetensors } from "../../src/runtime/state/safetensors.js";
import { bytesOf } from "../../src/runtime/weights/bytes.js";
import { readWeights } from "../../src/runtime/weights/load.js";
import { expectSampled, goldenState, type ModelGolden, modelGoldens } from "../support/goldens.js";
import { uniform } from "../support/numbers.js";

const engine = await openEngine("auto", { device: "cpu", threads: 1 });
const weightsOf = (tensors: ReadonlyMap<string, TensorData>) =>
  readWeights(bytesOf(writeSafetensors(tensors), "w.safetensors"));
const file = (name: string, tensors: ReadonlyMap<string, TensorData>) => ({
  file: name,
  bytes: writeSafetensors(tensors),
});

async function request(
  spec: ModelSpec,
  images: TensorData,
  change: (weights: Map<string, TensorData>) => void = () => {},
): Promise<ForwardRequest> {
  const weights = goldenState(spec);
  change(weights);
  const input = file("x.safetensors", new Map([["x", images]]));
  return { model: spec.family, params: spec.params, weights: await weightsOf(weights), input, engine };
}

const golden = (name: string): ModelGolden => {
  const found = modelGoldens.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no golden ${name}`);
  return found;
};

const vit: ModelSpec = {
  family: "vit",
  version: 1,
  params: { dim: 8, depth: 1, heads: 2, patch: 4, mlp_ratio: 4 },
  classes: 3,
  channels: 1,
  size: 8,
};
const images = uniform("forward images", [2, 1, 8, 8], -1, 1);

describe("forward", () => {
  it.each([
    ["resnet18", "resnet18"],
    ["resnet18", "resnet18.a1_in1k"],
    ["deit_tiny", "deit_tiny_patch16_224"],
    ["inception", "inception_v3.tv_in1k"],
    ["swin_tiny_224", "swin_tiny_patch4_window7_224"],
    ["windows", "swin"],
    ["padded", "swin"],
  ])("gives timm's numbers and shapes for %s called %s", async (name, model) => {
    const { spec, images: x, logits, pooled, taps } = golden(name);
    const params = model === spec.family ? spec.params : {};
    const outputs = await forward({ ...(await request(spec, x)), model, params });
    expect([...outputs.keys()]).toEqual(["logits", "pooled", ...[...taps.keys()].map((layer) => `block.${layer}`)]);
    expectSampled(outputs.get("logits"), logits, 1e-4, "logits");
    expectSampled(outputs.get("pooled"), pooled, 1e-4, "pooled");
    for (const [layer, tap] of taps) expectSampled(outputs.get(`block.${layer}`), tap, 1e-4, layer);
  });

  it("takes a family with parameters and names every block", async () => {
    const outputs = await forward(await request(vit, images));
    expect([...outputs.keys()].sort()).toEqual([
      "block.blocks.0",
      "block.blocks.0.attn",
      "block.blocks.0.mlp",
      "block.head",
      "block.patch_embed",
      "logits",
      "pooled",
    ]);
    expect(outputs.get("block.blocks.0")?.shape).toEqual([2, 5, 8]);
  });

  it("gives each of many images what it gives it alone", async () => {
    const many = uniform("forward many", [35, 1, 8, 8], -1, 1);
    const together = await forward(await request(vit, many));
    expect(together.get("block.blocks.0.mlp")?.shape).toEqual([35, 5, 8]);
    const last = await forward(await request(vit, { shape: [1, 1, 8, 8], data: many.data.slice(34 * 64) }));
    const row = together.get("logits")?.data.slice(34 * 3) ?? [];
    last.get("logits")?.data.forEach((value, i) => {
      expect(row[i]).toBeCloseTo(value, 5);
    });
  });

  it("does without counters, which no number depends on", async () => {
    const spec = golden("basic").spec;
    const x = golden("basic").images;
    const all = await forward(await request(spec, x));
    const without = await forward(
      await request(spec, x, (weights) => {
        for (const name of [...weights.keys()]) if (name.endsWith("num_batches_tracked")) weights.delete(name);
      }),
    );
    expect(without.get("logits")).toEqual(all.get("logits"));
  });

  const fails = (what: Promise<unknown>, message: RegExp) => expect(what).rejects.toThrow(message);

  it("says what is wrong with the weights", async () => {
    await fails(
      forward(await request(vit, images, (weights) => weights.delete("norm.bias"))),
      /^w.safetensors: lacks norm.bias of the model's 20 tensors$/,
    );
    await fails(
      forward(
        await request(vit, images, (weights) =>
          weights.set("head_other.bias", { shape: [1], data: Float32Array.of(0) }),
        ),
      ),
      /^w.safetensors: has head_other.bias, which this model has not/,
    );
    await fails(
      forward(
        await request(vit, images, (weights) => weights.set("norm.bias", { shape: [1], data: Float32Array.of(0) })),
      ),
      /^w.safetensors: of another shape: norm.bias is \[1\], not \[8\]$/,
    );
    await fails(
      forward({ ...(await request(vit, images)), params: { ...vit.params, depth: 3 } }),
      /lacks 24 \(blocks\.1\.norm1\.weight, .* and 19 more\) of the model's 44 tensors$/,
    );
    await fails(
      forward(await request(vit, uniform("larger", [1, 1, 12, 12], 0, 1), () => {})),
      /pos_embed is \[1, 5, 8\], not \[1, 10, 8\] \(give images of the size/,
    );
  });

  it("takes what DataParallel and torch.save made of them, and says whose tensors they are", async () => {
    const prefixed = new Map([...goldenState(vit)].map(([name, tensor]) => [`module.${name}`, tensor]));
    const given = await request(vit, images);
    const plain = await forward(given);
    expect(await forward({ ...given, weights: await weightsOf(prefixed) })).toEqual(plain);
    const resnet = await weightsOf(goldenState(golden("resnet18").spec));
    const error: unknown = await forward({ ...given, weights: resnet }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ hint: "these are the tensors of resnet18" });
  });

  it("says what is wrong with the images", async () => {
    const named = async (name: string, tensor: TensorData) => ({
      ...(await request(vit, images)),
      input: file("x.bin", new Map([[name, tensor]])),
    });
    await fails(forward(await named("images", images)), /^x.bin has no tensor `x` \(it has images\)/);
    await fails(forward(await named("x", { shape: [64], data: images.data.slice(64) })), /images are float32, N×C×H×W/);
    await fails(forward(await named("x", { shape: [2, 1, 16, 4], data: images.data })), /16×4 px; they must be square/);
    await fails(forward(await named("x", { shape: [0, 1, 8, 8], data: new Float32Array(0) })), /is empty/);
  });

  it("says what is wrong with the model", async () => {
    await fails(
      forward({ ...(await request(vit, images)), model: "vgg16" }),
      /no model `vgg16`; there is .*deit_small_patch16_224/,
    );
    await fails(
      forward({ ...(await request(vit, images)), params: { dim: 8 } }),
      /`depth` is missing; give it with --params/,
    );
    await fails(
      forward({ ...(await request(vit, images)), params: { ...vit.params, blur: 1 } }),
      /no parameter `blur`/,
    );
    await fails(
      forward({ ...(await request(vit, images)), params: { ...vit.params, heads: 3 } }),
      /not divisible by `heads` 3/,
    );
    await fails(
      forward({ ...(await request(vit, images)), params: { ...vit.params, depth: 0 } }),
      /`depth` is out of bounds/,
    );
  });
});
