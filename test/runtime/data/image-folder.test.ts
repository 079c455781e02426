import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dataReport, datasetFacts, MemoDigests } from "../../../src/runtime/data/index.js";
import { indexDataset, prepareSplit } from "../../../src/runtime/data/prepare.js";

const spec = {
  name: "pets",
  adapter: { id: "image_folder", version: 1, params: { channels: 3 } },
  split: { kind: "official" } as const,
};
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "xferc-folder-"));
});
afterEach(() => rm(root, { recursive: true }));

const put = async (path: string, bytes: Uint8Array | string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), bytes);
};
const plain = (red: number, green: number, blue: number, size = 4) =>
  sharp({ create: { width: size, height: size, channels: 3, background: { r: red, g: green, b: blue } } });
/** Left half white, right half black. */
const halves = () => {
  const data = Buffer.alloc(4 * 4 * 3);
  for (let i = 0; i < 16; i++) if (i % 4 < 2) data.fill(255, i * 3, i * 3 + 3);
  return sharp(data, { raw: { width: 4, height: 4, channels: 3 } });
};
const prepared = async (split: "train" | "test", size = 4) => {
  const digests = new MemoDigests();
  const fact = await datasetFacts(spec, root, digests);
  if (fact.status !== "known") throw new Error(JSON.stringify(fact));
  const { fingerprint } = fact.facts;
  const index = await indexDataset(
    { adapter: spec.adapter, fingerprint, split: spec.split, stream: null },
    root,
    digests,
  );
  return prepareSplit({ index, source: { root, adapter: spec.adapter, digests }, split, size, channels: 3 });
};

