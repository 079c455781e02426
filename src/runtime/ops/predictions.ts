/** Predictions as `predict` leaves them. */

import type { Task } from "../../catalog/types.js";
import type { InputRef } from "../../compiler/plan/types.js";
import { type Predictions, predictionsOf } from "../probes/predictions.js";
import { readSafetensors } from "../state/safetensors.js";
import { inputBlob, manifestOf } from "./inputs.js";
import type { OpContext } from "./types.js";

export async function readPredictions(
  node: { readonly inputs: readonly InputRef[] },
  context: OpContext,
  role: string,
  task: Task,
): Promise<Predictions> {
  const blob = await context.blobs.get(inputBlob(node, context, role));
  const logits = readSafetensors(blob, "logits").get("logits");
  const labelsRef = manifestOf(context, role).outputs.labels;
  const labels = labelsRef && readSafetensors(await context.blobs.get(labelsRef), "labels").get("labels");
  if (!(logits?.data instanceof Float32Array) || !(labels?.data instanceof Int32Array)) {
    throw new Error("the predictions are not what `predict` writes");
  }
  return predictionsOf(logits.data, labels.data, logits.shape[1] ?? 1, task);
}

export function taskOf(task: string): Task {
  if (task === "multiclass" || task === "binary" || task === "multilabel") return task;
  throw new Error(`no task ${task}`);
}
