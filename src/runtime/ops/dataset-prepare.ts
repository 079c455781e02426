import type { Json } from "../../catalog/types.js";
import { MemoDigests } from "../data/digests.js";
import { infoOf, type PreparedInfo } from "../data/images.js";
import {
  ByteTotals,
  type ChannelStatistics,
  channelStatistics,
  imagesPerShard,
  labelsOf,
  type PrepareRequest,
  preparedItems,
  prepareShards,
} from "../data/prepare.js";
import type { IndexedItem } from "../data/types.js";
import { writeSafetensors } from "../state/safetensors.js";
import { DamagedBlobError } from "../store/errors.js";
import type { BlobRef } from "../store/types.js";
import { putJson, readIndex } from "./inputs.js";
import { located, type OpContext, type OpImplementation } from "./types.js";

const inMemory = new MemoDigests();

export const datasetPrepare: OpImplementation<"dataset.prepare"> = {
  op: "dataset.prepare",
  async run(node, context) {
    const { splitName, size, channels, transforms } = node.params;
    const index = await readIndex(node, context);
    const source = { root: located(node, context), adapter: index.adapter, digests: context.digests ?? inMemory };
    const images = { index, source, size, channels, transforms };
    const request = { ...images, split: splitName, signal: context.signal, onProgress: context.progress };
    const items = preparedItems(request);
    const totals = splitName === "train" ? new ByteTotals(channels, size * size) : undefined;
    const shards = await shardsOf(request, items, totals, context);
    const statistics = totals?.statistics() ?? (await trainStatistics(request, context));
    const outputs: { [name: string]: BlobRef } = {};
    for (const [i, shard] of shards.entries()) outputs[i === 0 ? "images" : `images${i}`] = shard;
    const { labels, labelShape } = labelsOf(items, index.classes.length);
    outputs.labels = await context.blobs.put(
      writeSafetensors(new Map([["labels", { shape: labelShape, data: labels }]])),
    );
    outputs.ids = await putJson(
      context,
      items.map(({ id }) => id),
    );
    const value = {
      images: items.length,
      channels,
      size,
      classes: index.classes,
      shards: shards.map(({ bytes }) => bytes / (channels * size * size)),
      statistics: statistics && { mean: statistics.mean, std: statistics.std },
    } satisfies PreparedInfo;
    return { outputs, value, summary: `${value.images} images at ${size} px` };
  },
};

/** Every shard in the store, each as soon as it is full; after a kill only those that are missing are made. */
async function shardsOf(
  request: PrepareRequest,
  items: readonly IndexedItem[],
  totals: ByteTotals | undefined,
  context: OpContext,
): Promise<readonly BlobRef[]> {
  const { size, channels } = request;
  const imageBytes = channels * size * size;
  const several = items.length > imagesPerShard(size, channels);
  const shards = [...(await keptShards(context, imageBytes, totals))];
  for await (const shard of prepareShards(request, items, shards.length)) {
    totals?.add(shard, 0, shard.length / imageBytes);
    shards.push(await context.blobs.put(shard));
    if (several) await context.unfinished?.commit(shards.length, { shards: shards.map(asJson) }, []);
  }
  return shards;
}

function asJson({ digest, bytes }: BlobRef): Json {
  return { digest, bytes };
}

/** What an earlier attempt made, up to the first shard that is no longer whole. */
async function keptShards(
  { unfinished, blobs }: OpContext,
  imageBytes: number,
  totals: ByteTotals | undefined,
): Promise<readonly BlobRef[]> {
  const [latest] = (await unfinished?.snapshots()) ?? [];
  if (unfinished === undefined || latest === undefined) return [];
  const kept: BlobRef[] = [];
  try {
    const body = (await unfinished.read(latest)) as unknown as { readonly shards: readonly BlobRef[] };
    for (const ref of body.shards) {
      const shard = await blobs.get(ref);
      totals?.add(shard, 0, shard.length / imageBytes);
      kept.push(ref);
    }
  } catch (error) {
    if (!(error instanceof DamagedBlobError)) throw error;
  }
  return kept;
}

/** As the training split's own preparation left them; null where there are no training images. */
async function trainStatistics(request: PrepareRequest, { inputs }: OpContext): Promise<ChannelStatistics | null> {
  const train = inputs.get("train");
  return train === undefined ? channelStatistics(request) : infoOf(train).statistics;
}
