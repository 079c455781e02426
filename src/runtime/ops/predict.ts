import type { NodeFor } from "../../compiler/plan/types.js";
import { writeSafetensors } from "../state/safetensors.js";
import { putJson } from "./inputs.js";
import { type ForwardWork, wantOf } from "./pass.js";
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
      const labelShape = images.labelWidth > 1 ? [total, images.labelWidth] : [total];
      const put = (name: string, tensor: Parameters<typeof writeSafetensors>[0]) =>
        context.blobs.put(writeSafetensors(tensor)).then((ref) => [name, ref] as const);
      const outputs = Object.fromEntries([
        await put("logits", new Map([["logits", { shape: [total, classes], data: logits }]])),
        await put("labels", new Map([["labels", { shape: labelShape, data: images.labels }]])),
        ["ids", await putJson(context, images.ids)] as const,
      ]);
      return { outputs, value: { images: total, classes }, summary: `${total} images` };
    },
  };
}
