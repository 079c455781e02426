/** Views point at images that were prepared: the same bytes under the same names, whatever was chosen of them. */

import { resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { OpParams } from "../../../src/compiler/plan/types.js";
import { viewParams } from "../../../src/compiler/plan/views.js";
import { MemoDigests } from "../../../src/runtime/data/digests.js";
import { type ImageSet, loadImages } from "../../../src/runtime/data/images.js";
import { datasetFacts } from "../../../src/runtime/data/index.js";
import { openReferenceEngine } from "../../../src/runtime/engine/reference/index.js";
import { Bench, DATA, type Ref } from "./harness.js";

const bench = new Bench(openReferenceEngine());
const root = resolve(DATA, "digits-few");
const parts: { [role: string]: Ref } = {};

beforeAll(async () => {
  const adapter = { id: "idx", version: 1, params: {} };
  const split = { kind: "official" } as const;
  const fact = await datasetFacts({ name: "digits", adapter, split }, root, new MemoDigests());
  if (fact.status !== "known") throw new Error("no digits");
  const { fingerprint } = fact.facts;
  const index = await bench.one("dataset.index", { adapter, fingerprint, split, stream: null }, {}, root);
  parts.index = { manifest: index, output: "index" };
  for (const splitName of ["train", "val", "test"] as const) {
    const { index: of = { manifest: index, output: "index" }, train } = parts;
    const inputs = { index: of, ...(train === undefined ? {} : { train }) };
    const manifest = await bench.one("dataset.prepare", { splitName, size: 12, channels: 1 }, inputs, root);
    parts[splitName] = { manifest, output: "images" };
  }
});

async function view(params: OpParams["dataset.view"]): Promise<ImageSet> {
  return loadImages(await bench.one("dataset.view", params, parts), bench.blobs);
}
const prepared = (split: string) => {
  const part = parts[split];
  if (part === undefined) throw new Error(`no ${split}`);
  return loadImages(part.manifest, bench.blobs);
};
const pixels = (images: ImageSet, i: number) => {
  const { data, offset } = images.at(i);
  return Buffer.from(data.subarray(offset, offset + 144)).toString("base64");
};
const byId = (images: ImageSet) =>
  new Map(images.ids.map((id, i) => [id, { pixels: pixels(images, i), label: images.labels[i] }]));

describe("a view", () => {
  it("of some labels has their images and labels, and the whole training split's normalization", async () => {
    const amount = { kind: "per-class", value: 3 } as const;
    const subset = { kind: "subset", amount, stratify: "label", nested: true, val: "whole", repeat: 1 } as const;
    const some = await view({ splitName: "train", views: viewParams([subset], 5) });
    expect(some.ids).toHaveLength(30);
    const whole = await prepared("train");
    const wanted = byId(whole);
    for (const [id, found] of byId(some)) expect(found).toEqual(wanted.get(id));
    expect(some.info.statistics).toEqual(whole.info.statistics);
  });

  it("of a fold takes from every part, and is normalized by the images it trains on", async () => {
    const folds = viewParams([{ kind: "folds", folds: 4, fold: 2 }], 5);
    const [train, val, test] = [
      await view({ splitName: "train", views: folds }),
      await view({ splitName: "val", views: folds }),
      await view({ splitName: "test", views: folds }),
    ];
    const all = new Map([
      ...byId(await prepared("train")),
      ...byId(await prepared("val")),
      ...byId(await prepared("test")),
    ]);
    const chosen = [train, val, test].flatMap((images) => [...byId(images)]);
    expect(new Map(chosen)).toEqual(all);
    expect(chosen).toHaveLength(all.size);
    let [sum, squares] = [0, 0];
    for (let i = 0; i < train.ids.length; i++) {
      for (const byte of Buffer.from(pixels(train, i), "base64")) {
        sum += byte / 255;
        squares += (byte / 255) ** 2;
      }
    }
    const count = train.ids.length * 144;
    const mean = sum / count;
    expect(train.info.statistics?.mean[0]).toBeCloseTo(mean, 12);
    expect(train.info.statistics?.std[0]).toBeCloseTo(Math.sqrt(squares / count - mean ** 2), 12);
    expect(test.info.statistics).toEqual(train.info.statistics);
  });

  it("of some classes names them anew; of all is every case", async () => {
    const where = viewParams([{ kind: "where", condition: { kind: "in", column: "class", values: ["3", "8"] } }], 5);
    const two = await view({ splitName: "test", views: where });
    expect(two.info.classes).toEqual(["3", "8"]);
    const wanted = byId(await prepared("test"));
    for (const [i, id] of two.ids.entries()) expect(wanted.get(id)?.label).toBe(two.labels[i] === 0 ? 3 : 8);
    const every = await view({ splitName: "all", views: [] });
    const counts = await Promise.all(["train", "val", "test"].map(prepared));
    expect(every.ids).toHaveLength(counts.reduce((sum, { ids }) => sum + ids.length, 0));
  });
});
