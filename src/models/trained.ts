/** Which tensors a step trains, and how fast each: freezing, layer-wise learning rates, gradual unfreezing. */

import type { Pace } from "../program/training/optimizer.js";
import { traceModel } from "./trace.js";
import type { ModelInfo, ModelSpec, TensorInfo } from "./types.js";

export interface TrainedParts {
  /** Names of tensors that stay as they are. Batch norms whose statistics are among them run in evaluation mode. */
  readonly frozen?: readonly string[];
  /** Of the learning rate from one unit to the one before it, towards the images. */
  readonly layerDecay?: number;
  /** Units that are not waiting any more, counted from the head; absent: nothing waits. */
  readonly thawed?: number;
}

type Tensors = Pick<ModelInfo, "tensors" | "units">;

/** The unit's number from the head, which is 0, and so the phase of gradual unfreezing it is trained from. */
function fromHead({ place }: Pick<TensorInfo, "place">, { units }: Tensors): number {
  return place.kind === "head" ? 0 : units.length - place.unit;
}

/** Every tensor a step leaves as it is, but for buffers that it does not touch anyway. */
export function frozenTensors(info: Tensors, { frozen = [], thawed }: TrainedParts): ReadonlySet<string> {
  const names = new Set(frozen);
  if (thawed !== undefined) {
    for (const tensor of info.tensors) if (fromHead(tensor, info) > thawed) names.add(tensor.name);
  }
  return names;
}

/** Tensors with a gradient and state of the optimizer. */
export function trainedTensors(info: Tensors, parts: TrainedParts): readonly TensorInfo[] {
  const frozen = frozenTensors(info, parts);
  return info.tensors.filter(({ trainable, name }) => trainable && !frozen.has(name));
}

/**
 * How fast each trained tensor learns. Layer-wise decay is timm's (`param_groups_layer_decay`) with our units as its
 * layers: the head has the optimizer's rate, the last unit that times the decay, the one before it that squared.
 */
export function pacesOf(info: Tensors, parts: TrainedParts): ReadonlyMap<string, Pace> {
  const { layerDecay = 1, thawed } = parts;
  const paces = trainedTensors(info, parts).map((tensor): readonly [string, Pace] => {
    const depth = fromHead(tensor, info);
    return [tensor.name, { factor: layerDecay ** depth, since: thawed === undefined ? 0 : depth }];
  });
  return new Map(paces);
}

/** Phases of gradual unfreezing in which some tensor begins to be trained, the first left out. */
export function laterPhases(model: ModelSpec, parts: Pick<TrainedParts, "frozen">, thawed: number): readonly number[] {
  const info = traceModel(model);
  const trained = trainedTensors(info, { ...parts, thawed });
  return [...new Set(trained.map((tensor) => fromHead(tensor, info)))].filter((phase) => phase > 0);
}
