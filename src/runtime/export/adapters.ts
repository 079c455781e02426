/** Low-rank adapters of a state that leaves xferc: merged into the weights beside them, or alone. */

import { type LoraParams, loraScale } from "../../models/adapter.js";
import type { TensorInfo } from "../../models/types.js";
import { sizeOf } from "../../program/shape.js";
import type { TensorData } from "../../program/types.js";
import type { NamedTensors } from "../state/safetensors.js";

/** `merged`: the tensors of the model without adapters; `alone`: the adapters, and the head they were trained with. */
export type AdapterForm = "merged" | "alone";

const [DOWN, UP] = [".lora_A", ".lora_B"];

/** W + (alpha / rank) · B A of every layer with an adapter, summed in double precision; all other tensors as they are. */
export function merged(state: NamedTensors, lora: LoraParams): Map<string, TensorData> {
  const tensors = new Map<string, TensorData>();
  for (const [name, tensor] of state) {
    if (name.endsWith(DOWN) || name.endsWith(UP)) continue;
    const module = name.slice(0, -".weight".length);
    const [down, up] = [state.get(`${module}${DOWN}`), state.get(`${module}${UP}`)];
    const adapted = name.endsWith(".weight") && down !== undefined && up !== undefined;
    tensors.set(name, adapted ? plusProduct(tensor, { down, up }, loraScale(lora)) : tensor);
  }
  return tensors;
}

/** `weight` [out, in], `down` [rank, in], `up` [out, rank]. */
function plusProduct(
  weight: TensorData,
  { down, up }: { down: TensorData; up: TensorData },
  scale: number,
): TensorData {
  const [out = 0, into = 0] = weight.shape;
  const [rank = 0] = down.shape;
  if (sizeOf(down.shape) !== rank * into || sizeOf(up.shape) !== out * rank) {
    throw new Error(`an adapter ${up.shape.join("×")} · ${down.shape.join("×")} beside ${weight.shape.join("×")}`);
  }
  const data = new Float32Array(out * into);
  for (let row = 0; row < out; row++) {
    for (let column = 0; column < into; column++) {
      let sum = 0;
      for (let k = 0; k < rank; k++)
        sum += (up.data[row * rank + k] as number) * (down.data[k * into + column] as number);
      data[row * into + column] = (weight.data[row * into + column] as number) + scale * sum;
    }
  }
  return { shape: weight.shape, data };
}

export function alone(state: NamedTensors, tensors: readonly TensorInfo[]): Map<string, TensorData> {
  const wanted = tensors.filter(({ role, place }) => role === "adapter" || place.kind === "head");
  return new Map(
    wanted.map(({ name }) => {
      const tensor = state.get(name);
      if (tensor === undefined) throw new Error(`the state has no tensor ${name}`);
      return [name, tensor];
    }),
  );
}
