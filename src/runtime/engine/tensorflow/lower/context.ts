/** What a lowering rule works with: the graph being written, and which of its tensors holds which IR value. */

import { broadcastShapes, type ReducedDims, reducedShape, sameShape, sizeOf } from "../../../../program/shape.js";
import type { Operation, OpKind, Program, Shape, Value } from "../../../../program/types.js";
import { bool, type ElementType, first, type Graph, type Tensor, type } from "../graph.js";
import { inverse, type Layout, movesNothing, permutationOf, permuted } from "./layout.js";

export type OperationOf<K extends OpKind> = Extract<Operation, { kind: K }>;
/** Writes the nodes of one operation and binds its outputs. */
export type Rule<K extends OpKind> = (context: LoweringContext, operation: OperationOf<K>) => void;

interface Held {
  readonly tensor: Tensor;
  readonly layout: Layout;
}

/** A state's variable as one program sees it. */
export interface Variable {
  readonly name: string;
  readonly handle: Tensor;
  /** What the program reads before anything is written. */
  readonly read: Tensor;
}

export class LoweringContext {
  private readonly held = new Map<number, Held>();
  /** A value seen in another layout. */
  private readonly views = new Map<string, Tensor>();
  private readonly memos = new Map<string, Tensor>();
  private readonly producers = new Map<number, Operation>();
  private readonly readers = new Map<number, number>();
  private readonly variables = new Map<number, Variable>();
  /** In the backward pass: the value to take for one that is cheaper to compute anew than to keep. */
  recomputed: ((value: Value) => Value | undefined) | undefined;
  /** The IR counts from zero up. */
  private nextId = -1;

  constructor(
    readonly graph: Graph,
    readonly program: Program,
  ) {
    for (const operation of program.operations) {
      for (const output of operation.outputs) this.producers.set(output.id, operation);
      for (const input of operation.inputs) this.readers.set(input.id, (this.readers.get(input.id) ?? 0) + 1);
    }
  }

  // ——— values

  /** Binds a value to a tensor that holds it in the given layout. */
  set(value: Value, tensor: Tensor, layout: Layout = "plain"): void {
    if (!sameShape(permuted(value.shape, layout), tensor.shape)) {
      throw new Error(`internal: value ${value.shape.join("×")} held as ${layout} ${tensor.shape.join("×")}`);
    }
    this.held.set(value.id, { tensor, layout });
  }

  layoutOf(value: Value): Layout {
    return this.holding(value).layout;
  }

  /** The tensor that holds a value, in whatever layout that is. */
  raw(value: Value): Tensor {
    return this.holding(this.recomputed?.(value) ?? value).tensor;
  }

  /** The value in the IR's own order of axes. */
  get(value: Value): Tensor {
    return this.as(value, "plain");
  }

  as(value: Value, layout: Layout): Tensor {
    return this.view(this.recomputed?.(value) ?? value, layout);
  }

  private view(value: Value, layout: Layout): Tensor {
    const held = this.holding(value);
    if (held.layout === layout) return held.tensor;
    const key = `${value.id} ${layout}`;
    const known = this.views.get(key);
    if (known !== undefined) return known;
    const made = this.toLayout(this.toPlain(held), layout);
    this.views.set(key, made);
    return made;
  }

  toPlain({ tensor, layout }: Held): Tensor {
    const permutation = permutationOf(layout);
    return permutation === undefined ? tensor : this.transpose(tensor, inverse(permutation));
  }

  toLayout(tensor: Tensor, layout: Layout): Tensor {
    const permutation = permutationOf(layout);
    return permutation === undefined ? tensor : this.transpose(tensor, permutation);
  }

  producer(value: Value): Operation | undefined {
    return this.producers.get(value.id);
  }

  /** How many inputs of operations a value is. */
  readersOf(value: Value): number {
    return this.readers.get(value.id) ?? 0;
  }

  /** The variable a value was read from, if it is a state's value at the start. */
  variableOf(value: Value): Variable | undefined {
    return this.variables.get(value.id);
  }