describe("image_folder", () => {
  it("reads a folder a split and a folder a class, in alphabetical order", async () => {
    await put("train/dog/b.png", await plain(10, 20, 30).png().toBuffer());
    await put("train/cat/a.png", await plain(200, 0, 0).png().toBuffer());
    await put("train/cat/deep/er.webp", await plain(0, 0, 9).webp({ lossless: true }).toBuffer());
    await put("test/bird/x.png", await plain(1, 2, 3).png().toBuffer());
    const fact = await datasetFacts(spec, root);
    expect(fact).toMatchObject({
      status: "known",
      facts: {
        classes: ["bird", "cat", "dog"],
        task: "multiclass",
        channels: 3,
        splits: { train: { images: 3, perClass: [0, 2, 1] }, test: { images: 1, perClass: [1, 0, 0] } },
      },
    });
    const train = await prepared("train");
    expect(train.ids).toEqual(["train/cat/a.png", "train/cat/deep/er.webp", "train/dog/b.png"]);
    expect([...train.labels]).toEqual([1, 1, 2]);
    expect([0, 16, 32].map((at) => train.shards[0]?.[at])).toEqual([200, 0, 0]);
    expect([96, 112, 128].map((at) => train.shards[0]?.[at])).toEqual([10, 20, 30]);
  });

  it("takes the classes in the order that is written, and no image of another folder", async () => {
    await put("train/cancer/a.png", await plain(1, 0, 0).png().toBuffer());
    await put("train/healthy/b.png", await plain(2, 0, 0).png().toBuffer());
    const params = { channels: 3, classes: ["healthy", "cancer"] };
    const ordered = { ...spec, adapter: { ...spec.adapter, params } };
    const fact = await datasetFacts(ordered, root);
    if (fact.status !== "known") throw new Error(JSON.stringify(fact));
    const { fingerprint } = fact.facts;
    expect(fact).toMatchObject({
      facts: { classes: ["healthy", "cancer"], task: "binary", splits: { train: { perClass: [1, 1] } } },
    });
    const index = await indexDataset(
      { adapter: ordered.adapter, fingerprint, split: spec.split, stream: null },
      root,
      new MemoDigests(),
    );
    expect(index.items.map(({ id, label }) => [id, label])).toEqual([
      ["train/cancer/a.png", 1],
      ["train/healthy/b.png", 0],
    ]);
    await put("train/unsure/c.png", await plain(3, 0, 0).png().toBuffer());
    const report = await dataReport(ordered, root, { size: 4 });
    expect(report.rejected).toMatchObject([
      { kind: "unknown-label", id: "train/unsure/c.png", remedy: "the classes are healthy, cancer" },
    ]);
  });

  it("turns an image as its EXIF orientation says, and drops transparency on black", async () => {
    await put("train/a/turned.png", await halves().withMetadata({ orientation: 6 }).png().toBuffer());
    const clear = {
      create: { width: 4, height: 4, channels: 4 as const, background: { r: 255, g: 255, b: 255, alpha: 0 } },
    };
    await put("train/b/clear.png", await sharp(clear).png().toBuffer());
    const { shards } = await prepared("train");
    // orientation 6: a quarter turn clockwise, so the white left half is on top
    expect([...(shards[0]?.subarray(0, 16) ?? [])]).toEqual([...new Array(8).fill(255), ...new Array(8).fill(0)]);
    expect(shards[0]?.[48]).toBe(0);
  });

  it("leaves out what is no image and says so, naming it relative to the folder", async () => {
    await put("train/a/1.png", await plain(1, 1, 1).png().toBuffer());
    await put("train/b/1.png", await plain(2, 2, 2).png().toBuffer());
    await put("train/b/notes.txt", "hello");
    await put("train/b/empty.jpg", "");
    await symlink(join(root, "nowhere.png"), join(root, "train/b/broken.png"));
    await put("test/a/copy.png", await plain(1, 1, 1).png().toBuffer());
    await put("test/b/bad.png", (await plain(1, 1, 1, 64).png().toBuffer()).subarray(0, 60));
    const report = await dataReport(spec, root, { size: 4 });
    const reasons = Object.fromEntries(report.rejected.map(({ path, reason }) => [path, reason]));
    expect(Object.keys(reasons).sort()).toEqual(["train/b/broken.png", "train/b/empty.jpg", "train/b/notes.txt"]);
    expect(reasons["train/b/empty.jpg"]).toBe("is empty, 0 bytes");
    expect(reasons["train/b/notes.txt"]).toBe("not an image by its name");
    expect(report.damaged).toEqual([
      {
        kind: "damaged",
        path: "test/b/bad.png",
        id: "test/b/bad.png",
        reason: expect.stringMatching(/^is damaged or is no image/),
        remedy: "fetch it again or take it out of the folder",
      },
    ]);
    expect(report.duplicates).toEqual([{ ids: ["train/a/1.png", "test/a/copy.png"].sort(), across: true }]);
    expect(report.statistics?.mean[0]).toBeCloseTo(1.5 / 255, 12);
  });

  it("fails to prepare a damaged image, naming it and what to do", async () => {
    await put("train/a/ok.png", await plain(1, 1, 1).png().toBuffer());
    await put("train/b/broken.jpg", "this is no JPEG");
    await expect(prepared("train")).rejects.toThrow(
      /^train\/b\/broken\.jpg is damaged or is no image .*fetch it again/,
    );
  });

  it("reads no drawing that calls itself a picture", async () => {
    await put("train/a/ok.png", await plain(1, 1, 1).png().toBuffer());
    await put("train/b/drawing.png", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>');
    await expect(prepared("train")).rejects.toThrow(/^train\/b\/drawing\.png is damaged or is no image/);
  });

  it("needs fractions where there are no split folders", async () => {
    for (const name of ["a", "b"]) {
      for (let i = 0; i < 10; i++) await put(`${name}/${i}.png`, await plain(i, i, 0).png().toBuffer());
    }
    expect(await datasetFacts(spec, root)).toMatchObject({
      status: "known",
      facts: { splits: { unassigned: { images: 20, perClass: [10, 10] } } },
    });
    const split = { kind: "fractions", train: 0.7, val: 0.2, test: 0.1 } as const;
    expect(await datasetFacts({ ...spec, split }, root)).toMatchObject({
      facts: { splits: { train: { perClass: [7, 7] }, val: { perClass: [2, 2] }, test: { perClass: [1, 1] } } },
    });
    expect(await datasetFacts(spec, join(root, "missing"))).toMatchObject({ status: "unknown" });
    await put("file", "x");
    expect(await datasetFacts(spec, join(root, "file"))).toMatchObject({ status: "problem" });
  });
});
