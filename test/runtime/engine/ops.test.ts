/** Every op of the IR on every engine that compiles, against PyTorch's values and the interpreter's. */

import { expect, it } from "vitest";
import { Builder } from "../../../src/program/builder.js";
import { interpret, widen } from "../../../src/program/interpreter/index.js";
import type { Program, TensorData, Value } from "../../../src/program/types.js";
import type { Engine } from "../../../src/runtime/engine/types.js";
import { opCases } from "../../program/cases.js";
import { expectClose } from "../../support/compare.js";
import { describeEngines } from "../../support/engines.js";
import { uniform } from "../../support/numbers.js";

async function run(engine: Engine, program: Program, feeds: { readonly [name: string]: TensorData }) {
  const session = await engine.open({ programs: { program } });
  try {
    return await session.run("program", feeds);
  } finally {
    await session.close();
  }
}

describeEngines("every op", (engine) => {
  it.each(opCases.map((opCase) => [opCase.name, opCase] as const))(
    "has PyTorch's value and gradient: %s",
    async (_, opCase) => {
      const outputs = await run(await engine(), opCase.program, opCase.feeds);
      for (const [name, expected] of opCase.expected) expectClose(outputs[name], expected, 3e-6, name);
    },
  );

  it("gives a constant back", async () => {
    const b = new Builder("constant");
    b.fetch("c", b.constant(Float32Array.of(1, 2, 3, 4), [2, 2]));
    b.fetch("i", b.constant(Int32Array.of(7), [1]));
    const outputs = await run(await engine(), b.build(), {});
    expect([...(outputs.c?.data ?? [])]).toEqual([1, 2, 3, 4]);
    expect([...(outputs.i?.data ?? [])]).toEqual([7]);
  });
});

describeEngines("batch normalization", (engine) => {
  it.each([5, 20])("agrees with the interpreter on maps of %i² pixels", async (size) => {
    const b = new Builder("norm");
    const x = b.feed("x", [3, 4, size, size]);
    const [scale, shift, dy] = [b.feed("scale", [4]), b.feed("shift", [4]), b.feed("dy", x.shape)];
    // a mean far from zero: a variance as a difference of squares would lose its digits
    const { y, mean, variance } = b.batchNorm(b.add(x, b.scalar(100)), scale, shift, 1e-5);
    const back = b.op("batchNormGrad", { epsilon: 1e-5 }, [dy, b.add(x, b.scalar(100)), scale, mean, variance]);
    b.fetch("y", b.relu(b.add(y, x)));
    b.fetch("mean", mean);
    b.fetch("variance", variance);
    back.forEach((value: Value, index) => {
      b.fetch(`back${index}`, value);
    });
    const program = b.build();
    const feeds = Object.fromEntries(
      program.feeds.map(({ name, value }) => [name, uniform(`norm ${name}`, value.shape, -1, 1)]),
    );
    const widened = new Map(Object.entries(feeds).map(([name, tensor]) => [name, widen(tensor)]));
    const { fetches } = interpret(program, new Map(), widened);
    const outputs = await run(await engine(), program, feeds);
    for (const [name, expected] of fetches) expectClose(outputs[name], expected, 2e-4, name);
  });
});

describeEngines("layer normalization", (engine) => {
  it.each([
    ["what is fed", (b: Builder) => b.feed("x", [64, 16])],
    ["a sum of what is fed", (b: Builder) => b.add(b.feed("x", [64, 16]), b.feed("z", [64, 16]))],
    ["what is joined", (b: Builder) => b.concat([b.feed("x", [32, 16]), b.feed("z", [32, 16])], 0)],
  ])("keeps its own epsilon where numbers lie close together: %s", async (_, input) => {
    const b = new Builder("norm");
    b.fetch("y", b.layerNorm(input(b), b.feed("scale", [16]), b.feed("shift", [16]), 1e-6));
    const program = b.build();
    // a variance of 3e-5: an epsilon of 0.001, an engine's own, would leave a sixth of y
    const feeds = Object.fromEntries(
      program.feeds.map(({ name, value }) => [name, uniform(`close ${name}`, value.shape, -0.01, 0.01)]),
    );
    feeds.scale = uniform("close scale", [16], 0.5, 1.5);
    const widened = new Map(Object.entries(feeds).map(([name, tensor]) => [name, widen(tensor)]));
    const { fetches } = interpret(program, new Map(), widened);
    const outputs = await run(await engine(), program, feeds);
    for (const [name, expected] of fetches) expectClose(outputs[name], expected, 1e-5, name);
  });
});
