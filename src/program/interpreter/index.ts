/** Runs a program in float64, one op after another: slow, exact, and what every other engine is held against. */

import { isHalf, roundToHalf } from "../half.js";
import { ProgramError } from "../names.js";
import { formatShape, sameShape } from "../shape.js";
import type { DType, Operation, OpKind, Program, Value } from "../types.js";
import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import type { Kernel, Kernels } from "./kernel.js";
import { linear } from "./linear.js";
import { random } from "./random.js";
import { shaping } from "./shaping.js";
import type { Tensor } from "./tensor.js";
import { training } from "./training.js";

export { type Tensor, widen } from "./tensor.js";

const kernels: Kernels<OpKind> = { ...elementwise, ...shaping, ...linear, ...convolution, ...training, ...random };

export type Tensors = ReadonlyMap<string, Tensor>;

export interface Interpretation {
  readonly fetches: Map<string, Tensor>;
  /** New values of the state the program updates. */
  readonly updates: Map<string, Tensor>;
}

/** Throws where a feed or a state is missing or misshapen, naming it. */
export function interpret(program: Program, state: Tensors, feeds: Tensors): Interpretation {
  const values = new Map<number, Tensor>();
  for (const { name, value } of program.state) values.set(value.id, given("state", name, value, state));
  for (const { name, value } of program.feeds) values.set(value.id, given("feed", name, value, feeds));
  const lastUse = lastUses(program);
  const resolved = (value: Value): Tensor => {
    const tensor = values.get(value.id);
    if (tensor === undefined) throw new ProgramError(`${program.name}: value ${value.id} is used before it is made`);
    return tensor;
  };
  program.operations.forEach((operation, index) => {
    const results = run(operation, operation.inputs.map(resolved));
    operation.outputs.forEach((output, i) => {
      const tensor = results[i];
      if (tensor !== undefined) values.set(output.id, rounded(tensor, output.dtype));
    });
    for (const input of operation.inputs) if (lastUse.get(input.id) === index) values.delete(input.id);
  });
  const named = (list: readonly { readonly name: string; readonly value: Value }[]) =>
    new Map(list.map(({ name, value }) => [name, resolved(value)]));
  return { fetches: named(program.fetches), updates: named(program.updates) };
}

/** Half types are rounded after every operation; f32 stays float64, so that this is the exact one. */
function rounded(tensor: Tensor, dtype: DType): Tensor {
  return isHalf(dtype) ? { shape: tensor.shape, data: tensor.data.map((x) => roundToHalf(x, dtype)) } : tensor;
}

function given(what: string, name: string, value: Value, from: Tensors): Tensor {
  const tensor = from.get(name);
  if (tensor === undefined) throw new ProgramError(`${what} \`${name}\` is missing`);
  if (!sameShape(tensor.shape, value.shape)) {
    throw new ProgramError(
      `${what} \`${name}\` has shape ${formatShape(tensor.shape)}; it must have ${formatShape(value.shape)}`,
    );
  }
  return tensor;
}

/** Index of the operation after which a value is not needed any more; results are needed to the end. */
function lastUses(program: Program): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  program.operations.forEach(({ inputs }, index) => {
    for (const input of inputs) last.set(input.id, index);
  });
  for (const { value } of [...program.fetches, ...program.updates]) last.delete(value.id);
  return last;
}

function run(operation: Operation, inputs: readonly Tensor[]): readonly Tensor[] {
  const { kind, attributes, outputs } = operation;
  const shapes = outputs.map(({ shape }) => shape);
  // the table pairs each kind's kernel with its own attributes, which a union of kinds cannot express
  const kernel = kernels[kind] as Kernel<OpKind>;
  return kernel({
    attributes,
    inputs,
    shapes,
    shape: shapes[0] ?? [],
    input: (index) => {
      const tensor = inputs[index];
      if (tensor === undefined) throw new ProgramError(`\`${kind}\` has no input ${index + 1}`);
      return tensor;
    },
  });
}
