/** States with one part put back: what re-initialization robustness measures. */

import type { Choice } from "../../catalog/types.js";
import type { StreamSpec } from "../../compiler/plan/types.js";
import type { ModelInfo } from "../../models/types.js";
import type { TensorData } from "../../program/types.js";
import { randomTensor } from "../init/random.js";
import { Stream } from "../random/stream.js";
import type { NamedTensors } from "../state/safetensors.js";

export interface ModelPart {
  readonly name: string;
  readonly tensors: readonly string[];
}

/** Parts in the model's order, by whole names; those without tensors cannot be put back. */
export function partsOf(info: ModelInfo, by: string): readonly ModelPart[] {
  if (by !== "layers" && by !== "units") throw new Error(`no parts ${by}; there is layers, units`);
  return info[by].filter(({ tensors }) => tensors.length > 0);
}

export type PutBack =
  | { readonly mode: "reinit"; readonly to: NamedTensors }
  /** Each tensor of a stream of its own, so a part is drawn alike whichever parts there are. */
  | { readonly mode: "rerand"; readonly scheme: Choice; readonly stream: StreamSpec };

/** @throws Error where a state lacks one of the part's tensors */
export function putBack(info: ModelInfo, state: NamedTensors, { tensors }: ModelPart, how: PutBack): NamedTensors {
  const changed = new Map<string, TensorData>(state);
  const known = new Map(info.tensors.map((tensor) => [tensor.name, tensor]));
  for (const name of tensors) {
    const tensor = known.get(name);
    if (tensor === undefined) throw new Error(`the model has no tensor ${name}`);
    if (how.mode === "reinit") {
      const before = how.to.get(name);
      if (before === undefined) throw new Error(`the state to go back to has no tensor ${name}`);
      changed.set(name, before);
    } else {
      const stream = new Stream({ ...how.stream, about: [...how.stream.about, name] });
      changed.set(name, randomTensor(tensor, how.scheme, stream));
    }
  }
  return changed;
}
