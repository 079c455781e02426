/** Between two states. */

import type { ModelInfo } from "../../models/types.js";
import type { TensorData } from "../../program/types.js";
import type { NamedTensors } from "../state/safetensors.js";
import { StateError } from "./state.js";

/** What becomes of running statistics and counters. */
export type Buffers = "interpolate" | "keep";

/** (1 − t)·a + t·b in double precision, rounded once; whole numbers are the nearer state's. */
export function lerpStates(
  info: ModelInfo,
  a: NamedTensors,
  b: NamedTensors,
  { t, buffers }: { readonly t: number; readonly buffers: Buffers },
): Map<string, TensorData> {
  return new Map(
    info.tensors.map(({ name, trainable }) => {
      const [first, second] = [tensorOf(a, name), tensorOf(b, name)];
      if (first.shape.join() !== second.shape.join()) {
        throw new StateError(
          `${name} is [${first.shape.join(", ")}] in one state, [${second.shape.join(", ")}] in the other`,
        );
      }
      return [name, !trainable && buffers === "keep" ? first : between(first, second, t)];
    }),
  );
}

function tensorOf(state: NamedTensors, name: string): TensorData {
  const tensor = state.get(name);
  if (tensor === undefined) throw new StateError(`one of the states has no tensor ${name}`);
  return tensor;
}

function between(a: TensorData, b: TensorData, t: number): TensorData {
  if (!(a.data instanceof Float32Array) || t === 0 || t === 1) return t < 0.5 ? a : b;
  const data = new Float32Array(a.data.length);
  for (let i = 0; i < data.length; i++) data[i] = (1 - t) * (a.data[i] as number) + t * (b.data[i] as number);
  return { shape: a.shape, data };
}
