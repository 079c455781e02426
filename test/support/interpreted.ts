/** Programs on an engine, held to the interpreter's outputs on the same feeds. */

import { Builder } from "../../src/program/builder.js";
import { interpret, widen } from "../../src/program/interpreter/index.js";
import type { Program, TensorData } from "../../src/program/types.js";
import type { Engine } from "../../src/runtime/engine/types.js";
import { expectClose } from "./compare.js";
import { uniform } from "./numbers.js";

export type Tensors = { readonly [name: string]: TensorData };
export type Run = (program: Program, feeds: Tensors) => Promise<Tensors>;

export const runOn =
  (engine: Engine): Run =>
  async (program, feeds) => {
    const session = await engine.open({ programs: { program } });
    try {
      return await session.run("program", feeds);
    } finally {
      await session.close();
    }
  };

/** Between -1 and 1, by the names of program and feed. */
const drawn = ({ name: program, feeds }: Program): Tensors =>
  Object.fromEntries(feeds.map(({ name, value }) => [name, uniform(`${program} ${name}`, value.shape, -1, 1)]));

export async function expectInterpreted(
  run: Run,
  program: Program,
  tolerance: number,
  feeds: Tensors = drawn(program),
): Promise<void> {
  const widened = new Map(Object.entries(feeds).map(([name, tensor]) => [name, widen(tensor)]));
  const { fetches } = interpret(program, new Map(), widened);
  const outputs = await run(program, feeds);
  for (const [name, expected] of fetches) expectClose(outputs[name], expected, tolerance, name);
}

/** Batch norm and its gradients, on maps of size². */
export function batchNormProgram(size: number): Program {
  const b = new Builder("norm");
  const x = b.feed("x", [3, 4, size, size]);
  const [scale, shift, dy] = [b.feed("scale", [4]), b.feed("shift", [4]), b.feed("dy", x.shape)];
  // a mean far from zero: a variance as a difference of squares would lose its digits
  const { y, mean, variance } = b.batchNorm(b.add(x, b.scalar(100)), scale, shift, 1e-5);
  const back = b.op("batchNormGrad", { epsilon: 1e-5 }, [dy, b.add(x, b.scalar(100)), scale, mean, variance]);
  b.fetch("y", b.relu(b.add(y, x)));
  b.fetch("mean", mean);
  b.fetch("variance", variance);
  back.forEach((value, index) => {
    b.fetch(`back${index}`, value);
  });
  return b.build();
}
