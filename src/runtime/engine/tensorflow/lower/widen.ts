/**
 * Operations on half values that TensorFlow's own half kernels would round more than once. The IR says that they compute
 * as precisely as float32 and round the result; so these are done in float32 between casts.
 */

import type { Operation, OpKind, Value } from "../../../../program/types.js";
import type { LoweringContext } from "./context.js";

/** Composed of several nodes, or sums over overlapping windows. */
const ALWAYS: ReadonlySet<OpKind> = new Set<OpKind>(["gelu", "geluGrad", "maxPoolGrad"]);
/** Eigen's float16 convolutions on the CPU add up in float16; a GPU's, and oneDNN's bfloat16, add up in float32. */
const FLOAT16_ON_CPU: ReadonlySet<OpKind> = new Set<OpKind>([
  "conv2d",
  "conv2dInputGrad",
  "conv2dFilterGrad",
  "matmul",
]);

export function isWidened(operation: Operation, device: "cpu" | "cuda"): boolean {
  const dtype = operation.inputs[0]?.dtype;
  if (dtype !== "bf16" && dtype !== "f16") return false;
  return ALWAYS.has(operation.kind) || (dtype === "f16" && device === "cpu" && FLOAT16_ON_CPU.has(operation.kind));
}

/** Lowers an operation as if all its half values were float32, and rounds what comes out. */
export function lowerWidened(
  context: LoweringContext,
  operation: Operation,
  lower: (operation: Operation) => void,
): void {
  const wide = (value: Value): Value => ({ ...value, id: context.freshId(), dtype: "f32" });
  const inputs = operation.inputs.map((value) => {
    const twin = wide(value);
    context.set(twin, context.cast(context.raw(value), "f32"), context.layoutOf(value));
    return twin;
  });
  const outputs = operation.outputs.map(wide);
  lower({ ...operation, inputs, outputs });
  operation.outputs.forEach((output, index) => {
    const made = outputs[index];
    if (made !== undefined) context.set(output, context.cast(context.raw(made), output.dtype), context.layoutOf(made));
  });
}
