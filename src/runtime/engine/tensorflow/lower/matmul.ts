/** Matrix products. */

import { sizeOf } from "../../../../program/shape.js";
import { operand } from "../../operands.js";
import { bool, first, type Tensor } from "../graph.js";
import { broadcast, type LoweringContext, type OperationOf, type Rule } from "./context.js";

/** A product of two matrices, or of two equally long lists of matrices. */
function product(context: LoweringContext, a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const [rows, columns] = [a.shape.at(transposeA ? -1 : -2) ?? 1, b.shape.at(transposeB ? -2 : -1) ?? 1];
  if (a.shape.length === 2 && b.shape.length === 2) {
    const attributes = { transpose_a: bool(transposeA), transpose_b: bool(transposeB) };
    return context.graph.op("MatMul", [a, b], [rows, columns], attributes);
  }
  const shape = [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
  return context.graph.op("BatchMatMulV2", [a, b], shape, { adj_x: bool(transposeA), adj_y: bool(transposeB) });
}

function lowerMatmul(context: LoweringContext, operation: OperationOf<"matmul">): void {
  const { transposeA, transposeB, alpha } = operation.attributes;
  const output = first(operation.outputs);
  let [a, b] = [context.get(operand(operation, 0)), context.get(operand(operation, 1))];
  // the factor goes where there is least to multiply
  const [least] = [a, b].sort((x, y) => sizeOf(x.shape) - sizeOf(y.shape));
  const after = alpha !== 1 && sizeOf(output.shape) < sizeOf(least?.shape ?? []);
  if (alpha !== 1 && !after) {
    if (least === a) a = context.scale(a, alpha);
    else b = context.scale(b, alpha);
  }
  // one matrix for all rows of the left side: they are joined to one matrix
  const [width] = a.shape.slice(-1);
  const joined = a.shape.length > 2 && b.shape.length === 2 && !transposeA;
  const left = joined ? context.reshape(a, [sizeOf(a.shape) / (width ?? 1), width ?? 1]) : a;
  const made = product(context, left, b, transposeA, transposeB);
  context.set(output, context.reshape(after ? context.scale(made, alpha) : made, output.shape));
}

export const matmuls: { readonly matmul: Rule<"matmul"> } = { matmul: lowerMatmul };
