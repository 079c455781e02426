/** Prepared once: the same bytes whoever decodes them, only missing shards after a kill, read by offset. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NodeFor, NodeKey } from "../../../src/compiler/plan/types.js";
import { loadImages } from "../../../src/runtime/data/images.js";
import { datasetFacts, MemoDigests } from "../../../src/runtime/data/index.js";
import { imagesPerShard, indexDataset } from "../../../src/runtime/data/prepare.js";
import type { DatasetIndex } from "../../../src/runtime/data/types.js";
import { datasetPrepare } from "../../../src/runtime/ops/dataset-prepare.js";
import type { OpContext, OpResult } from "../../../src/runtime/ops/types.js";
import { openStore } from "../../../src/runtime/store/disk.js";
import { openPartial } from "../../../src/runtime/store/partial.js";
import type { BlobRef, Manifest } from "../../../src/runtime/store/types.js";
import { ensureBuilt, root as packageRoot } from "../../built.js";
import { declared, jpeg, newTree, png, type Tree, writeHdf5 } from "./trees.js";

/** Large, so that shards hold few images: three of them. */
const SIZE = 2300;
const KEY = "a".repeat(64) as NodeKey;
let tree: Tree;
let cache: string;
beforeEach(async () => {
  tree = await newTree();
  cache = await mkdtemp(join(tmpdir(), "xferc-cache-"));
});
afterEach(async () => {
  await tree.remove();
  await rm(cache, { recursive: true, force: true });
});

async function indexOf(spec: ReturnType<typeof declared>): Promise<DatasetIndex> {
  const digests = new MemoDigests();
  const fact = await datasetFacts(spec, tree.root, digests);
  if (fact.status !== "known") throw new Error(JSON.stringify(fact));
  const { adapter, split } = spec;
  return indexDataset({ adapter, split, fingerprint: fact.facts.fingerprint, stream: null }, tree.root, digests);
}

/** A node and its context, as a worker has them. */
async function nodeOf(index: DatasetIndex, size: number) {
  const store = openStore(cache);
  const ref = await store.put(new TextEncoder().encode(JSON.stringify(index)));
  const input = { op: "dataset.index", key: "i", outputs: { index: ref }, value: {} } as unknown as Manifest;
  const node = {
    op: "dataset.prepare",
    key: KEY,
    params: { splitName: "train", size, channels: index.channels },
    inputs: [{ role: "index", key: "i", output: "index" }],
    resource: { name: "d" },
  } as unknown as NodeFor<"dataset.prepare">;
  const progress: [number, number][] = [];
  const full = {
    blobs: store,
    inputs: new Map([["index", input]]),
    resource: tree.root,
    unfinished: openPartial(cache, KEY),
    progress: (done: number, total: number) => void progress.push([done, total]),
    signal: new AbortController().signal,
  } as unknown as OpContext;
  return { node, context: full, progress, store };
}

const manifestOf = ({ outputs, value }: OpResult) =>
  ({ op: "dataset.prepare", key: KEY, outputs, value }) as unknown as Manifest;

/** Three shards and a half of images that differ. */
async function manyRows(size: number): Promise<DatasetIndex> {
  const count = Math.floor(imagesPerShard(size, 1) * 3.5);
  const data = new Uint8Array(count * size * size);
  for (let i = 0; i < count; i++) data.fill(10 + i, i * size * size, (i + 1) * size * size);
  const labels = Float64Array.from({ length: count }, (_, i) => i % 2);
  await writeHdf5(join(tree.root, "a.h5"), {
    "train/x": { data, shape: [count, size, size] },
    "train/y": { data: labels, shape: [count] },
  });
  return indexOf(declared("hdf5", { images: "{split}/x", labels: "{split}/y" }));
}

