import { predictionsOf, score as scoreOf } from "../probes/metric.js";
import { readSafetensors } from "../state/safetensors.js";
import { inputBlob, manifestOf } from "./inputs.js";
import { type OpImplementation, probeValue } from "./types.js";

export const score: OpImplementation<"score"> = {
  op: "score",
  async run(node, context) {
    const { metric, task } = node.params;
    const logits = readSafetensors(await context.blobs.get(inputBlob(node, context, "predictions")), "logits").get(
      "logits",
    );
    const labelsRef = manifestOf(context, "predictions").outputs.labels;
    const labels = labelsRef && readSafetensors(await context.blobs.get(labelsRef), "labels").get("labels");
    if (!(logits?.data instanceof Float32Array) || !(labels?.data instanceof Int32Array)) {
      throw new Error("the predictions are not what `predict` writes");
    }
    const value = scoreOf(metric, predictionsOf(logits.data, labels.data, logits.shape[1] ?? 1, taskOf(task)));
    const warnings = Number.isNaN(value) ? [`${metric} has no value: only one class occurs`] : [];
    return {
      outputs: {},
      value: probeValue([{ inner: {}, value }], warnings),
      summary: `${metric} ${value.toPrecision(4)}`,
    };
  },
};

function taskOf(task: string): "multiclass" | "binary" | "multilabel" {
  if (task === "multiclass" || task === "binary" || task === "multilabel") return task;
  throw new Error(`no task ${task}`);
}
