/** Units, layers and tensors of a model: what `units[1..n]`, `layers[l]` and patterns mean for it. */

import type { ModelInfo, ModelSpec } from "../../../models/types.js";
import { product } from "./node.js";
import type { ModelExplanation, ModelPart } from "./types.js";

export function explainModel(name: string, spec: ModelSpec, info: ModelInfo): ModelExplanation {
  const sizes = new Map(info.tensors.map((tensor) => [tensor.name, product(tensor.shape)]));
  const part = (item: { readonly name: string; readonly tensors: readonly string[] }, index: number): ModelPart => ({
    index: index + 1,
    name: item.name,
    tensors: item.tensors,
    numbers: item.tensors.reduce((sum, tensor) => sum + (sizes.get(tensor) ?? 0), 0),
  });
  return {
    kind: "model",
    name,
    family: spec.family,
    parameters: info.parameterCount,
    forwardFlops: info.forwardFlops,
    input: info.input,
    classes: info.classes,
    units: info.units.map(part),
    layers: info.layers.map((layer, index) => ({ ...part(layer, index), shape: layer.shape })),
    head: info.tensors.filter(({ place }) => place.kind === "head").map((tensor) => tensor.name),
  };
}
