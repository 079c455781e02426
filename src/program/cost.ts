/** What a program costs, counted from its shapes. */

import { extentOf, sizeOf } from "./shape.js";
import type { Operation, Shape } from "./types.js";

const shapeAt = (operation: Operation, index: number): Shape => operation.inputs[index]?.shape ?? [];

function flops(operation: Operation): number {
  switch (operation.kind) {
    case "matmul": {
      const a = shapeAt(operation, 0);
      const inner = extentOf(a, operation.attributes.transposeA ? -2 : -1);
      return 2 * sizeOf(operation.outputs[0]?.shape ?? []) * inner;
    }
    case "conv2d":
      return 2 * sizeOf(operation.outputs[0]?.shape ?? []) * sizeOf(shapeAt(operation, 1).slice(1));
    case "conv2dInputGrad":
      return 2 * sizeOf(shapeAt(operation, 0)) * sizeOf(shapeAt(operation, 1).slice(1));
    case "conv2dFilterGrad":
      return 2 * sizeOf(shapeAt(operation, 0)) * sizeOf(operation.attributes.filterShape.slice(1));
    default:
      return 0;
  }
}

/** Floating-point operations of the matrix products and convolutions (a multiply-add is two); the rest is small. */
export function flopsOf(operations: readonly Operation[]): number {
  return operations.reduce((sum, operation) => sum + flops(operation), 0);
}
