/** Writes one TensorFlow graph: named nodes over statically shaped tensors, constants shared by content. */

import { create } from "@bufbuild/protobuf";
import type { Shape } from "../../../program/types.js";
import {
  type AttrValue,
  AttrValueSchema,
  DataType,
  type GraphDef,
  GraphDefSchema,
  type NodeDef,
  NodeDefSchema,
  TensorProtoSchema,
  type TensorShapeProto,
  TensorShapeProto_DimSchema,
  TensorShapeProtoSchema,
} from "./generated/tensorflow_pb.js";

export type ElementType = "f32" | "bf16" | "f16" | "i32" | "u32" | "bool" | "resource";

/** An output of a node. `name` is how other nodes take it: `NODE` or `NODE:INDEX`. */
export interface Tensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
}

const dataTypes: Record<ElementType, DataType> = {
  f32: DataType.DT_FLOAT,
  bf16: DataType.DT_BFLOAT16,
  f16: DataType.DT_HALF,
  i32: DataType.DT_INT32,
  u32: DataType.DT_UINT32,
  bool: DataType.DT_BOOL,
  resource: DataType.DT_RESOURCE,
};
export const dataTypeOf = (type: ElementType): DataType => dataTypes[type];

export type Attributes = { readonly [name: string]: AttrValue };

const value = (content: AttrValue["value"]): AttrValue => create(AttrValueSchema, { value: content });
export const type = (of: ElementType): AttrValue => value({ case: "type", value: dataTypes[of] });
export const int = (number: number): AttrValue => value({ case: "i", value: BigInt(number) });
export const ints = (numbers: readonly number[]): AttrValue =>
  create(AttrValueSchema, { value: { case: "list", value: { i: numbers.map(BigInt) } } });
export const float = (number: number): AttrValue => value({ case: "f", value: number });
export const bool = (truth: boolean): AttrValue => value({ case: "b", value: truth });
export const text = (content: string): AttrValue => value({ case: "s", value: new TextEncoder().encode(content) });
export const shapeAttribute = (shape: Shape): AttrValue => value({ case: "shape", value: shapeProto(shape) });

/**
 * Producer version of the format (TensorFlow 2.11's): fixes the meaning of every node for later versions, which keep it
 * by promise.
 */
const VERSION = 1286;

export interface NodeOptions {
  readonly attributes?: Attributes;
  /** Nodes that run before this one. */
  readonly after?: readonly Tensor[];
  /** Where the node must run: integers that only count, on a GPU machine too. */
  readonly device?: "cpu";
  /** A name of its own, for nodes called from outside. */
  readonly name?: string;
}

/** What a node makes: its outputs' shapes, and their element type where it is not that of the first input. */
export interface Outputs {
  readonly shapes: readonly Shape[];
  readonly types?: readonly ElementType[];
}

export class Graph {
  private readonly nodes: NodeDef[] = [];
  private readonly constants = new Map<string, Tensor>();
  private prefix = "";
  private count = 0;

  get nodeCount(): number {
    return this.nodes.length;
  }

  /** Nodes written by `body` are named under `prefix/`; constants are not shared with those outside. */
  within<T>(prefix: string, body: () => T): T {
    const outer = this.prefix;
    this.prefix = `${outer}${prefix}/`;
    this.constants.clear();
    try {
      return body();
    } finally {
      this.prefix = outer;
      this.constants.clear();
    }
  }

  node(op: string, inputs: readonly Tensor[], outputs: Outputs, options: NodeOptions = {}): Tensor[] {
    const name = `${this.prefix}${options.name ?? `${op}_${this.count++}`}`;
    const inherited = inputs[0]?.type ?? "f32";
    this.nodes.push(
      create(NodeDefSchema, {
        name,
        op,
        input: [...inputs.map((input) => input.name), ...controls(options.after ?? [])],
        device: options.device === "cpu" ? "/device:CPU:0" : "",
        attr: { ...options.attributes },
      }),
    );
    return outputs.shapes.map((shape, index) => ({
      name: index === 0 ? name : `${name}:${index}`,
      shape,
      type: outputs.types?.[index] ?? inherited,
    }));
  }

  /** A node of one output whose element type is its first input's, named by attribute `T`. */
  op(op: string, inputs: readonly Tensor[], shape: Shape, attributes: Attributes = {}): Tensor {
    const T = type(inputs[0]?.type ?? "f32");
    return first(this.node(op, inputs, { shapes: [shape] }, { attributes: { T, ...attributes } }));
  }

  placeholder(name: string, shape: Shape, of: ElementType): Tensor {
    return first(
      this.node(
        "Placeholder",
        [],
        { shapes: [shape], types: [of] },
        { name, attributes: { dtype: type(of), shape: shapeAttribute(shape) } },
      ),
    );
  }

  constant(data: Float32Array | Int32Array | Uint32Array, shape: Shape): Tensor {
    const of: ElementType = data instanceof Float32Array ? "f32" : data instanceof Int32Array ? "i32" : "u32";
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const content = bytes.length <= 1024 ? `${of}/${shape.join("x")}/${Buffer.from(bytes).toString("base64")}` : null;
    const known = content === null ? undefined : this.constants.get(content);
    if (known !== undefined) return known;
    const tensor = create(TensorProtoSchema, {
      dtype: dataTypes[of],
      tensorShape: shapeProto(shape),
      tensorContent: bytes.slice(),
    });
    const attributes = { dtype: type(of), value: value({ case: "tensor", value: tensor }) };
    const made = first(this.node("Const", [], { shapes: [shape], types: [of] }, { attributes }));
    if (content !== null) this.constants.set(content, made);
    return made;
  }

  scalar(number: number): Tensor {
    return this.constant(Float32Array.of(number), []);
  }

  /** A vector of 32-bit integers: how TensorFlow takes shapes, axes and permutations. */
  indices(numbers: readonly number[]): Tensor {
    return this.constant(Int32Array.from(numbers), [numbers.length]);
  }

  build(): GraphDef {
    return create(GraphDefSchema, { node: this.nodes, versions: { producer: VERSION, minConsumer: 0 } });
  }
}

const controls = (tensors: readonly Tensor[]): string[] => [
  ...new Set(tensors.map(({ name }) => `^${name.split(":")[0]}`)),
];

export function shapeProto(shape: Shape): TensorShapeProto {
  const dim = shape.map((size) => create(TensorShapeProto_DimSchema, { size: BigInt(size) }));
  return create(TensorShapeProtoSchema, { dim });
}

export function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error("internal: an empty list where one item was due");
  return item;
}
