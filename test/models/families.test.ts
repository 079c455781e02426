/** What AlexNet and CBR say of themselves, and adaptive pooling, against torchvision's and torch's definitions. */

import { describe, expect, it } from "vitest";
import { entry, fillDefaults } from "../../src/catalog/index.js";
import { adaptiveAvgPool } from "../../src/models/blocks/adaptive-pool.js";
import { traceModel } from "../../src/models/trace.js";
import type { ModelSpec } from "../../src/models/types.js";
import { Builder } from "../../src/program/builder.js";
import { interpret, widen } from "../../src/program/interpreter/index.js";
import { expectClose } from "../support/compare.js";
import { uniform } from "../support/numbers.js";

function alexnet(classes: number): ModelSpec {
  const found = entry("model", "alexnet");
  if (found === undefined) throw new Error("no alexnet");
  const { widths, hidden } = fillDefaults(found).params as { widths: number[]; hidden: number };
  return { family: "alexnet", version: 1, params: { widths, hidden }, classes, channels: 3, size: 224 };
}

describe("AlexNet", () => {
  const info = traceModel(alexnet(1000));

  it("is torchvision's in size and names", () => {
    expect(info.parameterCount).toBe(61_100_840);
    expect(info.tensors.map(({ name }) => name)).toEqual(
      ["features.0", "features.3", "features.6", "features.8", "features.10"]
        .concat(["classifier.1", "classifier.4", "classifier.6"])
        .flatMap((module) => [`${module}.weight`, `${module}.bias`]),
    );
    expect(info.layers[0]?.shape).toEqual([64, 55, 55]);
    expect(info.layers.find(({ name }) => name === "features.10")?.shape).toEqual([256, 13, 13]);
  });

  it("is cut where Yosinski et al. cut it: five convolutions, two linear layers, the head fresh", () => {
    expect(info.units.map(({ name }) => name)).toEqual(["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"]);
    expect(info.tensors.filter(({ place }) => place.kind === "head").map(({ name }) => name)).toEqual([
      "classifier.6.weight",
      "classifier.6.bias",
    ]);
  });

  it("says which images are too small, and how many convolutions it has", () => {
    expect(() => traceModel({ ...alexnet(2), size: 62 })).toThrow(/62 px leave nothing to its last pool; give 63 px/);
    const three = { ...alexnet(2), params: { widths: [1, 2, 3], hidden: 4 } };
    expect(() => traceModel(three)).toThrow(/`widths` has 3 numbers; it has 5 convolutions/);
  });
});

describe("DenseNet", () => {
  const params = { blocks: [6, 12, 24, 16], growth: 32, stem: "imagenet" };
  const spec: ModelSpec = { family: "densenet", version: 1, params, classes: 1000, channels: 3, size: 224 };

  it("has a unit a block with what follows it, and a layer a layer", () => {
    const info = traceModel(spec);
    expect(info.parameterCount).toBe(7_978_856);
    expect(info.units.map(({ name }) => name)).toEqual(["stem", ...[1, 2, 3, 4].map((n) => `denseblock${n}`)]);
    expect(info.units[1]?.tensors.at(-1)).toBe("features.transition1.conv.weight");
    expect(info.units[4]?.tensors.at(-1)).toBe("features.norm5.num_batches_tracked");
    expect(info.layers).toHaveLength(1 + 58 + 3 + 2);
    const shapeOf = (name: string) => info.layers.find((layer) => layer.name === name)?.shape;
    expect(shapeOf("features.denseblock1.denselayer6")).toEqual([32, 56, 56]);
    expect(shapeOf("features.transition3")).toEqual([512, 7, 7]);
    expect(info.tensors.flatMap(({ name, place }) => (place.kind === "head" ? [name] : []))).toEqual([
      "classifier.weight",
      "classifier.bias",
    ]);
  });

  it("says which images are too small", () => {
    expect(() => traceModel({ ...spec, size: 28 })).toThrow(/28 px leave nothing to its last block; give 29 px/);
    expect(traceModel({ ...spec, size: 29 }).layers.at(-2)?.shape).toEqual([1024, 1, 1]);
    const small = { ...spec, params: { blocks: [1, 1, 1], growth: 4, stem: "small" }, size: 3 };
    expect(() => traceModel(small)).toThrow(/3 px leave nothing to its last block; give 4 px/);
  });
});

describe("CBR", () => {
  const spec = { family: "cbr", version: 1, params: { widths: [8, 16], kernel: 5 }, classes: 3, channels: 1, size: 20 };

  it("has a unit a block, each half the size of the one before", () => {
    const info = traceModel(spec);
    expect(info.units.map(({ tensors }) => tensors[0])).toEqual(["conv1.weight", "conv2.weight"]);
    expect(info.layers.map(({ shape }) => shape)).toEqual([[8, 20, 20], [16, 10, 10], [3]]);
    expect(info.parameterCount).toBe(8 * 25 + 16 + 16 * 8 * 25 + 32 + 16 * 3 + 3);
  });

  it("refuses even windows", () => {
    expect(() => traceModel({ ...spec, params: { widths: [8], kernel: 4 } })).toThrow(/`kernel` must be odd, not 4/);
  });
});

describe("adaptive pooling", () => {
  it.each([
    [6, 6, 6],
    [3, 3, 6],
    [7, 13, 6],
    [12, 1, 6],
    [5, 4, 3],
  ])("of %i×%i to %i cells averages torch's windows", (height, width, cells) => {
    const x = uniform(`pool ${height} ${width}`, [2, 3, height, width], -1, 1);
    const b = new Builder("pool");
    b.fetch("y", adaptiveAvgPool(b, b.feed("x", [2, 3, height, width]), cells));
    const found = interpret(b.build(), new Map(), new Map([["x", widen(x)]])).fetches.get("y");
    const window = (i: number, extent: number) => [
      Math.floor((i * extent) / cells),
      Math.ceil(((i + 1) * extent) / cells),
    ];
    const expected: number[] = [];
    for (let map = 0; map < 6; map++) {
      for (let i = 0; i < cells; i++) {
        for (let j = 0; j < cells; j++) {
          const [top, bottom] = window(i, height) as [number, number];
          const [left, right] = window(j, width) as [number, number];
          let sum = 0;
          for (let row = top; row < bottom; row++)
            for (let column = left; column < right; column++)
              sum += x.data[(map * height + row) * width + column] as number;
          expected.push(sum / ((bottom - top) * (right - left)));
        }
      }
    }
    expectClose(found, { shape: [2, 3, cells, cells], data: Float64Array.from(expected) }, 1e-6, "pooled");
  });
});
