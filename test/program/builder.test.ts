import { describe, expect, it } from "vitest";
import { gradients } from "../../src/program/autodiff.js";
import { Builder } from "../../src/program/builder.js";
import { ShapeError } from "../../src/program/infer/index.js";
import { interpret, type Tensor } from "../../src/program/interpreter/index.js";
import { ProgramError } from "../../src/program/names.js";
import { dropDead, mergeCommon, simplify } from "../../src/program/passes/index.js";
import { binaryCrossEntropy } from "../../src/program/training/loss.js";
import type { Program, Value } from "../../src/program/types.js";

const kinds = (program: Program): string[] => program.operations.map(({ kind }) => kind);
const tensor = (shape: number[], ...data: number[]): Tensor => ({ shape, data: Float64Array.from(data) });

function run(program: Program, feeds: { [name: string]: Tensor }): { [name: string]: number[] } {
  const { fetches } = interpret(program, new Map(), new Map(Object.entries(feeds)));
  return Object.fromEntries([...fetches].map(([name, { data }]) => [name, [...data]]));
}

describe("the builder", () => {
  const feeds = (b: Builder, ...shapes: number[][]): Value[] => shapes.map((shape, i) => b.feed(`x${i}`, shape));

  it.each<[string, (b: Builder) => void, RegExp]>([
    [
      "inner extents",
      (b) => b.matmul(b.feed("a", [2, 3]), b.feed("b", [4, 5])),
      /^matmul\(f32\[2, 3\], f32\[4, 5\]\): inner extents 3 and 4 differ$/,
    ],
    [
      "broadcasts",
      (b) => b.add(b.feed("a", [2, 3]), b.feed("b", [2])),
      /^add\(f32\[2, 3\], f32\[2\]\): shapes do not broadcast$/,
    ],
    ["dtypes", (b) => b.mul(b.feed("a", [2]), b.feed("b", [2], "i32")), /operands differ in dtype/],
    [
      "channels",
      (b) => b.conv2d(b.feed("x", [1, 3, 8, 8]), b.feed("w", [4, 2, 3, 3])),
      /3 channels in 1 groups do not fit the filter/,
    ],
    ["windows", (b) => b.maxPool(b.feed("x", [1, 1, 2, 2]), { window: 3 }), /3×3 window does not fit/],
    ["reshapes", (b) => b.reshape(b.feed("x", [2, 3]), [4]), /cannot become \[4\]/],
    ["slices", (b) => b.slice(b.feed("x", [3]), [1], [4]), /end 4 lie outside axis 0/],
    ["axes", (b) => b.sum(b.feed("x", [3]), { axes: [1] }), /must be distinct axes/],
    ["permutations", (b) => b.transpose(b.feed("x", [3, 2]), [0, 0]), /no permutation/],
    [
      "norms",
      (b) => b.layerNorm(b.feed("x", [3, 2]), b.feed("s", [3]), b.feed("t", [2]), 1e-6),
      /input 2 must have shape \[2\]/,
    ],
  ])("refuses %s that do not fit, naming op and shapes", (_, make, message) => {
    expect(() => make(new Builder("p"))).toThrow(ShapeError);
    expect(() => make(new Builder("p"))).toThrow(message);
  });

  it("prefixes names by scope and refuses a name twice", () => {
    const b = new Builder("p");
    const declare = () =>
      b.scope("layer1", () =>
        b.scope("0", () => b.parameter("weight", [2], { role: "bias", init: { kind: "constant", value: 0 } })),
      );
    declare();
    expect(b.tensors.map(({ name }) => name)).toEqual(["layer1.0.weight"]);
    expect(declare).toThrow(/state `layer1.0.weight` is declared twice/);
  });

  it("updates declared state only, with its shape", () => {
    const b = new Builder("p");
    b.state("s", [2]);
    expect(() => b.update("t", b.scalar(0))).toThrow(/no such state/);
    expect(() => b.update("s", b.scalar(0))).toThrow(/f32\[\] does not fit f32\[2\]/);
  });

  it("keeps programs apart from later additions", () => {
    const b = new Builder("p");
    const [x] = feeds(b, [2]) as [Value];
    b.fetch("y", b.neg(x));
    const program = b.build();
    b.exp(x);
    expect(kinds(program)).toEqual(["neg"]);
  });
});

