import { traceModel } from "../../models/trace.js";
import { loadImages } from "../data/images.js";
import type { BlobRef } from "../store/types.js";
import { trainStage } from "../train/loop.js";
import { stepOf } from "../ui/format.js";
import { manifestOf, putJson, putState, readState } from "./inputs.js";
import type { OpImplementation } from "./types.js";

export const train: OpImplementation<"train"> = {
  op: "train",
  async run(node, context) {
    const { params } = node;
    const val = context.inputs.get("val");
    const result = await trainStage({
      params,
      info: traceModel(params.model),
      plugins: context.plugins,
      engine: context.engine,
      microBatch: node.signature?.microBatch,
      initial: await readState(node, context, "init"),
      train: await loadImages(manifestOf(context, "train"), context.blobs),
      val: val && (await loadImages(val, context.blobs)),
      signal: context.signal,
      onProgress: context.progress,
      checkpoints: context.checkpoints,
    });
    const history = result.history.json();
    const outputs: { [name: string]: BlobRef } = {
      selected: await putState(context, result.selected),
      last: await putState(context, result.last),
      history: await putJson(context, history),
    };
    for (const [i, kept] of result.kept.entries()) outputs[`keep${i}`] = await putState(context, kept);
    const { selectedStep, selectedValue, resumed } = result;
    const total = result.history.total;
    const reached = selectedValue === undefined ? "" : `${params.metric} ${selectedValue.toPrecision(3)} `;
    return {
      outputs,
      value: { steps: total, selectedStep, selectedValue: finiteOrNull(selectedValue), history },
      summary: `${reached}at step ${selectedStep} of ${total}${resumed ? `, resumed at ${stepOf(resumed.step, total)}` : ""}`,
      ...(resumed ? { secondsBefore: resumed.seconds } : {}),
    };
  },
};

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
