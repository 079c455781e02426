/** What a lowering rule works with: the graph being written, and which of its tensors holds which IR value. */

import { isHalf } from "../../../../program/half.js";
import { sameShape, sizeOf } from "../../../../program/shape.js";
import type { HalfType, Operation, OpKind, Program, Shape, Value } from "../../../../program/types.js";
import { type Attributes, CONTRIB, float, type Graph, int, ints, type Tensor } from "../graph.js";

export type OperationOf<K extends OpKind> = Extract<Operation, { kind: K }>;
/** Writes the nodes of one operation and binds its outputs. */
export type Rule<K extends OpKind> = (context: LoweringContext, operation: OperationOf<K>) => void;

/**
 * What of the machine decides about a graph's shape. On the cpu graphs are shaped for speed; on a GPU they keep to
 * operators its provider has, and to those that add in a fixed order.
 */
export interface Machine {
  readonly device: "cpu" | "cuda" | "webgpu";
  /** Channels in a block of onnxruntime's blocked convolutions on this processor; 0 where it has none. */
  readonly block: number;
}
export const plainMachine: Machine = { device: "cpu", block: 0 };

/** TensorProto.DataType numbers, as Cast's attribute has them. */
const CAST_TO = { f32: 1, i32: 6, bool: 9, f16: 10, u32: 12, bf16: 16 } as const;

const EXACT: ReadonlySet<OpKind> = new Set<OpKind>([
  "reshape",
  "transpose",
  "broadcastTo",
  "slice",
  "concat",
  "pad",
  "gather",
  "neg",
  "relu",
  "reluGrad",
  "maxPool",
]);

export class LoweringContext {
  /** IR value → the tensor that holds its elements, in any shape. */
  private readonly held = new Map<number, Tensor>();
  /** A tensor seen in another shape, by name and shape. */
  private readonly views = new Map<string, Tensor>();
  private readonly memos = new Map<string, Tensor>();
  private readonly producers = new Map<number, Operation>();
  private readonly consumers = new Map<number, Operation[]>();
  private readonly absorbed = new Set<Operation>();
  private readonly deferred = new Map<Operation, () => void>();
  /** Values that leave the program. */
  private readonly leaving = new Set<number>();

  constructor(
    readonly graph: Graph,
    readonly program: Program,
    readonly machine: Machine = plainMachine,
  ) {
    for (const operation of program.operations) {
      for (const output of operation.outputs) this.producers.set(output.id, operation);
      for (const input of operation.inputs) {
        const list = this.consumers.get(input.id);
        if (list === undefined) this.consumers.set(input.id, [operation]);
        else list.push(operation);
      }
    }
    for (const { value } of [...program.fetches, ...program.updates]) this.leaving.add(value.id);
  }

  /** The value's elements in the value's own shape. */
  get(value: Value): Tensor {
    return this.view(this.raw(value), value.shape);
  }

  /** The value's elements in whatever shape they are held. */
  raw(value: Value): Tensor {
    const tensor = this.held.get(value.id);
    if (tensor === undefined) throw new Error(`internal: value ${value.id} is used before it is defined`);
    return tensor;
  }

  /**
   * Binds a value to the tensor with its elements; the shape may differ. onnxruntime's cpu kernels take no bfloat16 and
   * gain nothing from float16, so a half value is held as the float32 numbers it equals: rounded here, where it is made.
   */
  set(value: Value, tensor: Tensor): void {
    const held = isHalf(value.dtype) && !this.isExact(value) ? this.rounded(tensor, value.dtype) : tensor;
    this.held.set(value.id, held);
    this.views.set(viewKey(held, held.shape), held);
  }

  /** The float32 numbers of `tensor` rounded to a half type. */
  private rounded(tensor: Tensor, type: HalfType): Tensor {
    const narrow = this.cast(tensor, type);
    return this.cast(narrow, "f32");
  }

  /** Whether the value's elements are those of half inputs, zeros or their negatives, so that none needs rounding. */
  private isExact(value: Value): boolean {
    const producer = this.producers.get(value.id);
    return producer !== undefined && EXACT.has(producer.kind);
  }

  cast(tensor: Tensor, type: keyof typeof CAST_TO): Tensor {
    if (tensor.type === type) return tensor;
    const [made] = this.graph.node(
      "Cast",
      [tensor],
      { shapes: [tensor.shape], types: [type] },
      { to: int(CAST_TO[type]) },
    );
    if (made === undefined) throw new Error("internal: a cast gives nothing");
    return made;
  }

  /** Whether the value is there yet. */
  isHeld(value: Value): boolean {
    return this.held.has(value.id);
  }

