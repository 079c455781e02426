/** What a tuned cell is trained by: the chosen trial's own state, or a training by its values. */

import type { NodeFor } from "../../compiler/plan/types.js";
import { fit } from "./fit.js";
import { inputBlob, manifestOf } from "./inputs.js";
import { runTrain } from "./train.js";
import type { OpContext, OpImplementation } from "./types.js";

/** Which trial the input `choice` names. */
export async function chosenIndex(
  node: NodeFor<"tune.take" | "tune.refit" | "probe.history">,
  context: OpContext,
): Promise<number> {
  const bytes = await context.blobs.get(inputBlob(node, context, "choice"));
  const { index } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly index: number };
  return index;
}

export const tuneTake: OpImplementation<"tune.take"> = {
  op: "tune.take",
  async run(node, context) {
    const index = await chosenIndex(node, context);
    const { outputs, value } = manifestOf(context, `trial${index}`);
    return { outputs, value, summary: `trial ${index + 1}` };
  },
};

export const tuneRefit: OpImplementation<"tune.refit"> = {
  op: "tune.refit",
  async run(node, context) {
    const index = await chosenIndex(node, context);
    const stage = node.params.stages[index];
    if (stage === undefined) throw new Error(`trial ${index + 1} is not in this grid; run again`);
    switch (stage.op) {
      case "train":
        return runTrain({ ...node, op: "train", params: stage.params }, context, shareOf(context, index));
      case "fit":
        return fit.run({ ...node, op: "fit", params: stage.params }, context);
      default:
        return stage satisfies never;
    }
  },
};

/**
 * How much of its budget the chosen trial needed to its selected state, where trials stop early: without a validation split
 * there is nothing to stop by, and this is what was found with one (Goodfellow, Bengio, Courville 2016, algorithm 7.2).
 */
function shareOf(context: OpContext, index: number): number | undefined {
  const found = context.inputs.get(`trial${index}`)?.value as
    | Partial<{ selectedStep: number; budget: number }>
    | undefined;
  if (found?.selectedStep === undefined || found.budget === undefined) return undefined;
  return found.selectedStep / found.budget;
}
