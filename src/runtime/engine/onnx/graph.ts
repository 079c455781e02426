/** Writes one ONNX graph: nodes over statically shaped tensors, constants shared by content. */

import { create, toBinary } from "@bufbuild/protobuf";
import { sizeOf } from "../../../program/shape.js";
import type { Shape } from "../../../program/types.js";
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./generated/onnx_pb.js";

/** Operator set of the standard domain; its meaning of every node is fixed by this number. */
const OPSET = 20;
/** File format version that goes with it. */
const IR_VERSION = 10;
/** onnxruntime's own operators. */
export const CONTRIB = "com.microsoft";
/** Its convolutions over channels in blocks, and the reorderings around them. */
export const BLOCKED = "com.microsoft.nchwc";
type Domain = "" | typeof CONTRIB | typeof BLOCKED;

export type ElementType = "f32" | "f16" | "bf16" | "i32" | "u32" | "i64" | "bool";

/** A named value of the graph being written. */
export interface Tensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
}

export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly text: string };
export type Attributes = { readonly [name: string]: Attribute };

export const int = (value: number): Attribute => ({ int: value });
export const ints = (...values: readonly number[]): Attribute => ({ ints: values });
export const float = (value: number): Attribute => ({ float: value });
export const text = (value: string): Attribute => ({ text: value });

const dataTypes: Record<ElementType, DataType> = {
  f32: DataType.FLOAT,
  f16: DataType.FLOAT16,
  bf16: DataType.BFLOAT16,
  i32: DataType.INT32,
  u32: DataType.UINT32,
  i64: DataType.INT64,
  bool: DataType.BOOL,
};

/** What a node makes: its outputs' shapes, and their element type where it is not that of the first input. */
export interface Outputs {
  readonly shapes: readonly Shape[];
  readonly types?: readonly ElementType[];
}

/** What WebGPU promises of every adapter that one shader binding holds. */
const HEAVY_BYTES = 2 ** 27;

/** A node and the bytes of each of its inputs and outputs. */
export interface HeavyNode {
  readonly opType: string;
  readonly bytes: readonly number[];
}

const ELEMENT_BYTES: { readonly [T in ElementType]: number } = {
  f32: 4,
  f16: 2,
  bf16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  bool: 1,
};

const bytesOf = ({ shape, type }: Tensor): number => sizeOf(shape) * ELEMENT_BYTES[type];

export class Graph {
  private readonly nodes: NodeProto[] = [];
  private readonly producers = new Map<string, NodeProto>();
  private readonly initializers: TensorProto[] = [];
  private readonly constants = new Map<string, Tensor>();
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly domains = new Set<string>();
  /** Tensors that go by the name of a graph output. */
  private readonly renamed = new Map<string, string>();
  private readonly heavy: HeavyNode[] = [];
  private count = 0;