  /** Marks an operation whose outputs are bound together with another's. */
  absorb(operation: Operation): void {
    this.absorbed.add(operation);
  }

  /** Writes `lower` where `operation` stands instead of what its own rule would write. */
  defer(operation: Operation, lower: () => void): void {
    this.deferred.set(operation, lower);
  }

  deferredTo(operation: Operation): (() => void) | undefined {
    return this.deferred.get(operation);
  }

  isAbsorbed(operation: Operation): boolean {
    return this.absorbed.has(operation);
  }

  /** An operation, a fetch or an update needs it. */
  isRead(value: Value): boolean {
    return this.consumers.has(value.id) || this.leaving.has(value.id);
  }

  producer(value: Value): Operation | undefined {
    return this.producers.get(value.id);
  }

  consumersOf(value: Value): readonly Operation[] {
    return this.consumers.get(value.id) ?? [];
  }

  leaves(value: Value): boolean {
    return this.leaving.has(value.id);
  }

  /** The only operation that reads the value, if there is exactly one and the value does not leave the program. */
  onlyConsumer(value: Value): Operation | undefined {
    const [only, ...others] = this.consumersOf(value);
    return others.length === 0 && !this.leaving.has(value.id) ? only : undefined;
  }

  /** One tensor per key: what two operations share (a transposed map, a centred map) is written once. */
  once(key: string, make: () => Tensor): Tensor {
    const known = this.memos.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.memos.set(key, made);
    return made;
  }

  /** The same elements in another shape; free at run time. */
  view(tensor: Tensor, shape: Shape): Tensor {
    if (sameShape(tensor.shape, shape)) return tensor;
    const key = viewKey(tensor, shape);
    const known = this.views.get(key);
    if (known !== undefined) return known;
    const made = this.graph.op("Reshape", [tensor, this.graph.indices(shape)], shape);
    this.views.set(key, made);
    return made;
  }

  flat(tensor: Tensor): Tensor {
    return this.view(tensor, [sizeOf(tensor.shape)]);
  }

  /** Axes of extent 1 and axes that stay neighbours cost nothing; what remains is one Transpose, written once. */
  transpose(tensor: Tensor, permutation: readonly number[]): Tensor {
    const shape = permutation.map((axis) => at(tensor.shape, axis));
    const runs: number[][] = [];
    for (const axis of permutation.filter((axis) => tensor.shape[axis] !== 1)) {
      const run = runs.at(-1);
      if (run !== undefined && axis === nextWide(tensor.shape, run.at(-1))) run.push(axis);
      else runs.push([axis]);
    }
    if (runs.length <= 1) return this.view(tensor, shape);
    const order = runs.toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
    const extent = (run: readonly number[]): number => sizeOf(run.map((axis) => at(tensor.shape, axis)));
    const merged = this.view(tensor, order.map(extent));
    const perm = runs.map((run) => order.indexOf(run));
    const moved = this.once(`transpose ${merged.name} ${perm.join()}`, () =>
      this.graph.op("Transpose", [merged], runs.map(extent), { perm: ints(...perm) }),
    );
    return this.view(moved, shape);
  }

  /** Two tensors whose shapes broadcast. */
  binary(opType: "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min", a: Tensor, b: Tensor): Tensor {
    return this.graph.op(opType, [a, b], broadcastShapes(a.shape, b.shape));
  }
  add(a: Tensor, b: Tensor): Tensor {
    return this.binary("Add", a, b);
  }
  sub(a: Tensor, b: Tensor): Tensor {
    return this.binary("Sub", a, b);
  }
  mul(a: Tensor, b: Tensor): Tensor {
    return this.binary("Mul", a, b);
  }
  scale(a: Tensor, factor: number): Tensor {
    return this.mul(a, this.graph.scalar(factor));
  }

  unary(opType: string, a: Tensor, attributes: Attributes = {}): Tensor {
    return this.graph.op(opType, [a], a.shape, attributes);
  }

  reduce(
    opType: "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceSumSquare",
    a: Tensor,
    axes: readonly number[],
  ): Tensor {
    return this.graph.op(
      opType,
      [a, this.graph.indices(axes)],
      a.shape.filter((_, axis) => !axes.includes(axis)),
      { keepdims: int(0) },
    );
  }

