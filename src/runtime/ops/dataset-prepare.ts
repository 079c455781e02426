import { MemoDigests } from "../data/digests.js";
import type { PreparedInfo } from "../data/images.js";
import { type ChannelStatistics, channelStatistics, prepareSplit, statisticsOf } from "../data/prepare.js";
import { writeSafetensors } from "../state/safetensors.js";
import type { BlobRef } from "../store/types.js";
import { inputBlob, putJson, readIndex } from "./inputs.js";
import { located, type OpImplementation } from "./types.js";

const digests = new MemoDigests();
/** Test images are normalized by the training images' statistics; a worker that has them need not decode again. */
const known = new Map<string, ChannelStatistics | null>();
const KNOWN_LIMIT = 64;

export const datasetPrepare: OpImplementation<"dataset.prepare"> = {
  op: "dataset.prepare",
  async run(node, context) {
    const { splitName, size, channels, transforms } = node.params;
    const indexRef = inputBlob(node, context, "index");
    const index = await readIndex(node, context);
    const source = { root: located(node, context), adapter: index.adapter, digests };
    const request = { index, source, size, channels, transforms, signal: context.signal, onProgress: context.progress };
    const prepared = await prepareSplit({ ...request, split: splitName });
    const key = JSON.stringify([indexRef.digest, size, channels, transforms]);
    const remembered = known.get(key);
    const statistics =
      splitName === "train"
        ? statisticsOf(prepared, size, channels)
        : remembered === undefined
          ? await channelStatistics(request)
          : remembered;
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(key, statistics);
    const outputs: { [name: string]: BlobRef } = {};
    for (const [i, shard] of prepared.shards.entries()) {
      outputs[i === 0 ? "images" : `images${i}`] = await context.blobs.put(shard);
    }
    const labels = { shape: prepared.labelShape, data: prepared.labels };
    outputs.labels = await context.blobs.put(writeSafetensors(new Map([["labels", labels]])));
    outputs.ids = await putJson(context, prepared.ids);
    const value = {
      images: prepared.ids.length,
      channels,
      size,
      classes: index.classes,
      shards: prepared.shards.map((shard) => shard.length / (channels * size * size)),
      statistics: statistics && { mean: statistics.mean, std: statistics.std },
    } satisfies PreparedInfo;
    return { outputs, value, summary: `${value.images} images at ${size} px` };
  },
};
