/** The patch embedding of vision transformers. */

import type { Builder } from "../../program/builder.js";
import { extentOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { pytorchDefault } from "./layers.js";

interface Patches {
  /** Width of a token. */
  readonly dim: number;
  /** Patches along one side of the image. */
  readonly grid: number;
  /** Height and width of a patch, px. */
  readonly patch: number;
}

/** [N, C, H, W] → [N·grid², D]: cut into patches, each a row, and project. */
export function embedPatches(b: Builder, images: Value, { dim, grid, patch }: Patches): Value {
  const [batch, channels] = [extentOf(images.shape, 0), extentOf(images.shape, 1)];
  const pixels = channels * patch * patch;
  const cut = b.reshape(images, [batch, channels, grid, patch, grid, patch]);
  const rows = b.reshape(b.transpose(cut, [0, 2, 4, 1, 3, 5]), [batch * grid * grid, pixels]);
  const init = pytorchDefault(pixels);
  const filter = b.parameter("weight", [dim, channels, patch, patch], { role: "conv", init });
  const bias = b.parameter("bias", [dim], { role: "bias", init });
  return b.add(b.matmul(rows, b.reshape(filter, [dim, pixels]), { transposeB: true }), bias);
}
