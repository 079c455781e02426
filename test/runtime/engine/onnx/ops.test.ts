import { describe, expect, it } from "vitest";
import { Builder } from "../../../../src/program/builder.js";
import { pair } from "../../../../src/program/builder-options.js";
import type { Program } from "../../../../src/program/types.js";
import { openOnnxEngine } from "../../../../src/runtime/engine/onnx/index.js";
import { type Machine, plainMachine } from "../../../../src/runtime/engine/onnx/lower/context.js";
import { convGeometry } from "../../../../src/runtime/engine/onnx/lower/geometry.js";
import {
  type ConvolutionForm,
  channelDotForm,
  convolutionForm,
  type FilterGradientForm,
  filterGradientForm,
  type InputGradientForm,
  inputGradientForm,
} from "../../../../src/runtime/engine/onnx/lower/shape-rules.js";
import { probeMachine } from "../../../../src/runtime/engine/onnx/machine.js";
import { batchNormProgram, expectInterpreted, runOn } from "../../../support/interpreted.js";

const engine = await openOnnxEngine({ device: "cpu", threads: 1 });

const run = runOn(engine);

interface Convolution {
  readonly x: readonly [number, number, number, number];
  readonly filters: number;
  readonly kernel: number | readonly [number, number];
  readonly stride: number;
  readonly padding: readonly [number, number, number, number];
  readonly groups?: number;
}

const even = (size: number) => [size, size, size, size] as const;
/** One for each way a convolution's gradients are written, and for each edge of those ways. */
const convolutions: readonly Convolution[] = [
  { x: [2, 3, 9, 9], filters: 4, kernel: 1, stride: 1, padding: even(0) },
  { x: [2, 3, 9, 9], filters: 4, kernel: 1, stride: 2, padding: even(0) },
  { x: [2, 3, 40, 40], filters: 4, kernel: 1, stride: 1, padding: even(0) },
  { x: [2, 3, 40, 39], filters: 4, kernel: 1, stride: 2, padding: even(0) },
  { x: [2, 5, 8, 7], filters: 4, kernel: 3, stride: 1, padding: even(1) },
  { x: [2, 64, 7, 7], filters: 5, kernel: 3, stride: 1, padding: even(1) },
  { x: [2, 32, 7, 9], filters: 16, kernel: 3, stride: 1, padding: even(1) },
  { x: [2, 16, 9, 8], filters: 32, kernel: 3, stride: 2, padding: [1, 0, 1, 1] },
  { x: [17, 5, 30, 31], filters: 3, kernel: 3, stride: 1, padding: even(1) },
  { x: [2, 3, 16, 18], filters: 4, kernel: 3, stride: 2, padding: even(1) },
  { x: [2, 5, 16, 18], filters: 4, kernel: 3, stride: 2, padding: even(1) },
  { x: [2, 20, 16, 18], filters: 4, kernel: 3, stride: 2, padding: even(1) },
  { x: [2, 3, 15, 15], filters: 4, kernel: 3, stride: 2, padding: even(1) },
  { x: [2, 3, 17, 17], filters: 4, kernel: 7, stride: 2, padding: even(3) },
  { x: [2, 3, 8, 8], filters: 4, kernel: 4, stride: 4, padding: even(0) },
  { x: [2, 3, 9, 8], filters: 4, kernel: 3, stride: 2, padding: [0, 1, 2, 1] },
  { x: [2, 3, 6, 6], filters: 4, kernel: 3, stride: 1, padding: even(3) },
  { x: [2, 6, 12, 11], filters: 5, kernel: [1, 7], stride: 1, padding: [0, 3, 0, 3] },
  { x: [2, 6, 17, 16], filters: 5, kernel: [7, 1], stride: 1, padding: [3, 0, 3, 0] },
  { x: [2, 32, 12, 12], filters: 16, kernel: [7, 1], stride: 1, padding: [3, 0, 3, 0] },
  { x: [2, 64, 5, 5], filters: 8, kernel: [1, 3], stride: 1, padding: [0, 1, 0, 1] },
  { x: [2, 64, 5, 5], filters: 8, kernel: [3, 1], stride: 1, padding: [1, 0, 1, 0] },
  { x: [2, 64, 1, 1], filters: 8, kernel: [3, 1], stride: 1, padding: [1, 0, 1, 0] },
  { x: [2, 6, 25, 24], filters: 8, kernel: 5, stride: 1, padding: even(2) },
  { x: [17, 6, 8, 9], filters: 8, kernel: 5, stride: 1, padding: even(2) },
  { x: [2, 8, 31, 30], filters: 8, kernel: 3, stride: 1, padding: even(0) },
  { x: [2, 8, 7, 6], filters: 8, kernel: 3, stride: 1, padding: [2, 0, 1, 2] },
  { x: [2, 5, 30, 31], filters: 20, kernel: 3, stride: 1, padding: even(0) },
  { x: [2, 20, 17, 18], filters: 4, kernel: 3, stride: 2, padding: even(0) },
  { x: [2, 4, 7, 9], filters: 6, kernel: 3, stride: 2, padding: even(1), groups: 2 },
  { x: [2, 4, 8, 8], filters: 4, kernel: 3, stride: 1, padding: even(1), groups: 4 },
  { x: [2, 4, 8, 8], filters: 8, kernel: 5, stride: 1, padding: even(2), groups: 2 },
];

