/** `dataset.index` and `dataset.prepare`: decoded once, resized once, kept as bytes. */

import type { OpParams, TransformParams } from "../../compiler/plan/types.js";
import type { PartName } from "../../compiler/study.js";
import { prepareAll } from "./decode/pool.js";
import { usableIndex } from "./policy.js";
import { assignSplits, itemsOf } from "./splits.js";
import {
  DataError,
  type DataSource,
  type DatasetIndex,
  type FileDigests,
  type IndexedItem,
  type PluginAdapters,
} from "./types.js";

/** Images in one blob: what a kill costs at most, and what a reader verifies at once. */
const SHARD_BYTES = 16 * 2 ** 20;

export interface Prepared {
  /** [N, C, S, S] bytes, cut into shards of whole images. */
  readonly shards: readonly Uint8Array[];
  readonly labels: Int32Array;
  /** [N], or [N, labels]. */
  readonly labelShape: readonly number[];
  readonly ids: readonly string[];
}

/** Of the training split, per channel, in [0, 1] units; std with ddof 0. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** @throws DataError, also where the files are no longer those the plan was made for */
export async function indexDataset(
  params: OpParams["dataset.index"],
  root: string,
  digests: FileDigests,
  plugins?: PluginAdapters,
): Promise<DatasetIndex> {
  const { adapter, split, stream } = params;
  const index = await usableIndex({ root, adapter, digests, plugins });
  if (index.fingerprint !== params.fingerprint) {
    throw new DataError("the files changed after the study was planned", "run it again");
  }
  return { adapter, ...index, items: assignSplits(index, split, stream) };
}

export interface PrepareRequest {
  readonly index: DatasetIndex;
  readonly source: DataSource;
  readonly split: PartName;
  readonly size: number;
  readonly channels: number;
  readonly transforms?: readonly TransformParams[] | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /** Threads that decode; as many as there are processors unless given. */
  readonly threads?: number;
}

/** The split's cases, in the order their images are prepared. @throws DataError where it has none */
export function preparedItems({ index, split }: Pick<PrepareRequest, "index" | "split">): readonly IndexedItem[] {
  const items = itemsOf(index.items, split);
  if (items.length > 0) return items;
  throw new DataError(`there are no ${split} images`, "give the data set a split that has some");
}

export function imagesPerShard(size: number, channels: number): number {
  return Math.max(1, Math.floor(SHARD_BYTES / (channels * size * size)));
}

export async function prepareSplit(request: PrepareRequest): Promise<Prepared> {
  const items = preparedItems(request);
  const shards: Uint8Array[] = [];
  for await (const shard of prepareShards(request, items)) shards.push(shard);
  return { shards, ...labelsOf(items, request.index.classes.length), ids: items.map(({ id }) => id) };
}

/**
 * Shards of whole images, [images, channels, size, size]; those before `from` were made already.
 * @throws DataError at an image that cannot be decoded
 */
export async function* prepareShards(
  request: PrepareRequest,
  items: readonly IndexedItem[],
  from = 0,
): AsyncGenerator<Uint8Array> {
  const { size, channels } = request;
  const imageBytes = channels * size * size;
  const perShard = imagesPerShard(size, channels);
  const rest = items.slice(from * perShard);
  let shard = new Uint8Array(Math.min(perShard, rest.length) * imageBytes);
  let [filled, done] = [0, items.length - rest.length];
  for await (const chunk of decodeAll(request, rest)) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + shard.length - filled);
      shard.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < shard.length) continue;
      yield shard;
      done += shard.length / imageBytes;
      shard = new Uint8Array(Math.min(perShard, items.length - done) * imageBytes);
      filled = 0;
    }
    request.onProgress?.(done + filled / imageBytes, items.length);
  }
}

/** Sums of bytes are whole numbers, so the statistics do not depend on the order of images. Null without training images. */
export async function channelStatistics(request: Omit<PrepareRequest, "split">): Promise<ChannelStatistics | null> {
  const { index, size, channels } = request;
  const items = itemsOf(index.items, "train");
  if (items.length === 0) return null;
  const plane = size * size;
  const totals = new ByteTotals(channels, plane);
  for await (const chunk of decodeAll(request, items)) totals.add(chunk, 0, chunk.length / (channels * plane));
  return totals.statistics();
}

export function statisticsOf(prepared: Prepared, size: number, channels: number): ChannelStatistics {
  const plane = size * size;
  const totals = new ByteTotals(channels, plane);
  for (const shard of prepared.shards) totals.add(shard, 0, shard.length / (channels * plane));
  return totals.statistics();
}

export class ByteTotals {
  readonly #sums: number[];
  readonly #squares: number[];
  #pixels = 0;

  constructor(
    readonly channels: number,
    readonly plane: number,
  ) {
    this.#sums = new Array<number>(channels).fill(0);
    this.#squares = new Array<number>(channels).fill(0);
  }

  add(bytes: Uint8Array, offset: number, images: number): void {
    for (let i = 0; i < images; i++) {
      for (let c = 0; c < this.channels; c++) {
        let [sum, squares] = [0, 0];
        const start = offset + (i * this.channels + c) * this.plane;
        for (let at = start; at < start + this.plane; at++) {
          const value = bytes[at] as number;
          sum += value;
          squares += value * value;
        }
        this.#sums[c] = (this.#sums[c] ?? 0) + sum;
        this.#squares[c] = (this.#squares[c] ?? 0) + squares;
      }
    }
    this.#pixels += images * this.plane;
  }

  statistics(): ChannelStatistics {
    const mean = this.#sums.map((sum) => sum / this.#pixels);
    const variance = this.#squares.map((squares, c) => squares / this.#pixels - (mean[c] ?? 0) ** 2);
    return {
      mean: mean.map((value) => value / 255),
      std: variance.map((value) => Math.sqrt(Math.max(0, value)) / 255),
    };
  }
}

async function* decodeAll(
  request: Omit<PrepareRequest, "split">,
  items: readonly IndexedItem[],
): AsyncGenerator<Uint8Array> {
  const { source, size, channels, transforms = [], signal, threads } = request;
  const preparation = { size, channels, transforms, digests: false };
  const options = { source, items, preparation, signal, ...(threads === undefined ? {} : { threads }) };
  for await (const { bytes, problems } of prepareAll(options)) {
    const [first] = problems;
    if (first !== undefined) {
      const [, { path, reason, remedy }] = first;
      const others = "`xferc data STUDY` lists every file like it; `reject: skip(max: 1%)` goes on without them";
      throw new DataError(`${path} ${reason}; ${remedy}`, others);
    }
    yield bytes;
  }
}

export function labelsOf(items: readonly IndexedItem[], classes: number) {
  const several = items.some(({ label }) => typeof label !== "number");
  if (!several) return { labels: Int32Array.from(items, ({ label }) => Number(label)), labelShape: [items.length] };
  const labels = items.flatMap(({ label }) => (typeof label === "number" ? [] : label));
  return { labels: Int32Array.from(labels), labelShape: [items.length, classes] };
}
