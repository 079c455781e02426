import type { NodeFor } from "../../compiler/plan/types.js";
import { type ForwardWork, wantOf } from "./forward-work.js";
import { putPredictions } from "./predictions.js";
import type { OpContext } from "./types.js";

/** Outputs `logits` [images, classes], `labels` and `ids`. */
export async function forwardPredict(node: NodeFor<"predict">, context: OpContext): Promise<ForwardWork> {
  const want = await wantOf(node, context, "state", "data");
  const { images } = want;
  const { classes } = node.params.model;
  const total = images.info.images;
  const logits = new Float32Array(total * classes);
  return {
    wants: [
      {
        ...want,
        rounds: 1,
        reader: () => ({
          reader: {
            flat: [],
            pooled: [],
            take: (batch) => {
              batch.indices.forEach((image, i) => {
                logits.set(batch.logits.subarray(i * classes, (i + 1) * classes), image * classes);
              });
            },
          },
        }),
      },
    ],
    async finish() {
      const outputs = await putPredictions(context, images, logits, classes);
      return { outputs, value: { images: total, classes }, summary: `${total} images` };
    },
  };
}
