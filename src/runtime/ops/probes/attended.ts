import { sampleImages } from "../../probes/cka.js";
import type { FeatureBatch } from "../../probes/features.js";
import { layersOf, numberOption, streamOf, textOption } from "../../probes/options.js";
import type { ProbeNode } from "../forward-work.js";
import { type ForwardWork, wantOf } from "../forward-work.js";
import { type OpContext, probeValue } from "../types.js";

/** The program gives the mean over queries, an image and head a number; here they are averaged over images. */
export async function forwardAttended(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  const { params } = node;
  const layers = layersOf(params);
  const want = await wantOf(node, context, "state", "data");
  const sample = sampleImages(want.images.hashes, numberOption(params, "images"), streamOf(params));
  const chosen = new Set(sample);
  const renormalized = textOption(params, "estimator") === "renormalized";
  const sums = new Map<string, Float64Array>();
  const reader = {
    images: chosen,
    flat: [],
    pooled: [],
    attended: layers,
    take: (batch: FeatureBatch) => {
      for (const layer of layers) {
        const { data, width } = batch.attended(layer);
        const heads = width / 2;
        const sum = sums.get(layer) ?? new Float64Array(heads);
        sums.set(layer, sum);
        batch.indices.forEach((image, i) => {
          if (!chosen.has(image)) return;
          const from = i * width + (renormalized ? 0 : heads);
          for (let head = 0; head < heads; head++) sum[head] = (sum[head] as number) + (data[from + head] as number);
        });
      }
    },
  };
  return {
    wants: [{ ...want, rounds: 1, reader: () => ({ reader }) }],
    async finish() {
      const rows = layers.flatMap((layer) =>
        Array.from(sums.get(layer) ?? [], (sum, head) => ({
          inner: { layer, head: head + 1 },
          value: sum / sample.length,
        })),
      );
      return { outputs: {}, value: probeValue(rows, []), summary: `${rows.length} heads over ${sample.length} images` };
    },
  };
}