  setVariable(value: Value, variable: Variable, layout: Layout): void {
    this.variables.set(value.id, variable);
    this.set(value, variable.read, layout);
  }

  /** For a value the program does not have. */
  freshId(): number {
    return this.nextId--;
  }

  private holding(value: Value): Held {
    const held = this.held.get(value.id);
    if (held === undefined) throw new Error(`internal: value ${value.id} is used before it is defined`);
    return held;
  }

  /** The same tensor for the same key: what several rules would write anew. */
  once(key: string, make: () => Tensor): Tensor {
    const known = this.memos.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.memos.set(key, made);
    return made;
  }

  // ——— short forms of nodes

  unary(op: string, x: Tensor): Tensor {
    return this.graph.op(op, [x], x.shape);
  }

  binary(op: string, a: Tensor, b: Tensor): Tensor {
    return this.graph.op(op, [a, b], broadcast(a.shape, b.shape));
  }
  add(a: Tensor, b: Tensor): Tensor {
    return this.binary("AddV2", a, b);
  }
  sub(a: Tensor, b: Tensor): Tensor {
    return this.binary("Sub", a, b);
  }
  mul(a: Tensor, b: Tensor): Tensor {
    return this.binary("Mul", a, b);
  }

  /** x times a number. */
  scale(x: Tensor, factor: number): Tensor {
    return factor === 1 ? x : this.mul(x, this.number(factor, x.type));
  }

  /** A constant of one element in the type it meets. */
  number(value: number, of: ElementType): Tensor {
    return this.cast(this.graph.scalar(value), of);
  }

  cast(x: Tensor, to: ElementType): Tensor {
    if (x.type === to) return x;
    return this.once(`cast ${x.name} ${to}`, () => {
      const attributes = { SrcT: type(x.type), DstT: type(to), Truncate: bool(false) };
      return first(this.graph.node("Cast", [x], { shapes: [x.shape], types: [to] }, { attributes }));
    });
  }

  /**
   * x as the backward pass sees it, not there before `gradient` is (the first one given for it): what is computed from it
   * will not be taken for what the forward pass computed from x, and kept.
   */
  late(x: Tensor, gradient: Tensor): Tensor {
    return this.once(`late ${x.name}`, () => {
      const options = { attributes: { T: type(x.type) }, after: [gradient] };
      return first(this.graph.node("Identity", [x], { shapes: [x.shape] }, options));
    });
  }

  reshape(x: Tensor, shape: Shape): Tensor {
    if (sameShape(x.shape, shape)) return x;
    return this.graph.op("Reshape", [x, this.graph.indices(shape)], shape, { Tshape: type("i32") });
  }

  /** `count` columns of a matrix. */
  columns(x: Tensor, start: number, count: number): Tensor {
    const shape = [x.shape[0] ?? 0, count];
    const { graph } = this;
    return graph.op("Slice", [x, graph.indices([0, start]), graph.indices(shape)], shape, { Index: type("i32") });
  }

  flat(x: Tensor): Tensor {
    return this.reshape(x, [sizeOf(x.shape)]);
  }

  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    const shape = permutation.map((axis) => x.shape[axis] ?? 1);
    if (movesNothing(x.shape, permutation)) return this.reshape(x, shape);
    return this.graph.op("Transpose", [x, this.graph.indices(permutation)], shape, { Tperm: type("i32") });
  }

  /** `Sum`, `Mean` or `Max` over axes of the tensor as it lies. */
  reduce(op: "Sum" | "Mean" | "Max", x: Tensor, axes: readonly number[], dims: ReducedDims): Tensor {
    if (axes.length === 0) return x;
    const shape = reducedShape(x.shape, axes, dims);
    return this.graph.op(op, [x, this.graph.indices(axes)], shape, {
      keep_dims: bool(dims === "kept"),
      Tidx: type("i32"),
    });
  }
}

export function broadcast(a: Shape, b: Shape): Shape {
  const shape = broadcastShapes(a, b);
  if (shape === undefined) throw new Error(`internal: ${a.join("×")} does not broadcast with ${b.join("×")}`);
  return shape;
}
