import { fitLogistic, type Tensor } from "../../analysis/index.js";
import type { OpParams } from "../../compiler/plan/types.js";
import { traceModel } from "../../models/trace.js";
import type { TensorInfo } from "../../models/types.js";
import { type ImageSet, loadImages } from "../data/images.js";
import { labelsOf } from "../probes/labelled.js";
import { type NamedTensors, readSafetensors } from "../state/safetensors.js";
import { inputBlob, manifestOf, putJson, putState, readState } from "./inputs.js";
import type { OpImplementation } from "./types.js";

type FitParams = OpParams["fit"];

/** The head's fit on features that were computed before; the state it leaves is the model's, its head the fit. */
export const fit: OpImplementation<"fit"> = {
  op: "fit",
  async run(node, context) {
    const { params } = node;
    const images = await loadImages(manifestOf(context, "train"), context.blobs);
    const bytes = await context.blobs.get(inputBlob(node, context, "features"));
    const features = readSafetensors(bytes, "the features").get("features");
    if (!(features?.data instanceof Float32Array)) throw new Error("the features are damaged; run again");
    const found = { shape: features.shape, data: features.data };
    const { state, converged } = fitHead(params, await readState(node, context, "init"), found, images);
    const warnings = converged ? [] : ["the fit had not come to rest; try a larger l2, or more `steps`"];
    const history = { metric: "loss", steps: { step: [], loss: [], lr: [] }, checks: [], warnings };
    const written = await putState(context, state);
    return {
      outputs: { selected: written, last: written, history: await putJson(context, history) },
      value: { steps: 0, selectedStep: 0, selectedValue: null, converged, history },
      summary: `${images.info.images} images${converged ? "" : ", not at rest"}`,
    };
  },
};

/** @param features [images, width] */
export function fitHead(
  { model, l2, solver }: FitParams,
  initial: NamedTensors,
  features: Tensor,
  images: ImageSet,
): { readonly state: NamedTensors; readonly converged: boolean } {
  const [count = 0, width = 0] = features.shape;
  const { classes } = model;
  if (count !== images.info.images) throw new Error("the features are of other images; run again");
  if (images.labelWidth > 1 && images.labels.includes(-1)) {
    throw new Error("some labels are not known, which a solver cannot leave out; train the head by an optimizer");
  }
  const found = fitLogistic(() => [{ from: 0, features }], { images: count, width }, labelsOf(images, classes), {
    classes,
    l2,
    tolerance: Number(solver.params.tolerance),
    steps: Number(solver.params.steps),
  });
  const head = traceModel(model).tensors.filter(({ place }) => place.kind === "head");
  const weight = oneOf(head, "linear", [classes, width]);
  const bias = oneOf(head, "bias", [classes]);
  const state = new Map(initial);
  state.set(weight.name, { shape: weight.shape, data: Float32Array.from(found.weights) });
  state.set(bias.name, { shape: bias.shape, data: Float32Array.from(found.offsets) });
  return { state, converged: found.converged };
}

function oneOf(head: readonly TensorInfo[], role: TensorInfo["role"], shape: readonly number[]): TensorInfo {
  const tensor = head.find((each) => each.role === role);
  if (tensor === undefined || tensor.shape.join() !== shape.join()) {
    throw new Error(`the model's head has no ${role} of [${shape.join(", ")}]`);
  }
  return tensor;
}
