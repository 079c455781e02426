/** `dataset.index` and `dataset.prepare`: decoded once, resized once, kept as bytes. */

import type { Choice } from "../../catalog/types.js";
import type { OpParams } from "../../compiler/plan/types.js";
import type { PartName } from "../../compiler/study.js";
import { adapterOf } from "./adapters/index.js";
import { prepareImage } from "./pixels.js";
import { assignSplits, itemsOf } from "./splits.js";
import { transformImage } from "./transforms.js";
import {
  DataError,
  type DataSource,
  type DatasetIndex,
  type FileDigests,
  type IndexedItem,
  isProblem,
  type Pixels,
} from "./types.js";

/** Images in one blob: 256 MB, so that no blob comes near what a buffer can hold. */
const SHARD_BYTES = 256 * 2 ** 20;

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
): Promise<DatasetIndex> {
  const { adapter, split, stream } = params;
  const index = await adapterOf(adapter.id).index({ root, adapter, digests });
  if (index.fingerprint !== params.fingerprint) {
    throw new DataError("the files changed after the study was planned", "run it again");
  }
  const { items, ...found } = index;
  return { adapter, ...found, items: assignSplits(index, split, stream) };
}

export interface PrepareRequest {
  readonly index: DatasetIndex;
  readonly source: DataSource;
  readonly split: PartName;
  readonly size: number;
  readonly channels: number;
  readonly transforms?: readonly Choice[] | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export async function prepareSplit(request: PrepareRequest): Promise<Prepared> {
  const { index, split, size, channels } = request;
  const items = itemsOf(index.items, split);
  if (items.length === 0)
    throw new DataError(`there are no ${split} images`, "give the data set a split that has some");
  const imageBytes = channels * size * size;
  const perShard = Math.max(1, Math.floor(SHARD_BYTES / imageBytes));
  const shards: Uint8Array[] = [];
  let position = 0;
  for await (const image of decodeAll(request, items)) {
    const within = position % perShard;
    if (within === 0) shards.push(new Uint8Array(Math.min(perShard, items.length - position) * imageBytes));
    const shard = shards.at(-1);
    if (shard !== undefined) prepareOne(image, request, shard, within * imageBytes);
    position += 1;
  }
  return { shards, ...labelsOf(items, index.classes.length), ids: items.map(({ id }) => id) };
}

/** Sums of bytes are whole numbers, so the statistics do not depend on the order of images. Null without training images. */
export async function channelStatistics(request: Omit<PrepareRequest, "split">): Promise<ChannelStatistics | null> {
  const { index, size, channels } = request;
  const items = itemsOf(index.items, "train");
  if (items.length === 0) return null;
  const plane = size * size;
  const image = new Uint8Array(channels * plane);
  const totals = new ByteTotals(channels, plane);
  for await (const pixels of decodeAll(request, items)) {
    prepareOne(pixels, request, image, 0);
    totals.add(image, 0, 1);
  }
  return totals.statistics();
}

function prepareOne(image: Pixels, request: Omit<PrepareRequest, "split">, data: Uint8Array, at: number): void {
  const { size, channels, transforms = [] } = request;
  prepareImage(image, size, channels, data, at);
  transformImage({ data, at, channels, size }, transforms);
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

async function* decodeAll(request: Omit<PrepareRequest, "split">, items: readonly IndexedItem[]) {
  const adapter = adapterOf(request.index.adapter.id);
  let done = 0;
  for await (const image of adapter.decode(request.source, items)) {
    request.signal?.throwIfAborted();
    if (isProblem(image)) {
      throw new DataError(
        `${image.path} ${image.reason}; ${image.remedy}`,
        "`xferc data STUDY` lists every file like it",
      );
    }
    yield image;
    done += 1;
    request.onProgress?.(done, items.length);
  }
}

export function labelsOf(items: readonly IndexedItem[], classes: number) {
  const several = items.some(({ label }) => typeof label !== "number");
  if (!several) return { labels: Int32Array.from(items, ({ label }) => Number(label)), labelShape: [items.length] };
  const labels = items.flatMap(({ label }) => (typeof label === "number" ? [] : label));
  return { labels: Int32Array.from(labels), labelShape: [items.length, classes] };
}