describe("gradients", () => {
  it("of a value used twice add up", () => {
    const b = new Builder("p");
    const x = b.feed("x", [2]);
    const [dx] = gradients(b, b.sum(b.add(b.square(x), b.mul(x, b.scalar(3)))), [x]) as [Value];
    b.fetch("dx", dx);
    expect(run(b.build(), { x: tensor([2], 1, -2) })).toEqual({ dx: [5, -1] });
  });

  it("of slices that tile a value are joined by one concat", () => {
    const b = new Builder("p");
    const x = b.feed("x", [2, 6]);
    const parts = [0, 1, 2].map((i) => b.scale(b.sliceAxis(x, 1, 2 * i, 2 * i + 2), i + 1));
    const [dx] = gradients(b, b.sum(b.concat(parts, 1)), [x]) as [Value];
    b.fetch("dx", dx);
    const program = simplify(b.build());
    expect(run(program, { x: tensor([2, 6], ...new Array<number>(12).fill(0)) }).dx).toEqual([
      1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3,
    ]);
    expect(kinds(program).filter((kind) => kind === "concat")).toHaveLength(1);
    expect(kinds(program)).not.toContain("pad");
  });

  it("of slices that overlap or leave gaps are right too", () => {
    const b = new Builder("p");
    const x = b.feed("x", [6]);
    const y = b.feed("y", [6]);
    const overlapping = b.add(b.sum(b.sliceAxis(x, 0, 0, 4)), b.sum(b.sliceAxis(x, 0, 2, 5)));
    const apart = b.add(b.sum(b.sliceAxis(y, 0, 1, 2)), b.sum(b.sliceAxis(y, 0, 4, 6)));
    const [dx, dy] = gradients(b, b.add(overlapping, apart), [x, y]) as [Value, Value];
    b.fetch("dx", dx);
    b.fetch("dy", dy);
    const zeros = tensor([6], 0, 0, 0, 0, 0, 0);
    expect(run(b.build(), { x: zeros, y: zeros })).toEqual({ dx: [1, 1, 2, 2, 1, 0], dy: [0, 1, 0, 0, 1, 1] });
  });

  it("of what the loss does not depend on are zeros", () => {
    const b = new Builder("p");
    const [x, y] = [b.feed("x", [2]), b.feed("y", [3])];
    const [dx, dy] = gradients(b, b.sum(x), [x, y]) as [Value, Value];
    b.fetch("dx", dx);
    b.fetch("dy", dy);
    expect(run(b.build(), { x: tensor([2], 1, 1), y: tensor([3], 1, 1, 1) })).toEqual({ dx: [1, 1], dy: [0, 0, 0] });
  });

  it("do not flow through indices, comparisons or unused branches", () => {
    const b = new Builder("p");
    const [x, y] = [b.feed("x", [2]), b.feed("y", [2])];
    b.exp(x);
    const [dx] = gradients(b, b.sum(b.mul(b.greater(x, y), y)), [x]) as [Value];
    b.fetch("dx", dx);
    expect(kinds(simplify(b.build()))).not.toContain("exp");
    expect(run(b.build(), { x: tensor([2], 1, 1), y: tensor([2], 0, 2) })).toEqual({ dx: [0, 0] });
  });

  it("through an op without a gradient are an error that names it", () => {
    const b = new Builder("p");
    const x = b.feed("x", [2]);
    const [y = x] = b.op("geluGrad", {}, [x, x]);
    expect(() => gradients(b, b.sum(y), [x])).toThrow(/no gradient is defined through `geluGrad`/);
    const images = b.feed("images", [2, 1, 2, 2]);
    const { variance } = b.batchNorm(images, b.feed("scale", [1]), b.feed("shift", [1]), 1e-5);
    expect(() => gradients(b, b.sum(variance), [images])).toThrow(ProgramError);
  });

  it("need a loss of one element", () => {
    const b = new Builder("p");
    const x = b.feed("x", [2]);
    expect(() => gradients(b, x, [x])).toThrow(/one element, not f32\[2\]/);
  });

  it("of the sigmoid cross-entropy are σ(x) − y, at zero and far out", () => {
    const b = new Builder("p");
    const [x, y] = [b.feed("x", [1, 4]), b.feed("y", [1, 4])];
    const loss = binaryCrossEntropy(b, x, y);
    const [dx] = gradients(b, loss, [x]) as [Value];
    b.fetch("loss", loss);
    b.fetch("dx", dx);
    const results = run(b.build(), { x: tensor([1, 4], 0, 0, 800, -800), y: tensor([1, 4], 1, 0, 1, 1) });
    expect(results.dx).toEqual([-0.125, 0.125, 0, -0.25]);
    expect(results.loss?.[0]).toBeCloseTo((2 * Math.LN2 + 800) / 4, 10);
    // what is not known pulls nowhere
    const known = run(b.build(), { x: tensor([1, 4], 0, 3, 0, -5), y: tensor([1, 4], 1, -1, 0, -1) });
    expect(known.dx).toEqual([-0.125, -0, 0.125, -0]);
    expect(known.loss?.[0]).toBeCloseTo((2 * Math.LN2) / 4, 10);
  });
});