  /** Nodes with a tensor above `HEAVY_BYTES`. */
  get heavyNodes(): readonly HeavyNode[] {
    return this.heavy;
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  input(name: string, shape: Shape, type: ElementType): Tensor {
    this.inputs.push(valueInfo(name, shape, type));
    return { name, shape, type };
  }

  /**
   * Makes `tensor` an output of the graph. The node that makes it writes straight to the output; a second output of the
   * same tensor, or an input that leaves as it came, takes a copy.
   */
  output(name: string, tensor: Tensor): void {
    const node = this.producers.get(tensor.name);
    if (node === undefined || node.opType === "Reshape" || this.renamed.has(tensor.name)) {
      this.nodes.push(create(NodeProtoSchema, { opType: "Identity", name, input: [tensor.name], output: [name] }));
    } else {
      this.renamed.set(tensor.name, name);
    }
    this.outputs.push(valueInfo(name, tensor.shape, tensor.type));
  }

  /** Adds one node and returns its outputs. An absent optional input is `null`. */
  node(
    opType: string,
    inputs: readonly (Tensor | null)[],
    outputs: Outputs,
    attributes: Attributes = {},
    domain: Domain = "",
  ): Tensor[] {
    const id = this.count++;
    const inherited = inputs.find((input) => input !== null)?.type ?? "f32";
    const made = outputs.shapes.map((shape, index) => ({
      name: index === 0 ? `${opType}.${id}` : `${opType}.${id}.${index}`,
      shape,
      type: outputs.types?.[index] ?? inherited,
    }));
    const node = create(NodeProtoSchema, {
      opType,
      domain,
      name: `${opType}.${id}`,
      input: inputs.map((input) => input?.name ?? ""),
      output: made.map((tensor) => tensor.name),
      attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
    });
    if (domain !== "") this.domains.add(domain);
    this.nodes.push(node);
    for (const tensor of made) this.producers.set(tensor.name, node);
    // 64-bit integers are shapes and axes, which no shader reads; a Reshape runs none
    const computed = [...inputs, ...made].filter((tensor) => tensor !== null && tensor.type !== "i64");
    const bytes = computed.map((tensor) => (tensor === null ? 0 : bytesOf(tensor)));
    if (opType !== "Reshape" && bytes.some((size) => size > HEAVY_BYTES)) this.heavy.push({ opType, bytes });
    return made;
  }

  /** A node of one output. */
  op(
    opType: string,
    inputs: readonly (Tensor | null)[],
    shape: Shape,
    attributes: Attributes = {},
    domain: Domain = "",
  ): Tensor {
    return first(this.node(opType, inputs, { shapes: [shape] }, attributes, domain));
  }

  /** Asks the node that made `tensor` for one more output. */
  extraOutput(tensor: Tensor, shape: Shape, type: ElementType): Tensor {
    const node = this.producers.get(tensor.name);
    if (node === undefined) throw new Error(`internal: no node makes ${tensor.name}`);
    const extra = { name: `${node.name}.${node.output.length}`, shape, type };
    node.output.push(extra.name);
    return extra;
  }

  constant(data: Float32Array | Int32Array | Uint32Array | BigInt64Array, shape: Shape): Tensor {
    const type = elementTypeOf(data);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const content = bytes.length <= 1024 ? `${type}/${shape.join("x")}/${Buffer.from(bytes).toString("base64")}` : null;
    const known = content === null ? undefined : this.constants.get(content);
    if (known !== undefined) return known;
    const tensor: Tensor = { name: `constant.${this.count++}`, shape, type };
    this.initializers.push(
      create(TensorProtoSchema, {
        name: tensor.name,
        dims: shape.map(BigInt),
        dataType: dataTypes[type],
        rawData: bytes.slice(),
      }),
    );
    if (content !== null) this.constants.set(content, tensor);
    return tensor;
  }

  scalar(value: number): Tensor {
    return this.constant(Float32Array.of(value), []);
  }

  /** A vector of 64-bit integers: how ONNX takes shapes, axes and offsets. */
  indices(values: readonly number[]): Tensor {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** The ModelProto's bytes. */
  encode(name: string): Uint8Array {
    const called = (tensor: string): string => this.renamed.get(tensor) ?? tensor;
    for (const node of this.nodes) {
      node.input = node.input.map(called);
      node.output = node.output.map(called);
    }
    const opsets = [
      { domain: "", version: BigInt(OPSET) },
      ...[...this.domains].map((domain) => ({ domain, version: 1n })),
    ];
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: BigInt(IR_VERSION),
        producerName: "xferc",
        opsetImport: opsets.map((opset) => create(OperatorSetIdProtoSchema, opset)),
        graph: create(GraphProtoSchema, {
          name,
          node: this.nodes,
          initializer: this.initializers,
          input: this.inputs,
          output: this.outputs,
        }),
      }),
    );
  }
}

export function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error("internal: an empty list where one item was due");
  return item;
}

function elementTypeOf(data: Float32Array | Int32Array | Uint32Array | BigInt64Array): ElementType {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Int32Array) return "i32";
  return data instanceof Uint32Array ? "u32" : "i64";
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  if ("int" in value) return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value.int) });
  if ("ints" in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.ints.map(BigInt) });
  }
  if ("float" in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value.text) });
}

function valueInfo(name: string, shape: Shape, type: ElementType): ValueInfoProto {
  const dim = shape.map((size) => create(TensorShapeProto_DimensionSchema, { dimValue: BigInt(size) }));
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: dataTypes[type],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { tensorType }) });
}
