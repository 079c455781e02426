/** Batches augmented by a program are those the host augments. */

import { describe, expect, it } from "vitest";
import type { Choice } from "../../../src/catalog/types.js";
import { buildAugment, buildStep } from "../../../src/models/programs.js";
import type { ModelSpec } from "../../../src/models/types.js";
import type { ImageSet } from "../../../src/runtime/data/images.js";
import { hashItem, Stream } from "../../../src/runtime/random/stream.js";
import { augmentationsOf } from "../../../src/runtime/train/augment.js";
import { type BatchSource, imageBatch } from "../../../src/runtime/train/batches.js";
import { augmentsOnDevice, DeviceAugmentation } from "../../../src/runtime/train/device.js";
import { describeAllEngines } from "../../support/engines.js";
import { below } from "../../support/numbers.js";

const COUNT = 24;

function sourceOf(channels: number, size: number, to: number): BatchSource {
  const length = channels * size * size;
  // neighbouring pixels differ by up to 255: what is placed wrongly shows
  const bytes = Uint8Array.from(below(`bytes ${channels} ${size}`, [COUNT * length], 256).data);
  const images = {
    info: { images: COUNT, channels, size },
    hashes: Array.from({ length: COUNT }, (_, i) => hashItem(`image ${i}`)),
    at: (index: number) => ({ data: bytes, offset: index * length }),
  };
  const model: ModelSpec = { family: "resnet", version: 1, params: {}, classes: 2, channels, size: to };
  const normalization = { scale: Float64Array.of(1, 0.5, -1, 0.25), shift: Float64Array.of(0, 0.1, 1, -0.5) };
  return { images: images as unknown as ImageSet, model, task: "multiclass", normalization };
}

const choice = (id: string, params: Choice["params"]): Choice => ({ id, version: 1, params });
const crop = (size: number) => choice("crop", { size, scale: [0.2, 1], ratio: [0.5, 2] });
const flip = choice("flip", { h: 0.5, v: 0.5 });
const jitter = choice("jitter", { brightness: 0.4, contrast: 0.5, saturation: 0.6, hue: 0.4, p: 0.7 });
const gentle = choice("jitter", { brightness: 0, contrast: 0.3, saturation: 0, hue: 0, p: 0.5 });
const gray = choice("grayscale", { p: 0.4 });

const rotate = choice("rotate", { degrees: 180, interpolation: "bilinear", fill: 0.3 });
const affine = (interpolation: string) => {
  const shape = { translate: [0.2, 0.1], scale: [0.6, 1.5], shear: [-20, 20, -10, 10] };
  return choice("affine", { degrees: 70, ...shape, interpolation, fill: 0.5 });
};
const blur = choice("blur", { kernel_size: 7, sigma: [0.1, 3], p: 0.8 });
const erase = (value: number | "random") => choice("erase", { p: 0.7, scale: [0.05, 0.4], value });

const recipes: readonly (readonly [string, readonly Choice[], number, number])[] = [
  ["a crop", [crop(16)], 24, 16],
  ["a crop back to the image's size", [crop(28)], 28, 28],
  ["the paper's", [crop(16), flip, jitter, gray], 20, 16],
  ["flips alone", [flip], 12, 12],
  ["flips, then the centre", [flip], 17, 12],
  ["colours, then the centre", [jitter], 15, 12],
  ["a flip before and after a crop", [flip, crop(12), flip], 18, 12],
  ["two crops", [crop(14), flip, crop(14)], 18, 14],
  ["grey, contrast, a flip, a crop", [gray, gentle, flip, crop(10)], 14, 10],
  ["a rotation", [rotate], 12, 12],
  ["affine maps", [affine("bilinear")], 15, 15],
  ["affine maps to the nearest pixel", [affine("nearest")], 15, 12],
  [
    "a quarter turn and pixels halfway between others",
    [choice("rotate", { degrees: [90, 90] }), choice("affine", { degrees: 0, scale: [0.5, 0.5] })],
    12,
    12,
  ],
  ["a blur", [blur], 11, 11],
  ["a blur as wide as the image", [choice("blur", { kernel_size: 21, sigma: 3 })], 11, 11],
  ["an erasure", [erase(0.25)], 14, 14],
  ["noise, then a crop", [erase("random"), crop(10)], 14, 10],
  ["all of them", [crop(14), flip, rotate, affine("nearest"), jitter, gray, blur, erase("random")], 18, 14],
  ["jitter that changes nothing", [choice("jitter", {}), flip], 9, 9],
];

