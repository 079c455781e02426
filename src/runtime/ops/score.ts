import { numberOf } from "../../analysis/metrics/measured.js";
import { measure, predictionsOf, remarkOn } from "../probes/metric.js";
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
    const measured = measure(metric, predictionsOf(logits.data, labels.data, logits.shape[1] ?? 1, taskOf(task)));
    const remark = remarkOn(metric, measured);
    const value = numberOf(measured);
    return {
      outputs: {},
      value: probeValue([{ inner: {}, value }], remark === undefined ? [] : [remark]),
      summary: measured.kind === "value" ? `${metric} ${value.toPrecision(4)}` : (remark ?? metric),
    };
  },
};

function taskOf(task: string): "multiclass" | "binary" | "multilabel" {
  if (task === "multiclass" || task === "binary" || task === "multilabel") return task;
  throw new Error(`no task ${task}`);
}
