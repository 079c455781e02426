/** Predictions as `predict` leaves them. */

import type { Task } from "../../catalog/types.js";
import type { InputRef } from "../../compiler/plan/types.js";
import type { TensorData } from "../../program/types.js";
import type { ImageSet } from "../data/images.js";
import { type Predictions, predictionsOf } from "../probes/predictions.js";
import { readSafetensors, writeSafetensors } from "../state/safetensors.js";
import { inputBlob, manifestOf, putJson } from "./inputs.js";
import type { OpContext, OpResult } from "./types.js";

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

/** Outputs `logits` [images, classes], `labels` and `ids`. */
export async function putPredictions(
  context: OpContext,
  { ids, labels, labelWidth, info }: Pick<ImageSet, "ids" | "labels" | "labelWidth" | "info">,
  logits: Float32Array,
  classes: number,
): Promise<OpResult["outputs"]> {
  const put = (name: string, tensor: TensorData) => context.blobs.put(writeSafetensors(new Map([[name, tensor]])));
  const total = info.images;
  return {
    logits: await put("logits", { shape: [total, classes], data: logits }),
    labels: await put("labels", { shape: labelWidth > 1 ? [total, labelWidth] : [total], data: labels }),
    ids: await putJson(context, ids),
  };
}
