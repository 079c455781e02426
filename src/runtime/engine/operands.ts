/** What lowering rules ask of an operation. */

import type { Operation, Value } from "../../program/types.js";

/** The `index`-th input of an operation. */
export function operand(operation: Operation, index: number): Value {
  const value = operation.inputs[index];
  if (value === undefined) throw new Error(`internal: ${operation.kind} has no input ${index}`);
  return value;
}

/** The `index`-th output of an operation. */
export function result(operation: Operation, index: number): Value {
  const value = operation.outputs[index];
  if (value === undefined) throw new Error(`internal: ${operation.kind} has no output ${index}`);
  return value;
}
