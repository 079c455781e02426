/** L2 distance of two states, layer by layer. */

import { l2, type Tensor } from "../../analysis/index.js";
import type { ModelInfo, TensorInfo } from "../../models/types.js";
import type { ProbeRow } from "../results/types.js";
import type { NamedTensors } from "../state/safetensors.js";

/** A layer's own weights, norms and buffers left out; a layer without any has no row. */
export function l2Rows(info: ModelInfo, a: NamedTensors, b: NamedTensors): readonly ProbeRow[] {
  const tensors = new Map(info.tensors.map((tensor) => [tensor.name, tensor]));
  return info.layers.flatMap(({ name, tensors: own }) => {
    const weights = own.filter((tensor) => isWeight(tensors.get(tensor)));
    if (weights.length === 0) return [];
    return [{ inner: { layer: name }, value: l2(pick(a, weights), pick(b, weights)) }];
  });
}

function isWeight(tensor: TensorInfo | undefined): boolean {
  return tensor?.trainable === true && tensor.role !== "norm-scale" && tensor.role !== "norm-shift";
}

function pick(state: NamedTensors, names: readonly string[]): readonly Tensor[] {
  return names.map((name) => {
    const tensor = state.get(name);
    if (!(tensor?.data instanceof Float32Array)) throw new Error(`the state has no weights ${name}`);
    return { data: tensor.data, shape: tensor.shape };
  });
}
