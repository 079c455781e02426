import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entries } from "../../../src/catalog/index.js";
import { ADAPTERS, datasetFacts, MemoDigests } from "../../../src/runtime/data/index.js";
import { indexDataset, prepareSplit } from "../../../src/runtime/data/prepare.js";

const images = (count: number, height: number, width: number, channels = 1, first = 0) => {
  const wide = channels > 1;
  const bytes = Buffer.alloc((wide ? 20 : 16) + count * height * width * channels);
  bytes.writeUInt32BE(wide ? 0x804 : 0x803, 0);
  for (const [i, extent] of [count, height, width, ...(wide ? [channels] : [])].entries()) {
    bytes.writeUInt32BE(extent, 4 + 4 * i);
  }
  for (let i = wide ? 20 : 16; i < bytes.length; i++) bytes[i] = (first + i * 7) % 256;
  return bytes;
};
const labels = (...values: number[]) => {
  const bytes = Buffer.alloc(8 + values.length);
  bytes.writeUInt32BE(0x801, 0);
  bytes.writeUInt32BE(values.length, 4);
  bytes.set(values, 8);
  return bytes;
};
const spec = { name: "d", adapter: { id: "idx", version: 1, params: {} }, split: { kind: "official" } as const };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "xferc-idx-"));
});
afterEach(() => rm(root, { recursive: true }));
const put = (name: string, bytes: Uint8Array | string) => writeFile(join(root, name), bytes);
const facts = () => datasetFacts(spec, root, new MemoDigests());

describe("idx", () => {
  it("has an implementation an entry of the catalogue", () => {
    expect(ADAPTERS.map(({ id }) => id).sort()).toEqual(
      entries("dataset")
        .map(({ id }) => id)
        .sort(),
    );
  });

  it("reads plain and gzipped files, grey and RGB, with and without names", async () => {
    await put("train-images-idx3-ubyte", images(3, 2, 2, 3));
    await put("train-labels-idx1-ubyte.gz", gzipSync(labels(0, 1, 1)));
    await put("t10k-images-idx3-ubyte.gz", gzipSync(images(1, 2, 2, 3, 1)));
    await put("t10k-labels-idx1-ubyte", labels(0));
    const fact = await facts();
    if (fact.status !== "known") throw new Error(JSON.stringify(fact));
    expect(fact.facts).toMatchObject({
      classes: ["0", "1"],
      task: "binary",
      channels: 3,
      splits: { train: { images: 3, perClass: [1, 2] }, test: { images: 1, perClass: [1, 0] } },
    });
    const { fingerprint } = fact.facts;
    const params = { adapter: spec.adapter, fingerprint, split: spec.split, stream: null };
    const digests = new MemoDigests();
    const index = await indexDataset(params, root, digests);
    const request = { index, source: { root, adapter: spec.adapter, digests }, size: 2, channels: 3 };
    const prepared = await prepareSplit({ ...request, split: "train" });
    const raw = images(3, 2, 2, 3).subarray(20);
    // interleaved in the file, planes once prepared
    expect([...(prepared.shards[0]?.subarray(0, 12) ?? [])]).toEqual(
      [0, 1, 2].flatMap((c) => [0, 1, 2, 3].map((i) => raw[i * 3 + c])),
    );
  });

  it("changes its fingerprint with a pixel, a label, a name; not with where it lies", async () => {
    const write = async (pixels: Buffer, values: Buffer, names: string) => {
      await put("train-images-idx3-ubyte", pixels);
      await put("train-labels-idx1-ubyte", values);
      await put("classes.txt", names);
      const fact = await facts();
      return fact.status === "known" ? fact.facts.fingerprint : fact.status;
    };
    const pixels = images(2, 2, 2);
    const first = await write(pixels, labels(0, 1), "a\nb\n");
    const changed = Buffer.from(pixels);
    changed[16] = 99;
    const others = [
      await write(changed, labels(0, 1), "a\nb\n"),
      await write(pixels, labels(1, 1), "a\nb\n"),
      await write(pixels, labels(0, 1), "a\nc\n"),
    ];
    expect(new Set([first, ...others]).size).toBe(4);
    expect(await write(pixels, labels(0, 1), "a\nb\n")).toBe(first);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ["an empty folder", async () => undefined, /no IDX files in the folder/],
    ["images without labels", () => put("train-images-idx3-ubyte", images(1, 2, 2)), /has no labels beside it/],
    [
      "a file cut short",
      async () => {
        await put("train-images-idx3-ubyte", images(3, 4, 4).subarray(0, 30));
        await put("train-labels-idx1-ubyte", labels(0, 1, 0));
      },
      /has 30 bytes where its header promises 64/,
    ],
    [
      "a file that is something else",
      async () => {
        await put("train-images-idx3-ubyte.gz", "not a gzip file at all");
        await put("train-labels-idx1-ubyte", labels(0));
      },
      /train-images-idx3-ubyte\.gz cannot be unpacked/,
    ],
    [
      "a header that promises too much",
      async () => {
        const bytes = images(1, 2, 2);
        bytes.writeUInt32BE(4_000_000_000, 4);
        await put("train-images-idx3-ubyte", bytes);
        await put("train-labels-idx1-ubyte", labels(0));
      },
      /over the limit of 2 GiB/,
    ],
    [
      "labels that do not match",
      async () => {
        await put("train-images-idx3-ubyte", images(2, 2, 2));
        await put("train-labels-idx1-ubyte", labels(0));
      },
      /holds 1 labels but train-images-idx3-ubyte 2 images/,
    ],
    [
      "too few class names",
      async () => {
        await put("train-images-idx3-ubyte", images(1, 2, 2));
        await put("train-labels-idx1-ubyte", labels(4));
        await put("classes.txt", "a\nb\n");
      },
      /names 2 classes but label 4 occurs/,
    ],
  ])("says what is wrong with %s", async (_what, make, message) => {
    await make();
    const fact = await facts();
    expect(fact).toMatchObject({
      status: "problem",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  it("refuses what leaves nothing to tell apart: no images, or one class", async () => {
    await put("train-images-idx3-ubyte", images(2, 2, 2));
    await put("train-labels-idx1-ubyte", labels(0, 0));
    expect(await facts()).toMatchObject({ status: "problem", message: "all of its 2 images are of one class, 0" });
    await put("train-images-idx3-ubyte", images(0, 2, 2));
    await put("train-labels-idx1-ubyte", labels());
    expect(await facts()).toMatchObject({ status: "problem", message: "there are no images in it" });
  });

  it("finds a gzip bomb before it is unpacked", async () => {
    await put("train-images-idx3-ubyte.gz", gzipSync(Buffer.concat([images(1, 2, 2), Buffer.alloc(50_000_000)])));
    await put("train-labels-idx1-ubyte", labels(1));
    expect(await facts()).toMatchObject({
      status: "problem",
      message: expect.stringMatching(/holds more than its header says/),
    });
  });
});
