/** Adaptive average pooling as torch.nn.AdaptiveAvgPool2d: cell i averages rows ⌊i·H/n⌋ to ⌈(i+1)·H/n⌉. */

import type { Builder } from "../../program/builder.js";
import { extentOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";

/** [N, C, H, W] → [N, C, cells, cells], by a product with the weights of the averages. */
export function adaptiveAvgPool(b: Builder, x: Value, cells: number): Value {
  const [n, c, h, w] = [0, 1, 2, 3].map((axis) => extentOf(x.shape, axis)) as [number, number, number, number];
  if (h === cells && w === cells) return x;
  const columns = b.matmul(b.reshape(x, [n * c * h, w]), averages(b, w, cells), { transposeB: true });
  const turned = b.transpose(b.reshape(columns, [n * c, h, cells]), [0, 2, 1]);
  const rows = b.matmul(b.reshape(turned, [n * c * cells, h]), averages(b, h, cells), { transposeB: true });
  return b.reshape(b.transpose(b.reshape(rows, [n * c, cells, cells]), [0, 2, 1]), [n, c, cells, cells]);
}

/** [cells, extent], every row of sum 1. */
function averages(b: Builder, extent: number, cells: number): Value {
  const data = new Float32Array(cells * extent);
  for (let i = 0; i < cells; i++) {
    const [from, to] = [Math.floor((i * extent) / cells), Math.ceil(((i + 1) * extent) / cells)];
    data.fill(1 / (to - from), i * extent + from, i * extent + to);
  }
  return b.constant(data, [cells, extent]);
}
