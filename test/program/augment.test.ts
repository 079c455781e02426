/** Augmentation written in IR operations, against torchvision's values, on every engine. */

import { expect, it } from "vitest";
import { blend, grayscale, turnHue } from "../../src/program/augment/color.js";
import { resample } from "../../src/program/augment/resample.js";
import { Builder } from "../../src/program/builder.js";
import type { TensorData, Value } from "../../src/program/types.js";
import type { Engine } from "../../src/runtime/engine/types.js";
import { describeAllEngines } from "../support/engines.js";
import { asNumbers, asObject, readJson } from "../support/json.js";

const golden = asObject(readJson("runtime/train/golden/transforms.golden.json"));
const [resized, color] = [asObject(golden.resize), asObject(golden.color)];
const pixels = Float32Array.from(asNumbers(golden.image), (byte) => byte / 255);

/** The golden image twice, so that each image's own numbers are told apart; `fed` per image. */
async function run(
  engine: Engine,
  fed: { readonly [name: string]: readonly (readonly number[])[] },
  shapes: { readonly [name: string]: readonly number[] },
  write: (b: Builder, x: Value, feeds: (name: string) => Value) => Value,
  channels = 3,
): Promise<readonly Float32Array[]> {
  const b = new Builder("augment");
  const own = pixels.slice(0, channels * 144);
  const feeds: { [name: string]: TensorData } = {
    x: { shape: [2, channels, 12, 12], data: Float32Array.of(...own, ...own) },
  };
  const x = b.feed("x", [2, channels, 12, 12]);
  const y = write(b, x, (name) => {
    const shape = [2, ...(shapes[name] ?? [])];
    feeds[name] = { shape, data: Float32Array.from((fed[name] ?? []).flat()) };
    return b.feed(name, shape);
  });
  b.fetch("y", y);
  const session = await engine.open({ programs: { augment: b.build() } });
  const data = Float32Array.from((await session.run("augment", feeds)).y?.data ?? []);
  await session.close();
  return [data.slice(0, data.length / 2), data.slice(data.length / 2)];
}

function near(actual: ArrayLike<number> | undefined, expected: readonly number[], tolerance = 2e-6): void {
  expect(actual?.length).toBe(expected.length);
  const off = expected.map((value, i) => Math.abs(value - (actual?.[i] ?? Number.NaN)));
  expect(Math.max(...off)).toBeLessThan(tolerance);
}

/** Centres of `to` pixels over `extent` from `start` on, whole part and rest of each. */
const centres = (start: number, extent: number, to: number): number[] =>
  Array.from({ length: to }, (_, i) => start + ((i + 0.5) * extent) / to - 0.5).flatMap((centre) => [
    Math.floor(centre),
    centre - Math.floor(centre),
  ]);
const window = (start: number, extent: number, to: number): number[] => [
  start - 0.5,
  start + extent - 0.5,
  1 / Math.max(1, extent / to),
];

describeAllEngines("augmentation", (engine) => {
  it.each([
    ["up", 17, [0, 12, 0, 12]],
    ["down", 5, [0, 12, 0, 12]],
    ["crop", 8, [2, 9, 1, 7]],
  ] as const)("resampling is torchvision's: %s", async (name, to, [top, rows, left, columns]) => {
    const whole = [centres(0, 12, to), window(0, 12, to)] as const;
    const fed = {
      rows: [whole[0], centres(top, rows, to)],
      columns: [whole[0], centres(left, columns, to)],
      rowWindow: [whole[1], window(top, rows, to)],
      columnWindow: [whole[1], window(left, columns, to)],
    };
    const shapes = { rows: [to, 2], columns: [to, 2], rowWindow: [3], columnWindow: [3] };
    const [, second] = await run(await engine(), fed, shapes, (b, x, feed) =>
      resample(b, x, {
        rows: feed("rows"),
        columns: feed("columns"),
        rowWindow: feed("rowWindow"),
        columnWindow: feed("columnWindow"),
      }),
    );
    near(second, asNumbers(resized[name]));
  });

  it.each([
    ["brightness", [1.4, 0, 0]],
    ["contrast", [0.6, 0.4, 0]],
    ["saturation", [1.7, 0, -0.7]],
  ] as const)("%s is torchvision's, and nothing leaves an image as it is", async (name, by) => {
    const [same, changed] = await run(await engine(), { by: [[1, 0, 0], by] }, { by: [3] }, (b, x, feed) =>
      blend(b, x, feed("by")),
    );
    near(changed, asNumbers(color[name]));
    expect(same).toEqual(pixels);
  });

  it("hue is torchvision's, and a turn by 0 leaves an image as it is", async () => {
    const [turned, same] = await run(await engine(), { by: [[-0.21], [0]] }, { by: [1, 1, 1] }, (b, x, feed) =>
      turnHue(b, x, feed("by")),
    );
    near(turned, asNumbers(color.hue));
    expect(same).toEqual(pixels);
  });

  it("grey is torchvision's, where it is asked for", async () => {
    const [same, gray] = await run(await engine(), { applied: [[0], [1]] }, { applied: [1, 1, 1] }, (b, x, feed) =>
      grayscale(b, x, feed("applied")),
    );
    near(gray, asNumbers(color.grayscale));
    expect(same).toEqual(pixels);
  });

  it("one channel has contrast, and neither hue nor grey to change", async () => {
    const write = (b: Builder, x: Value, feed: (name: string) => Value): Value =>
      grayscale(b, turnHue(b, blend(b, x, feed("by")), feed("hue")), feed("applied"));
    const fed = {
      by: [
        [1.5, -0.5, 0],
        [1, 0, 0],
      ],
      hue: [[0.2], [0.2]],
      applied: [[1], [1]],
    };
    const shapes = { by: [3], hue: [1, 1, 1], applied: [1, 1, 1] };
    const [contrast, same] = await run(await engine(), fed, shapes, write, 1);
    near(contrast, asNumbers(color.grayContrast));
    expect(same).toEqual(pixels.slice(0, 144));
  });
});