describe("passes", () => {
  it("merge equal operations and constants, and keep different ones", () => {
    const b = new Builder("p");
    const x = b.feed("x", [3]);
    const sum = b.add(b.mul(x, b.scalar(2)), b.mul(x, b.scalar(2)));
    const padded = [1, Number.NEGATIVE_INFINITY, Number.NaN].map((value) => b.pad(x, [1], [0], value));
    b.fetch("sum", sum);
    b.fetch("padded", b.concat(padded, 0));
    const program = mergeCommon(b.build());
    expect(kinds(program).filter((kind) => kind === "mul")).toHaveLength(1);
    expect(kinds(program).filter((kind) => kind === "constant")).toHaveLength(1);
    expect(kinds(program).filter((kind) => kind === "pad")).toHaveLength(3);
    expect(run(program, { x: tensor([3], 1, 2, 3) }).sum).toEqual([4, 8, 12]);
  });

  it("merge long constants by content too", () => {
    const b = new Builder("p");
    const indices = (last: number) => b.constant(new Int32Array(5000).with(4999, last), [5000]);
    const rows = b.feed("rows", [3]);
    for (const [index, last] of [1, 1, 2].entries()) b.fetch(`${index}`, b.gather(rows, indices(last)));
    const program = mergeCommon(b.build());
    expect(kinds(program)).toEqual(["constant", "gather", "constant", "gather"]);
    expect(run(program, { rows: tensor([3], 5, 6, 7) })[2]?.at(-1)).toBe(7);
  });

  it("make the gradient of reordered rows a reordering, and of repeated ones a sum", () => {
    const gradient = (...order: number[]) => {
      const b = new Builder("p");
      const rows = b.feed("rows", [3, 2]);
      const moved = b.gather(rows, b.constant(Int32Array.from(order), [order.length]));
      const weights = b.constant(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
      const [back] = gradients(b, b.sum(b.mul(moved, weights)), [rows]) as [Value];
      b.fetch("back", back);
      return simplify(b.build());
    };
    const rows = tensor([3, 2], 0, 0, 0, 0, 0, 0);
    const permuted = gradient(2, 0, 1);
    expect(kinds(permuted)).not.toContain("scatterAdd");
    expect(run(permuted, { rows }).back).toEqual([3, 4, 5, 6, 1, 2]);
    const repeated = gradient(2, 0, 2);
    expect(kinds(repeated)).toContain("scatterAdd");
    expect(run(repeated, { rows }).back).toEqual([3, 4, 0, 0, 6, 8]);
  });

  it("drop what nothing needs, never feeds or state", () => {
    const b = new Builder("p");
    const x = b.feed("x", [3]);
    b.state("s", [3]);
    b.exp(b.neg(x));
    b.fetch("y", b.square(x));
    const program = dropDead(b.build());
    expect(kinds(program)).toEqual(["square"]);
    expect([program.feeds.length, program.state.length]).toEqual([1, 1]);
  });
});
