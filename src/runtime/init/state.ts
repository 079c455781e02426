/** From a manifest to named tensors: the code of every init and every composition. */

import type { Adaptation, ManifestEntry, TensorOrigin } from "../../compiler/plan/types.js";
import type { ModelInfo, TensorInfo } from "../../models/types.js";
import type { TensorData } from "../../program/types.js";
import { Stream } from "../random/stream.js";
import type { NamedTensors } from "../state/safetensors.js";
import { constantTensor, randomTensor } from "./random.js";
import { resamplePositions, resampleWindow } from "./resample.js";
import { sampleTensor } from "./sample.js";

/** A state that lacks a tensor, or has it in another shape. */
export class StateError extends Error {
  override readonly name = "StateError";
}

/** @param states what `state: i` of the manifest's origins means */
export function buildState(
  manifest: readonly ManifestEntry[],
  info: ModelInfo,
  states: readonly NamedTensors[],
): Map<string, TensorData> {
  const tensors = new Map(info.tensors.map((tensor) => [tensor.name, tensor]));
  return new Map(
    manifest.map(({ tensor: name, shape, origin }) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new StateError(`the model has no tensor ${name}`);
      const made = make(tensor, origin, states);
      if (made.shape.join() !== shape.join()) {
        throw new StateError(
          `${name} is [${made.shape.join(", ")}] in its source; the model needs [${shape.join(", ")}]`,
        );
      }
      return [name, made];
    }),
  );
}

function make(tensor: TensorInfo, origin: TensorOrigin, states: readonly NamedTensors[]): TensorData {
  switch (origin.from) {
    case "state":
      return taken(tensor, states[origin.state], origin.adapt);
    case "stats": {
      // Drawn from the tensor as it would have been transferred, adapted.
      const source = taken(tensor, states[origin.state], origin.adapt);
      return sampleTensor(origin.sampler, source, new Stream(origin.stream));
    }
    case "random":
      return randomTensor(tensor, origin.scheme, new Stream(origin.stream));
    case "constant":
      return constantTensor(tensor, origin.value);
    default:
      return origin satisfies never;
  }
}

function taken(tensor: TensorInfo, state: NamedTensors | undefined, adapt: Adaptation | undefined): TensorData {
  const found = state?.get(tensor.name);
  if (found === undefined) {
    throw new StateError(`the source has no tensor ${tensor.name}; choose another source for it in the init's rules`);
  }
  return adapt === undefined ? found : adapted(tensor.name, found, adapt);
}

function adapted(name: string, tensor: TensorData, adapt: Adaptation): TensorData {
  if ("channels" in adapt) return adaptChannels(name, tensor, adapt.channels);
  return "positions" in adapt ? resamplePositions(tensor, adapt.positions) : resampleWindow(tensor, adapt.window);
}

/** Input channels of a filter O×I×H×W repeated, the first `channels` kept. */
export function adaptChannels(name: string, { shape, data }: TensorData, channels: number): TensorData {
  const [out, into, ...window] = shape;
  if (out === undefined || into === undefined || into === 0)
    throw new StateError(`${name} has no input channels to adapt`);
  const size = window.reduce((product, extent) => product * extent, 1);
  const adapted = new Float32Array(out * channels * size);
  for (let o = 0; o < out; o++) {
    for (let c = 0; c < channels; c++) {
      const from = (o * into + (c % into)) * size;
      adapted.set(data.subarray(from, from + size), (o * channels + c) * size);
    }
  }
  return { shape: [out, channels, ...window], data: adapted };
}
