/**
 * A training step as a SavedModel, small enough to be read: `y = x·w`, loss the mean square of `y - target`, one step of
 * gradient descent on the resource variable `w`. It tries the library and its binding, and nothing of ours besides.
 */

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** A field of TensorFlow's messages: number, and what stands there. */
type Field = readonly [number: number, content: Content];
type Content = Uint8Array | string | number;

/** Wholes are varints; strings and messages are length-delimited. */
function message(...fields: readonly Field[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, content] of fields) {
    if (typeof content === "number") writer.tag(number, WireType.Varint).int64(content);
    else if (typeof content === "string") writer.tag(number, WireType.LengthDelimited).string(content);
    else writer.tag(number, WireType.LengthDelimited).bytes(content);
  }
  return writer.finish();
}

const FLOAT = 1;
const INT32 = 3;

const shape = (extents: readonly number[]) => message(...extents.map((size): Field => [2, message([1, size])]));

/** AttrValue, a field each. */
const type = (number: number): Field => [6, number];
const flag = (on: boolean): Field => [5, on ? 1 : 0];
const extents = (...sizes: readonly number[]): Field => [7, shape(sizes)];
const text = (content: string): Field => [2, content];
const constant = (dtype: number, sizes: readonly number[], values: Float32Array | Int32Array): Field => [
  8,
  message([1, dtype], [2, shape(sizes)], [4, new Uint8Array(values.buffer)]),
];

/** NodeDef. `^name` among the inputs runs that node before. */
function node(
  name: string,
  op: string,
  inputs: readonly string[],
  attributes: { readonly [name: string]: Field },
): Field {
  const attrs = Object.entries(attributes).map(([key, value]): Field => [5, message([1, key], [2, message(value)])]);
  return [1, message([1, name], [2, op], ...inputs.map((input): Field => [3, input]), ...attrs)];
}

/** Producer version of the graph format that TensorFlow 2.11 wrote; later versions keep its meaning. */
const PRODUCER = 1286;
const T = { T: type(FLOAT) };
const matmul = (transposed: boolean) => ({ ...T, transpose_a: flag(transposed), transpose_b: flag(false) });

/** Rows and columns of x; w is columns × 1. */
export const TRIAL_ROWS = 2;
export const TRIAL_COLUMNS = 2;
export const TRIAL_RATE = 0.125;

/** The content of `saved_model.pb`. */
export function trialModel(): Uint8Array {
  const graph = message(
    node("w", "VarHandleOp", [], {
      dtype: type(FLOAT),
      shape: extents(TRIAL_COLUMNS, 1),
      shared_name: text("w"),
      container: text(""),
    }),
    node("start", "Placeholder", [], { dtype: type(FLOAT), shape: extents(TRIAL_COLUMNS, 1) }),
    // Without a copy the variable may share JavaScript's memory; see `createTensor`.
    node("copy", "DeepCopy", ["start"], T),
    node("assign", "AssignVariableOp", ["w", "copy"], { dtype: type(FLOAT) }),
    node("loaded", "Identity", ["start", "^assign"], T),
    node("x", "Placeholder", [], { dtype: type(FLOAT), shape: extents(TRIAL_ROWS, TRIAL_COLUMNS) }),
    node("target", "Placeholder", [], { dtype: type(FLOAT), shape: extents(TRIAL_ROWS, 1) }),
    node("weights", "ReadVariableOp", ["w"], { dtype: type(FLOAT) }),
    node("y", "MatMul", ["x", "weights"], matmul(false)),
    node("error", "Sub", ["y", "target"], T),
    node("square", "Mul", ["error", "error"], T),
    node("axes", "Const", [], { dtype: type(INT32), value: constant(INT32, [2], Int32Array.of(0, 1)) }),
    node("loss", "Mean", ["square", "axes"], { ...T, Tidx: type(INT32), keep_dims: flag(false) }),
    // Two over the number of rows is one.
    node("gradient", "MatMul", ["x", "error"], matmul(true)),
    node("rate", "Const", [], { dtype: type(FLOAT), value: constant(FLOAT, [], Float32Array.of(TRIAL_RATE)) }),
    node("update", "ResourceApplyGradientDescent", ["w", "rate", "gradient"], { ...T, use_locking: flag(true) }),
    node("step", "Identity", ["loss", "^update"], T),
    [4, message([1, PRODUCER])],
  );
  const metaGraph = message([1, message([4, "serve"], [5, "2.11.0"])], [2, graph]);
  return message([1, 1], [2, metaGraph]);
}