describeAllEngines("images", (engine) => {
  it.each([1, 3, 4].flatMap((channels) => recipes.map((recipe) => [channels, ...recipe] as const)))(
    "of %d channels under %s are the host's",
    async (channels, _, choices, from, to) => {
      const source = sourceOf(channels, from, to);
      const steps = augmentationsOf(choices, source.model);
      const stream = new Stream({ seed: 2022, purpose: "augment", repeat: 1, about: [] });
      const batch = { augmentations: steps, stream, epoch: 3 };
      const indices = Array.from({ length: COUNT }, (_, i) => (i * 7) % COUNT);
      const due = imageBatch(source, indices, COUNT, batch);
      const device = new DeviceAugmentation(source, steps);
      const program = buildAugment(device.plan, COUNT);
      const feeds = device.feeds(source, indices, batch);
      expect(Object.keys(feeds).sort()).toEqual(program.feeds.map(({ name }) => name).sort());
      const session = await (await engine()).open({ programs: { augment: program } });
      const { x } = await session.run("augment", feeds);
      await session.close();
      expect(x?.shape).toEqual(due.shape);
      const off = Array.from(due.data, (value, i) => Math.abs(value - (x?.data[i] ?? Number.NaN)));
      expect(Math.max(...off)).toBeLessThan(1e-5);
    },
  );
});

describe("augmentation on the device", () => {
  it("is for devices that are no processor", () => {
    expect((["cpu", "cuda", "webgpu"] as const).filter(augmentsOnDevice)).toEqual(["cuda", "webgpu"]);
  });

  it("makes one resampling of crops and flips that follow one another", () => {
    const source = sourceOf(3, 20, 16);
    const parts = (choices: readonly Choice[]) => {
      const { plan } = new DeviceAugmentation(source, augmentationsOf(choices, source.model));
      return plan.parts.map(({ kind }) => kind);
    };
    expect(parts([flip, crop(16), flip, jitter, gray])).toEqual(["resample", "jitter", "grayscale"]);
    expect(parts([crop(16), crop(16)])).toEqual(["resample", "resample"]);
    expect(parts([choice("none", {})])).toEqual([]);
  });

  it("refuses images smaller than the model takes, as the host does", () => {
    const source = sourceOf(1, 10, 16);
    expect(() => new DeviceAugmentation(source, [])).toThrow(/the images are 10 px but the model takes 16 px/);
  });

  it("stays in float32 in a mixed step", () => {
    const source = sourceOf(1, 14, 12);
    const { plan } = new DeviceAugmentation(source, augmentationsOf([crop(12), jitter], source.model));
    const model = { ...source.model, params: { blocks: [1], widths: [4], stem: "small" } };
    const precision = choice("bf16", {});
    const optimizer = choice("sgd", {});
    const options = {
      model,
      batch: 4,
      task: "multiclass",
      optimizer,
      clipNorm: null,
      precision,
      augment: plan,
    } as const;
    const { operations, feeds } = buildStep(options);
    expect(feeds.map(({ name }) => name)).not.toContain("x");
    const products = operations.filter(({ kind }) => kind === "matmul");
    const types = products.map(({ outputs }) => outputs[0]?.dtype);
    expect(types.filter((dtype) => dtype === "f32")).toHaveLength(2);
    expect(types.filter((dtype) => dtype === "bf16").length).toBeGreaterThan(0);
    expect(() => buildStep({ ...options, augment: { ...plan, to: 11 } })).toThrow(/takes images \[4, 1, 12, 12\], not/);
  });
});
