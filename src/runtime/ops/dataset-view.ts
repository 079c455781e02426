import type { Json } from "../../catalog/types.js";
import { counted } from "../../compiler/counted.js";
import { infoOf } from "../data/images.js";
import { chooseRows, viewStatistics } from "../data/rows.js";
import { PARTS } from "../data/splits.js";
import { writeSafetensors } from "../state/safetensors.js";
import type { BlobRef, Manifest } from "../store/types.js";
import { putJson, readIndex } from "./inputs.js";
import type { OpImplementation } from "./types.js";

/** Leaves rows, labels and ids of its own, and points at the images it was given: none is copied. */
export const datasetView: OpImplementation<"dataset.view"> = {
  op: "dataset.view",
  async run(node, context) {
    const index = await readIndex(node, context);
    const parts = PARTS.flatMap((part) => {
      const manifest = context.inputs.get(part);
      return manifest === undefined ? [] : [{ part, manifest }];
    });
    const chosen = await chooseRows(index, node.params, parts, context.blobs);
    const statistics = await viewStatistics(index, node.params, parts, context.blobs, context.signal);
    const outputs: { [name: string]: BlobRef } = {
      rows: await context.blobs.put(
        writeSafetensors(new Map([["rows", { shape: [chosen.rows.length], data: chosen.rows }]])),
      ),
      labels: await context.blobs.put(
        writeSafetensors(new Map([["labels", { shape: chosen.labelShape, data: chosen.labels }]])),
      ),
      ids: await putJson(context, chosen.ids),
    };
    for (const { part, manifest } of parts) Object.assign(outputs, withPrefix(part, manifest));
    const [first] = parts;
    if (first === undefined) throw new Error("a view of no images");
    const { channels, size } = infoOf(first.manifest);
    const value = {
      images: chosen.ids.length,
      channels,
      size,
      classes: chosen.classes,
      statistics,
      // what the pieces said of themselves, so that they are read as they always are
      parts: parts.map(({ part, manifest }) => ({ part, key: manifest.key, value: manifest.value })),
    };
    return { outputs, value: value as unknown as Json, summary: counted(chosen.ids.length, "image") };
  },
};

function withPrefix(part: string, { outputs }: Manifest): { readonly [name: string]: BlobRef } {
  return Object.fromEntries(Object.entries(outputs).map(([name, ref]) => [`${part}.${name}`, ref]));
}
