/** Every op of the IR on every engine that compiles, against PyTorch's values and the interpreter's. */

import { expect, it } from "vitest";
import { Builder } from "../../../src/program/builder.js";
import { opCases } from "../../program/cases.js";
import { expectClose } from "../../support/compare.js";
import { describeEngines } from "../../support/engines.js";
import { batchNormProgram, expectInterpreted, runOn } from "../../support/interpreted.js";
import { uniform } from "../../support/numbers.js";

describeEngines("every op", (engine) => {
  it.each(opCases.map((opCase) => [opCase.name, opCase] as const))(
    "has PyTorch's value and gradient: %s",
    async (_, opCase) => {
      const outputs = await runOn(await engine())(opCase.program, opCase.feeds);
      for (const [name, expected] of opCase.expected) expectClose(outputs[name], expected, 3e-6, name);
    },
  );

  it("gives a constant back", async () => {
    const b = new Builder("constant");
    b.fetch("c", b.constant(Float32Array.of(1, 2, 3, 4), [2, 2]));
    b.fetch("i", b.constant(Int32Array.of(7), [1]));
    const outputs = await runOn(await engine())(b.build(), {});
    expect([...(outputs.c?.data ?? [])]).toEqual([1, 2, 3, 4]);
    expect([...(outputs.i?.data ?? [])]).toEqual([7]);
  });
});

describeEngines("batch normalization", (engine) => {
  it.each([5, 20])("agrees with the interpreter on maps of %i² pixels", async (size) => {
    await expectInterpreted(runOn(await engine()), batchNormProgram(size), 2e-4);
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
    await expectInterpreted(runOn(await engine()), program, 1e-5, feeds);
  });
});
