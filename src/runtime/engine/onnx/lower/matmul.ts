/** Matrix products. */

import { sameShape, sizeOf } from "../../../../program/shape.js";
import type { Operation, Value } from "../../../../program/types.js";
import { operand } from "../../operands.js";
import { first, float, int, type Tensor } from "../graph.js";
import type { LoweringContext, OperationOf, Rule } from "./context.js";
import { at } from "./context.js";

/**
 * [..., m, k] × [k, n] is one product of [...·m, k]: leading axes that only the left has are rows. A bias [n] that is
 * added next goes into the product.
 */
function lowerMatmul(context: LoweringContext, operation: OperationOf<"matmul">): void {
  const { transposeA, transposeB, alpha } = operation.attributes;
  const [left, right] = [operand(operation, 0), operand(operation, 1)];
  const output = first(operation.outputs);
  if (right.shape.length !== 2 || transposeA) {
    context.set(output, context.matmul(context.get(left), context.get(right), { transposeA, transposeB, alpha }));
    return;
  }
  const width = at(left.shape, left.shape.length - 1);
  const rows = context.view(context.raw(left), [sizeOf(left.shape) / width, width]);
  const weights = context.get(right);
  const following = biasAfter(context, output);
  if (following === undefined) {
    context.set(output, context.matmul(rows, weights, { transposeB, alpha }));
    return;
  }
  context.absorb(following.sum);
  context.set(
    first(following.sum.outputs),
    gemm(context, [rows, weights, context.get(following.bias)], transposeB, alpha),
  );
}

function gemm(
  context: LoweringContext,
  inputs: readonly [Tensor, Tensor, Tensor],
  transposeB: boolean,
  alpha: number,
): Tensor {
  const [rows, weights] = inputs;
  const shape = [at(rows.shape, 0), at(weights.shape, transposeB ? 0 : 1)];
  return context.graph.op("Gemm", inputs, shape, { transB: int(Number(transposeB)), alpha: float(alpha) });
}

/** The addition of a vector along the last axis, where nothing else reads the product. */
function biasAfter(context: LoweringContext, product: Value): { sum: Operation; bias: Value } | undefined {
  // a half product is rounded before anything is added to it
  const sum = product.dtype === "f32" ? context.onlyConsumer(product) : undefined;
  const bias = sum?.kind === "add" ? sum.inputs.find(({ id }) => id !== product.id) : undefined;
  if (sum === undefined || bias === undefined || !context.isHeld(bias)) return undefined;
  return sameShape(bias.shape, product.shape.slice(-1)) ? { sum, bias } : undefined;
}

export const matmuls: { readonly matmul: Rule<"matmul"> } = { matmul: lowerMatmul };
