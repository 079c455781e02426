import type { NodeFor } from "../../compiler/plan/types.js";
import { writeSafetensors } from "../state/safetensors.js";
import { type ForwardWork, wantOf } from "./forward-work.js";
import type { OpContext } from "./types.js";

/** Output `features` [images, width]: what the head reads. */
export async function forwardFeatures(node: NodeFor<"features">, context: OpContext): Promise<ForwardWork> {
  const want = await wantOf(node, context, "state", "data");
  const total = want.images.info.images;
  let features = new Float32Array(0);
  let width = 0;
  return {
    wants: [
      {
        ...want,
        rounds: 1,
        reader: () => ({
          reader: {
            flat: [],
            pooled: [],
            embedding: true,
            take: (batch) => {
              const seen = batch.embedding();
              if (width === 0) {
                width = seen.width;
                features = new Float32Array(total * width);
              }
              batch.indices.forEach((image, i) => {
                features.set(seen.data.subarray(i * width, (i + 1) * width), image * width);
              });
            },
          },
        }),
      },
    ],
    async finish() {
      const bytes = writeSafetensors(new Map([["features", { shape: [total, width], data: features }]]));
      return {
        outputs: { features: await context.blobs.put(bytes) },
        value: { images: total, width },
        summary: `${total} images, ${width} features`,
      };
    },
  };
}
