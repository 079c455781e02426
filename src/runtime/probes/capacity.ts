import type { ModelInfo } from "../../models/types.js";

/** @param what `parameters`, `backbone` (without the head) or `flops` of one image's forward pass */
export function countOf(info: ModelInfo, what: string): number {
  switch (what) {
    case "parameters":
      return info.parameterCount;
    case "backbone":
      return info.tensors.reduce(
        (sum, { trainable, place, shape }) =>
          sum + (trainable && place.kind === "unit" ? shape.reduce((product, extent) => product * extent, 1) : 0),
        0,
      );
    case "flops":
      return info.forwardFlops;
    default:
      throw new Error(`no count ${what}; there is parameters, backbone, flops`);
  }
}
