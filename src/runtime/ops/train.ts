import type { NodeFor } from "../../compiler/plan/types.js";
import { traceModel } from "../../models/trace.js";
import { loadImages } from "../data/images.js";
import type { BlobRef } from "../store/types.js";
import { type StageResult, trainStage } from "../train/loop.js";
import { stepOf, thousands } from "../ui/format.js";
import { manifestOf, putJson, putState, readState } from "./inputs.js";
import type { OpContext, OpImplementation, OpResult } from "./types.js";

export const train: OpImplementation<"train"> = {
  op: "train",
  run: (node, context) => runTrain(node, context, undefined),
};

/** @param share of its steps those it takes, where another training found it */
export async function runTrain(
  node: NodeFor<"train">,
  context: OpContext,
  share: number | undefined,
): Promise<OpResult> {
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
    share,
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
  const { selectedStep, selectedValue, steps, budget, resumed } = result;
  return {
    outputs,
    value: {
      steps,
      selectedStep,
      selectedValue: finiteOrNull(selectedValue),
      history,
      ...(params.recipe.stop === undefined ? {} : { budget }),
    },
    summary: summaryOf(params.metric, result),
    ...(resumed ? { secondsBefore: resumed.seconds } : {}),
  };
}

/** `top1 0.93 at step 120 of 170, stopped early (1,000 at most), resumed at step 80 of 1,000`. */
function summaryOf(metric: string, { selectedStep, selectedValue, steps, budget, resumed }: StageResult): string {
  const reached = selectedValue === undefined ? "" : `${metric} ${selectedValue.toPrecision(3)} `;
  const early = steps === budget ? "" : `, stopped early (${thousands(budget)} at most)`;
  const again = resumed === undefined ? "" : `, resumed at ${stepOf(resumed.step, budget)}`;
  return `${reached}at step ${selectedStep} of ${steps}${early}${again}`;
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
