import { describe, expect, it } from "vitest";
import { Builder } from "../../src/program/builder.js";
import { interpret, type Tensor, widen } from "../../src/program/interpreter/index.js";
import { sizeOf } from "../../src/program/shape.js";
import type { OpKind } from "../../src/program/types.js";
import { expectClose } from "../support/compare.js";
import { type OpCase, opCases } from "./cases.js";

const feedsOf = (opCase: OpCase): Map<string, Tensor> =>
  new Map(Object.entries(opCase.feeds).map(([name, data]) => [name, widen(data)]));

/** Σ output0 · cotangent at the given feeds. */
function objective(opCase: OpCase, feeds: ReadonlyMap<string, Tensor>): number {
  const output = interpret(opCase.program, new Map(), feeds).fetches.get("output0");
  const weights = feeds.get("cotangent");
  if (output === undefined || weights === undefined) throw new Error(`${opCase.name} has no objective`);
  return output.data.reduce((sum, y, i) => sum + y * (weights.data[i] ?? 0), 0);
}

/** Central difference of the objective along one element of one input. */
function difference(opCase: OpCase, input: string, element: number, step: number): number {
  const at = (shift: number): number => {
    const feeds = feedsOf(opCase);
    const tensor = feeds.get(input);
    if (tensor === undefined) throw new Error(`no ${input}`);
    tensor.data[element] = (tensor.data[element] ?? 0) + shift;
    return objective(opCase, feeds);
  };
  return (at(step) - at(-step)) / (2 * step);
}

/** At ties and kinks the derivative is a convention, not a limit; there PyTorch's value alone is asked for. */
const HAS_KINKS = /ties|at zero/;
const smooth = opCases.flatMap((opCase) =>
  opCase.gradients.length > 0 && !HAS_KINKS.test(opCase.name) ? [[opCase.name, opCase] as const] : [],
);

describe("every op", () => {
  it("has a case", () => {
    const covered = new Set(opCases.map(({ kind }) => kind));
    // the compiler holds this list to be complete
    const kinds: { readonly [K in OpKind]: true } = {
      constant: true,
      neg: true,
      exp: true,
      log: true,
      sqrt: true,
      rsqrt: true,
      reciprocal: true,
      square: true,
      abs: true,
      tanh: true,
      sigmoid: true,
      erf: true,
      relu: true,
      gelu: true,
      cast: true,
      add: true,
      sub: true,
      mul: true,
      div: true,
      maximum: true,
      minimum: true,
      greater: true,
      equal: true,
      select: true,
      sum: true,
      mean: true,
      max: true,
      reshape: true,
      transpose: true,
      broadcastTo: true,
      slice: true,
      concat: true,
      pad: true,
      gather: true,
      scatterAdd: true,
      oneHot: true,
      randomUniform: true,
      matmul: true,
      conv2d: true,
      conv2dInputGrad: true,
      conv2dFilterGrad: true,
      maxPool: true,
      maxPoolGrad: true,
      avgPool: true,
      avgPoolGrad: true,
      batchNorm: true,
      batchNormGrad: true,
      layerNorm: true,
      layerNormGrad: true,
      reluGrad: true,
      geluGrad: true,
      softmax: true,
      softmaxGrad: true,
      logSoftmax: true,
      logSoftmaxGrad: true,
      sumSquares: true,
      adam: true,
      sgd: true,
    };
    const uncovered = Object.keys(kinds).filter((kind) => kind !== "constant" && !covered.has(kind as OpKind));
    expect(uncovered).toEqual([]);
  });

  it("gives a constant back", () => {
    const b = new Builder("constant");
    b.fetch("c", b.constant(Float32Array.of(1, 2, 3, 4), [2, 2]));
    const { fetches } = interpret(b.build(), new Map(), new Map());
    expect([...(fetches.get("c")?.data ?? [])]).toEqual([1, 2, 3, 4]);
  });

  it.each(opCases.map((opCase) => [opCase.name, opCase] as const))(
    "has PyTorch's value and gradient: %s",
    (_, opCase) => {
      const { fetches } = interpret(opCase.program, new Map(), feedsOf(opCase));
      for (const [name, expected] of opCase.expected) expectClose(fetches.get(name), expected, 2e-7, name);
    },
  );

  it.each(smooth)("has the gradient of its value: %s", (_, opCase) => {
    const { fetches } = interpret(opCase.program, new Map(), feedsOf(opCase));
    for (const index of opCase.gradients) {
      const gradient = fetches.get(`gradient${index}`);
      const count = gradient === undefined ? 0 : sizeOf(gradient.shape);
      expect(count).toBeGreaterThan(0);
      const stride = Math.max(1, Math.floor(count / 12));
      for (let element = 0; element < count; element += stride) {
        const expected = difference(opCase, `input${index}`, element, 1e-5);
        expect(Math.abs((gradient?.data[element] ?? Number.NaN) - expected)).toBeLessThan(1e-5);
      }
    }
  });
});
