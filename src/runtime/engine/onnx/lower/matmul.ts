/** Matrix products. */

import { sizeOf } from "../../../../program/shape.js";
import { first } from "../graph.js";
import type { LoweringContext, OperationOf, Rule } from "./context.js";
import { at } from "./context.js";
import { operand } from "./operands.js";

/** [..., m, k] × [k, n] is one product of [...·m, k]: leading axes that only the left has are rows. */
function lowerMatmul(context: LoweringContext, operation: OperationOf<"matmul">): void {
  const { transposeA, transposeB, alpha } = operation.attributes;
  const [left, right] = [operand(operation, 0), operand(operation, 1)];
  const output = first(operation.outputs);
  if (right.shape.length === 2 && !transposeA) {
    const width = at(left.shape, left.shape.length - 1);
    const rows = context.view(context.raw(left), [sizeOf(left.shape) / width, width]);
    context.set(output, context.matmul(rows, context.get(right), { transposeB, alpha }));
    return;
  }
  context.set(output, context.matmul(context.get(left), context.get(right), { transposeA, transposeB, alpha }));
}

export const matmuls: { readonly matmul: Rule<"matmul"> } = { matmul: lowerMatmul };
