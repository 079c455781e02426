/** Runs an evaluation program over a set of images; the last batch is padded and its padding dropped. */

import { setImmediate } from "node:timers/promises";
import { evaluationBatch } from "../../models/memory.js";
import type { Session } from "../engine/types.js";
import { type BatchSource, imageBatch } from "./batches.js";

export { evaluationBatch };

/** Logits [images, classes]. */
export async function evaluateLogits(
  session: Session,
  program: string,
  source: BatchSource,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { images, model } = source;
  const batch = evaluationBatch(model);
  const total = images.info.images;
  const out = new Float32Array(total * model.classes);
  for (let from = 0; from < total; from += batch) {
    await setImmediate();
    signal.throwIfAborted();
    const indices = Array.from({ length: Math.min(batch, total - from) }, (_, i) => from + i);
    const { logits } = await session.run(program, { x: imageBatch(source, indices, batch) });
    if (!(logits?.data instanceof Float32Array)) throw new Error(`program ${program} fetches no logits`);
    out.set(logits.data.subarray(0, indices.length * model.classes), from * model.classes);
  }
  return out;
}