function convolutionProgram({ x, filters, kernel, stride, padding, groups = 1 }: Convolution): Program {
  const b = new Builder("conv");
  const images = b.feed("x", x);
  const filter = b.feed("filter", [filters, x[1] / groups, ...pair(kernel)]);
  const y = b.conv2d(images, filter, { stride, padding, groups });
  const dy = b.feed("dy", y.shape);
  const attributes = { stride: [stride, stride], padding, groups } as const;
  b.fetch("y", y);
  b.fetch("dx", b.conv2dInputGrad(dy, filter, { ...attributes, inputShape: x }));
  b.fetch("dfilter", b.conv2dFilterGrad(dy, images, { ...attributes, filterShape: filter.shape }));
  return b.build();
}

const shapeOf = (program: Program, feed: string) => program.feeds.find(({ name }) => name === feed)?.value.shape ?? [];

interface Forms {
  readonly forward: ConvolutionForm;
  readonly input: InputGradientForm;
  readonly filter: FilterGradientForm;
}

const formsOf = (convolution: Convolution, machine: Machine): Forms => {
  const { stride, padding, groups = 1 } = convolution;
  const program = convolutionProgram(convolution);
  const geometry = convGeometry(shapeOf(program, "x"), shapeOf(program, "filter"), shapeOf(program, "dy"), {
    stride: [stride, stride],
    padding,
    groups,
  });
  return {
    forward: convolutionForm(geometry, machine),
    input: inputGradientForm(geometry, machine),
    filter: filterGradientForm(geometry, machine),
  };
};

describe("convolutions", () => {
  it.each(convolutions.map((convolution) => [JSON.stringify(convolution), convolution] as const))(
    "agree with the interpreter: %s",
    async (_, convolution) => expectInterpreted(run, convolutionProgram(convolution), 1e-5),
  );

  it("are tested in every form they take", () => {
    const forms = [plainMachine, { ...plainMachine, block: 8 }].flatMap((machine) =>
      convolutions.map((convolution) => formsOf(convolution, machine)),
    );
    expect(new Set(forms.map(({ forward }) => forward))).toEqual(new Set(["plain", "blocked"]));
    expect(new Set(forms.map(({ input }) => input))).toEqual(new Set(["convolve", "scatter"]));
    expect(new Set(forms.map(({ filter }) => JSON.stringify(filter)))).toEqual(
      new Set(
        [
          { form: "pointwise", major: "image" },
          { form: "pointwise", major: "channel" },
          { form: "shifted", major: "image" },
          { form: "shifted", major: "channel" },
          { form: "folded" },
          { form: "columns", major: "image" },
          { form: "columns", major: "channel" },
        ].map((form) => JSON.stringify(form)),
      ),
    );
  });
});

describe("blocked convolutions", () => {
  it("are used at the width that gives the right numbers, if at any", async () => {
    const { block } = await probeMachine((await import("onnxruntime-node")).default);
    expect([0, 8, 16]).toContain(block);
  });
});

describe("batch normalization", () => {
  it.each([5, 20])("agrees with the interpreter on maps of %i² pixels", async (size) => {
    expect(channelDotForm(size * size, plainMachine)).toBe(size === 5 ? "multiply" : "convolve");
    await expectInterpreted(run, batchNormProgram(size), 2e-4);
  });
});