  /** [..., m, k] × [..., k, n], either side transposed, times `alpha`, without a transposed copy. */
  matmul(a: Tensor, b: Tensor, options: { transposeA?: boolean; transposeB?: boolean; alpha?: number } = {}): Tensor {
    const { transposeA = false, transposeB = false, alpha = 1 } = options;
    const rows = at(a.shape, a.shape.length - (transposeA ? 1 : 2));
    const columns = at(b.shape, b.shape.length - (transposeB ? 2 : 1));
    const leading = a.shape.length >= b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
    const shape = [...leading, rows, columns];
    if (!transposeA && !transposeB && alpha === 1) return this.graph.op("MatMul", [a, b], shape);
    if (this.machine.device === "webgpu") {
      const product = this.graph.op("MatMul", [this.turned(a, transposeA), this.turned(b, transposeB)], shape);
      return alpha === 1 ? product : this.scale(product, alpha);
    }
    return this.graph.op(
      "FusedMatMul",
      [a, b],
      shape,
      { transA: int(Number(transposeA)), transB: int(Number(transposeB)), alpha: float(alpha) },
      CONTRIB,
    );
  }

  /** The last two axes exchanged, if at all. */
  private turned(tensor: Tensor, isTurned: boolean): Tensor {
    const rank = tensor.shape.length;
    if (!isTurned) return tensor;
    return this.transpose(tensor, [...tensor.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2));
  }

  /** Sum of tensors of one shape, from the first to the last. */
  sum(terms: readonly Tensor[]): Tensor {
    const [head, ...others] = terms;
    if (head === undefined) throw new Error("internal: nothing to add");
    if (others.length === 0) return head;
    if (this.machine.device !== "webgpu") return this.graph.op("Sum", terms, head.shape);
    return others.reduce((total, term) => this.add(total, term), head);
  }

  concat(parts: readonly Tensor[], axis: number): Tensor {
    const [head, ...others] = parts;
    if (head === undefined) throw new Error("internal: nothing to concatenate");
    if (others.length === 0) return head;
    const total = parts.reduce((sum, part) => sum + at(part.shape, axis), 0);
    return this.graph.op("Concat", parts, head.shape.with(axis, total), { axis: int(axis) });
  }

  /** `length` elements from `start` along each axis, every `step`-th. */
  slice(tensor: Tensor, cuts: readonly { axis: number; start: number; length: number; step?: number }[]): Tensor {
    const real = cuts.filter(
      ({ axis, start, length, step = 1 }) => start !== 0 || step !== 1 || length !== tensor.shape[axis],
    );
    if (real.length === 0) return tensor;
    let shape = [...tensor.shape];
    for (const { axis, length } of real) shape = shape.with(axis, length);
    const numbers = (pick: (cut: (typeof real)[number]) => number) => this.graph.indices(real.map(pick));
    return this.graph.op(
      "Slice",
      [
        tensor,
        numbers((cut) => cut.start),
        numbers((cut) => cut.start + (cut.length - 1) * (cut.step ?? 1) + 1),
        numbers((cut) => cut.axis),
        numbers((cut) => cut.step ?? 1),
      ],
      shape,
    );
  }

  /** A value (zero) before and after along some axes; a negative count cuts off. */
  pad(tensor: Tensor, edges: readonly { axis: number; before: number; after: number }[], value = 0): Tensor {
    const real = edges.filter(({ before, after }) => before !== 0 || after !== 0);
    if (real.length === 0) return tensor;
    let shape = [...tensor.shape];
    for (const { axis, before, after } of real) shape = shape.with(axis, at(shape, axis) + before + after);
    const graph = this.graph;
    if (this.machine.device === "webgpu") {
      // moved through other layouts there, a Pad that names its axes takes wrong ones
      const everywhere = [...shape.keys()].map((axis) => real.find((edge) => edge.axis === axis));
      const all = [...everywhere.map((edge) => edge?.before ?? 0), ...everywhere.map((edge) => edge?.after ?? 0)];
      return graph.op("Pad", [tensor, graph.indices(all), graph.scalar(value)], shape);
    }
    const counts = [...real.map(({ before }) => before), ...real.map(({ after }) => after)];
    return graph.op(
      "Pad",
      [tensor, graph.indices(counts), graph.scalar(value), graph.indices(real.map(({ axis }) => axis))],
      shape,
    );
  }
}

export function at(shape: readonly number[], axis: number): number {
  const size = shape[axis];
  if (size === undefined) throw new Error(`internal: no axis ${axis} in [${shape.join()}]`);
  return size;
}

export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`internal: [${a.join()}] and [${b.join()}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

const viewKey = (tensor: Tensor, shape: Shape): string => `${tensor.name} ${shape.join("x")}`;

/** The next axis after `axis` whose extent is not 1. */
function nextWide(shape: Shape, axis = -1): number {
  const offset = shape.slice(axis + 1).findIndex((extent) => extent !== 1);
  return offset < 0 ? -1 : axis + 1 + offset;
}
