/**
 * Moves rows without adding them: the gradient of a `gather` whose constant indices name every row once is a
 * `scatterAdd` that adds nothing to anything, so it is a `gather` by the inverse. Engines copy rows far faster than
 * they add them.
 */

import type { Operation, Program, Value } from "../types.js";

/** `inverse[order[i]] = i`, or `undefined` where `order` does not name each of `rows` rows once. */
function inverseOf(order: Int32Array, rows: number): Int32Array | undefined {
  if (order.length !== rows) return undefined;
  const inverse = new Int32Array(rows).fill(-1);
  for (const [position, row] of order.entries()) {
    if (row < 0 || row >= rows || inverse[row] !== -1) return undefined;
    inverse[row] = position;
  }
  return inverse;
}

export function gatherPermuted(program: Program): Program {
  const constants = new Map<number, Int32Array>();
  let values = 0;
  for (const { id } of [...program.feeds, ...program.state].map(({ value }) => value))
    values = Math.max(values, id + 1);
  for (const operation of program.operations) {
    for (const { id } of operation.outputs) values = Math.max(values, id + 1);
    const [output] = operation.outputs;
    if (operation.kind === "constant" && output !== undefined && operation.attributes.data instanceof Int32Array) {
      constants.set(output.id, operation.attributes.data);
    }
  }
  const operations = program.operations.flatMap((operation): Operation[] => {
    const [rows, indices] = operation.inputs;
    if (operation.kind !== "scatterAdd" || rows === undefined || indices === undefined) return [operation];
    const order = constants.get(indices.id);
    const inverse = order && inverseOf(order, operation.attributes.rows);
    // indices of several axes would need their rows flattened first; no model has such
    if (inverse === undefined || indices.shape.length !== 1) return [operation];
    const back: Value = { id: values++, shape: indices.shape, dtype: "i32" };
    return [
      { kind: "constant", attributes: { data: inverse }, inputs: [], outputs: [back] },
      { kind: "gather", attributes: {}, inputs: [rows, back], outputs: operation.outputs },
    ];
  });
  return { ...program, operations };
}
