/** Runs an evaluation program over a set of images; the last batch is padded and its padding dropped. */

import { setImmediate } from "node:timers/promises";
import { evaluationBatch } from "../../models/memory.js";
import type { Session } from "../engine/types.js";
import { type BatchSource, imageBatch } from "./batches.js";

export { evaluationBatch };

/** An evaluation under way; it may be left and gone on with later, with the same bits. */
export interface Evaluation {
  /** Images evaluated: whole batches. */
  done: number;
  /** [images, classes] */
  readonly logits: Float32Array;
}

export function newEvaluation({ images, model }: BatchSource): Evaluation {
  return { done: 0, logits: new Float32Array(images.info.images * model.classes) };
}

/**
 * Logits [images, classes].
 * @param beforeBatch may wait, or throw to leave
 */
export async function evaluateLogits(
  session: Session,
  program: string,
  source: BatchSource,
  beforeBatch: () => void | Promise<void>,
  evaluation: Evaluation = newEvaluation(source),
): Promise<Float32Array> {
  const { images, model } = source;
  const batch = evaluationBatch(model);
  const total = images.info.images;
  const { logits: out } = evaluation;
  for (let from = evaluation.done; from < total; from += batch) {
    await setImmediate();
    await beforeBatch();
    const indices = Array.from({ length: Math.min(batch, total - from) }, (_, i) => from + i);
    const { logits } = await session.run(program, { x: imageBatch(source, indices, batch) });
    if (!(logits?.data instanceof Float32Array)) throw new Error(`program ${program} fetches no logits`);
    out.set(logits.data.subarray(0, indices.length * model.classes), from * model.classes);
    evaluation.done = from + indices.length;
  }
  return out;
}
