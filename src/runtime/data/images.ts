/** Prepared images as training and probes read them. */

import type { Json } from "../../catalog/types.js";
import type { NodeKey, NormalizeParams } from "../../compiler/plan/types.js";
import { hashItem, type ItemHash } from "../random/stream.js";
import { readSafetensors } from "../state/safetensors.js";
import type { BlobRef, BlobStore, Manifest } from "../store/types.js";
import type { ChannelStatistics } from "./prepare.js";
import { ShardFiles } from "./shard-files.js";

export interface PreparedInfo {
  readonly images: number;
  readonly channels: number;
  readonly size: number;
  readonly classes: readonly string[];
  readonly shards: readonly number[];
  /** Null where there are no training images. */
  readonly statistics: ChannelStatistics | null;
}

/** What a `dataset.view` says of itself: the parts it points into, as their `dataset.prepare` left them. */
interface ViewedInfo extends Omit<PreparedInfo, "shards"> {
  readonly parts: readonly { readonly part: string; readonly key: NodeKey; readonly value: Json }[];
}

export interface ImageSet {
  readonly info: PreparedInfo;
  readonly labels: Int32Array;
  /** Labels an image: 1, or the number of labels where an image has several. */
  readonly labelWidth: number;
  readonly ids: readonly string[];
  readonly hashes: readonly ItemHash[];
  /** The bytes of one image, planar: `data` from `offset` on. */
  at(index: number): { readonly data: Uint8Array; readonly offset: number };
}

const kept = new Map<string, Promise<ImageSet>>();
const KEPT_BYTES = 2 ** 30;
const sizes = new Map<string, number>();

/** The images a `dataset.prepare` or `dataset.view` left behind; kept in memory between nodes while there is room. */
export function loadImages(manifest: Manifest, blobs: BlobStore, memory = KEPT_BYTES): Promise<ImageSet> {
  const view = manifest.value as unknown as Partial<ViewedInfo>;
  if (view.parts !== undefined) return loadView(manifest, view as ViewedInfo, blobs, memory);
  const first = manifest.outputs.images;
  if (first === undefined) throw new Error(`${manifest.op} left no images`);
  const key = `${manifest.key}:${first.digest}`;
  const known = kept.get(key);
  if (known !== undefined) {
    // The latest used is the last to go.
    kept.delete(key);
    kept.set(key, known);
    return known;
  }
  const loading = load(manifest, blobs, memory);
  kept.set(key, loading);
  const bytes = Object.values(manifest.outputs).reduce((sum, one) => sum + one.bytes, 0);
  // what is read by offset takes no room
  sizes.set(key, bytes > memory ? 0 : bytes);
  loading.catch(() => forget(key));
  makeRoom(key);
  return loading;
}

function makeRoom(newest: string): void {
  let total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  for (const key of [...kept.keys()]) {
    if (total <= KEPT_BYTES || key === newest) return;
    total -= sizes.get(key) ?? 0;
    forget(key);
  }
}

function forget(key: string): void {
  kept.delete(key);
  sizes.delete(key);
}

async function load(manifest: Manifest, blobs: BlobStore, memory: number): Promise<ImageSet> {
  const info = infoOf(manifest);
  const labels = readSafetensors(await blob(manifest, blobs, "labels"), "labels").get("labels");
  const ids: readonly string[] = JSON.parse(new TextDecoder().decode(await blob(manifest, blobs, "ids")));
  if (!(labels?.data instanceof Int32Array)) throw new Error("prepared labels are damaged; run again");
  return {
    info,
    labels: labels.data,
    labelWidth: labels.shape[1] ?? 1,
    ids,
    hashes: ids.map(hashItem),
    at: await readerOf(manifest, info, blobs, memory),
  };
}