describe("dataset.prepare", () => {
  it("goes on after a kill with the shards that are missing", async () => {
    const size = SIZE;
    const index = await manyRows(size);
    const whole = await datasetPrepare.run(...(await argumentsOf(index, size)));
    await openPartial(cache, KEY).clear();

    // a disk that is full at the third shard stands for the kill
    const failing = await nodeOf(index, size);
    let puts = 0;
    const blobs = {
      get: (ref: BlobRef) => failing.store.get(ref),
      put: (data: Uint8Array) => (++puts > 2 ? Promise.reject(new Error("killed")) : failing.store.put(data)),
    };
    await expect(datasetPrepare.run(failing.node, { ...failing.context, blobs })).rejects.toThrow("killed");

    const again = await nodeOf(index, size);
    const { made, blobs: counted } = counting(again.store);
    expect(await datasetPrepare.run(again.node, { ...again.context, blobs: counted })).toEqual(whole);
    expect(made()).toBe(2);
    expect(again.progress[0]?.[0]).toBeGreaterThan(2 * imagesPerShard(size, 1));
    expect(again.progress.at(-1)).toEqual([index.items.length, index.items.length]);
  });

  /** Shards that are written: nothing else is as large. */
  function counting(store: ReturnType<typeof openStore>) {
    let shards = 0;
    const put = (data: Uint8Array) => {
      if (data.length > 2 ** 20) shards += 1;
      return store.put(data);
    };
    return { made: () => shards, blobs: { get: (ref: BlobRef) => store.get(ref), put } };
  }

  async function argumentsOf(index: DatasetIndex, size: number) {
    const { node, context } = await nodeOf(index, size);
    return [node, context] as const;
  }

  it("makes a shard again that was damaged meanwhile", async () => {
    const size = SIZE;
    const index = await manyRows(size);
    const first = await nodeOf(index, size);
    const whole = await datasetPrepare.run(first.node, first.context);
    const second = whole.outputs.images1;
    if (second === undefined) throw new Error("one shard only");
    await writeFile(await (first.store.pathOf?.(second) ?? ""), new Uint8Array(second.bytes));
    const again = await nodeOf(index, size);
    const { made, blobs } = counting(again.store);
    expect(await datasetPrepare.run(again.node, { ...again.context, blobs })).toEqual(whole);
    expect(made()).toBe(3);
  });

  it("is normalized by the training split's preparation, where that is given", async () => {
    for (let i = 0; i < 4; i++) await tree.put(`${i < 2 ? "train" : "test"}/${i % 2}/${i}.png`, await png(i));
    const index = await indexOf(declared("image_folder"));
    const train = await nodeOf(index, 8);
    const { value } = await datasetPrepare.run(train.node, train.context);
    const { node, context } = await nodeOf(index, 8);
    const test = { ...node, params: { ...node.params, splitName: "test" as const } };
    const found = { mean: [1, 2, 3], std: [4, 5, 6] };
    const given = { value: { statistics: found } } as unknown as Manifest;
    const inputs = new Map([...context.inputs, ["train", given]]);
    expect(await datasetPrepare.run(test, { ...context, inputs })).toMatchObject({ value: { statistics: found } });
    // and finds the same on its own
    const { statistics } = value as unknown as { statistics: unknown };
    expect(await datasetPrepare.run(test, context)).toMatchObject({ value: { statistics } });
  });

  it("is read by offset where it is more than memory, and damage is noticed", async () => {
    const size = SIZE;
    const index = await manyRows(size);
    const { node, context, store } = await nodeOf(index, size);
    const manifest = manifestOf(await datasetPrepare.run(node, context));
    const memory = await loadImages(manifest, store);
    const files = await loadImages({ ...manifest, key: "b".repeat(64) as NodeKey }, store, 1000);
    const bytesAt = (set: typeof memory, i: number) => {
      const { data, offset } = set.at(i);
      return Buffer.from(data.subarray(offset, offset + size * size));
    };
    for (const i of [0, 2, 3, 8, index.items.length - 1])
      expect(bytesAt(files, i).equals(bytesAt(memory, i))).toBe(true);
    expect(() => files.at(index.items.length + 1000)).toThrow(RangeError);
    const last = manifest.outputs.images1;
    if (last === undefined) throw new Error("one shard only");
    await writeFile(await (store.pathOf?.(last) ?? ""), new Uint8Array(last.bytes));
    const damaged = await loadImages({ ...manifest, key: "c".repeat(64) as NodeKey }, store, 1000);
    expect(() => damaged.at(imagesPerShard(size, 1))).toThrow(/altered/);
  });
});

describe("threads", () => {
  it("prepare the bytes that one thread does, in order, and name what is wrong", async () => {
    await ensureBuilt();
    for (let i = 0; i < 150; i++) await tree.put(`train/${i % 2 ? "a" : "b"}/${i}.jpg`, await jpeg(i));
    const index = await indexOf(declared("image_folder"));
    const { prepareAll } = (await import(
      join(packageRoot, "dist/src/runtime/data/decode/pool.js")
    )) as typeof import("../../../src/runtime/data/decode/pool.js");
    const source = { root: tree.root, adapter: index.adapter, digests: new MemoDigests() };
    const preparation = { size: 16, channels: 3, transforms: [], digests: true };
    const all = async (threads: number) => {
      const parts: Uint8Array[] = [];
      const digests: string[] = [];
      const problems: string[] = [];
      for await (const chunk of prepareAll({ source, items: index.items, preparation, threads })) {
        parts.push(chunk.bytes);
        digests.push(...chunk.digests);
        problems.push(...chunk.problems.map(([, { path, kind }]) => `${kind} ${path}`));
      }
      return { bytes: Buffer.concat(parts).toString("base64"), digests, problems };
    };
    expect(await all(2)).toEqual(await all(0));
    await tree.put("train/a/77.jpg", (await jpeg(77)).subarray(0, 200));
    const damaged = await all(2);
    expect(damaged).toEqual(await all(0));
    expect(damaged.problems).toEqual(["damaged train/a/77.jpg"]);
  });
});
