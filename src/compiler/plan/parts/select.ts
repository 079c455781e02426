/** Part selectors → tensors of a traced model. */

import { matchesGlob, parseGlob } from "../../../models/glob.js";
import type { ModelInfo, TensorInfo } from "../../../models/types.js";
import type { Selector } from "../../study.js";

/** A flag a tensor, in the model's order. */
export type TensorSet = Uint8Array;

/**
 * `init`: the head is always fresh, so only a selector that names it reaches it. `compose`: the head is a tensor like
 * any other, and `rest` holds it.
 */
export type SelectionScope = "init" | "compose";

/** An empty range is a point of its axis, `rest` means whatever is left, and some families have no buffers. */
export function mayBeEmpty(part: Selector): boolean {
  if (part.kind === "rest" || part.kind === "buffers") return true;
  return (part.kind === "units" || part.kind === "layers") && part.to < part.from;
}

/** Tensors a selector names, whatever earlier rules took: `rest` is everything in scope. */
export function select(selector: Selector, model: ModelInfo, scope: SelectionScope): TensorSet {
  const inScope = (tensor: TensorInfo) => scope === "compose" || isTransferred(tensor);
  switch (selector.kind) {
    case "units":
      return pick(model, (tensor) => {
        const { place } = tensor;
        return place.kind === "unit" && within(place.unit, selector.from, selector.to) && inScope(tensor);
      });
    case "layers":
      return ofNames(
        model,
        model.layers.slice(Math.max(0, selector.from - 1), Math.max(0, selector.to)).flatMap((layer) => layer.tensors),
        inScope,
      );
    case "layer":
      return ofNames(
        model,
        model.layers.find((layer) => layer.name === selector.name)?.tensors ?? [],
        (tensor) => tensor.place.kind === "head" || inScope(tensor),
      );
    case "pattern": {
      const glob = parseGlob(selector.glob);
      const namesHead = glob[0] !== "*" && glob[0] !== "**";
      return pick(model, (tensor) => (namesHead || inScope(tensor)) && matchesGlob(glob, tensor.name));
    }
    case "backbone":
      return pick(model, (tensor) => tensor.place.kind === "unit" && inScope(tensor));
    case "buffers":
      return pick(model, (tensor) => !tensor.trainable && inScope(tensor));
    case "bias":
      return pick(model, (tensor) => inScope(tensor) && tensor.name.split(".").at(-1) === "bias");
    case "norm":
      return pick(model, (tensor) => inScope(tensor) && tensor.role.startsWith("norm-"));
    case "adapter":
      return pick(model, ({ role }) => role === "adapter");
    case "head":
      return pick(model, ({ place }) => place.kind === "head");
    case "rest":
      return pick(model, inScope);
    default:
      return selector satisfies never;
  }
}

/** In an init the head and adapters are fresh, whatever the source has. */
export function isTransferred({ place, role }: Pick<TensorInfo, "place" | "role">): boolean {
  return place.kind === "unit" && role !== "adapter";
}

function within(index: number, from: number, to: number): boolean {
  return index + 1 >= from && index + 1 <= to;
}

function pick(model: ModelInfo, wanted: (tensor: TensorInfo) => boolean): TensorSet {
  return Uint8Array.from(model.tensors, (tensor) => (wanted(tensor) ? 1 : 0));
}

function ofNames(model: ModelInfo, names: readonly string[], inScope: (tensor: TensorInfo) => boolean): TensorSet {
  const wanted = new Set(names);
  return pick(model, (tensor) => wanted.has(tensor.name) && inScope(tensor));
}