/** From memory where there is room for all of them, else by offset from where the shards lie. */
async function readerOf(
  manifest: Manifest,
  info: PreparedInfo,
  blobs: BlobStore,
  memory: number,
): Promise<ImageSet["at"]> {
  const imageBytes = info.channels * info.size * info.size;
  const perShard = info.shards[0] ?? 1;
  const names = info.shards.map((_, i) => (i === 0 ? "images" : `images${i}`));
  const locate = blobs.pathOf?.bind(blobs);
  if (info.images * imageBytes > memory && locate !== undefined) {
    const refs = names.map((name) => refOf(manifest, name));
    const places = await Promise.all(refs.map(async (ref) => ({ ref, path: await locate(ref) })));
    const files = new ShardFiles(places, imageBytes, perShard);
    return (index) => ({ data: files.image(index), offset: 0 });
  }
  const shards = await Promise.all(names.map((name) => blob(manifest, blobs, name)));
  return (index) => {
    const shard = shards[Math.floor(index / perShard)];
    if (shard === undefined) throw new RangeError(`image ${index} of ${info.images}`);
    return { data: shard, offset: (index % perShard) * imageBytes };
  };
}

/** Rows of the parts it points into, under labels of its own; the parts themselves are kept in memory as ever. */
async function loadView(manifest: Manifest, info: ViewedInfo, blobs: BlobStore, memory: number): Promise<ImageSet> {
  const parts = await Promise.all(
    info.parts.map(({ part, key, value }) => {
      const own = Object.entries(manifest.outputs).filter(([name]) => name.startsWith(`${part}.`));
      const outputs = Object.fromEntries(own.map(([name, ref]) => [name.slice(part.length + 1), ref]));
      return loadImages({ ...manifest, op: "dataset.prepare", key, outputs, value }, blobs, memory);
    }),
  );
  const rows = readSafetensors(await blob(manifest, blobs, "rows"), "rows").get("rows");
  const labels = readSafetensors(await blob(manifest, blobs, "labels"), "labels").get("labels");
  const ids: readonly string[] = JSON.parse(new TextDecoder().decode(await blob(manifest, blobs, "ids")));
  if (!(rows?.data instanceof Int32Array && labels?.data instanceof Int32Array)) {
    throw new Error("a view's rows are damaged; run again");
  }
  const places: readonly (readonly [ImageSet, number])[] = parts.flatMap((part) =>
    part.ids.map((_, i) => [part, i] as const),
  );
  const chosen = Array.from(rows.data, (row) => places[row]);
  return {
    info: { ...info, shards: [] },
    labels: labels.data,
    labelWidth: labels.shape[1] ?? 1,
    ids,
    hashes: ids.map(hashItem),
    at(index) {
      const place = chosen[index];
      if (place === undefined) throw new RangeError(`image ${index} of ${ids.length}`);
      const [part, row] = place;
      return part.at(row);
    },
  };
}

/** What `dataset.prepare` wrote as its value; ours, so the shape is known. */
export function infoOf(manifest: Manifest): PreparedInfo {
  return manifest.value as unknown as PreparedInfo;
}

async function blob(manifest: Manifest, blobs: BlobStore, name: string): Promise<Uint8Array> {
  return blobs.get(refOf(manifest, name));
}

function refOf(manifest: Manifest, name: string): BlobRef {
  const ref = manifest.outputs[name];
  if (ref === undefined) throw new Error(`${manifest.op} left no ${name}`);
  return ref;
}

/** value/255 → (value/255 − mean) / std, as one multiply and one add a channel. A channel that never varies is only centred. */
export interface Normalization {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

export function normalizationOf(params: NormalizeParams, info: PreparedInfo): Normalization {
  const statistics = params.kind === "given" ? params : info.statistics;
  if (statistics === null) throw new Error("there are no training images to normalize by; give `normalize mean: …`");
  const { mean, std } = statistics;
  const scale = new Float64Array(info.channels);
  const shift = new Float64Array(info.channels);
  for (let c = 0; c < info.channels; c++) {
    // One number given for grey stands for every channel.
    const deviation = std[c % std.length] || 1;
    scale[c] = 1 / deviation;
    shift[c] = -(mean[c % mean.length] ?? 0) / deviation;
  }
  return { scale, shift };
}
