/**
 * Mixed precision: rewrites a float32 program so that matrix products and convolutions, forward and backward, take and
 * give a half type. What a half value runs into decides the rest: biases, GELU, ReLU and everything that only moves
 * elements stay half between products; all else (norms, softmax, loss, sums, residual additions, optimizer, state) is
 * float32. Every value is cast at most once each way, so a weight once a step.
 */

import { inferOutputs } from "../infer/index.js";
import type { FloatType, HalfType, OpAttributes, Operation, OpKind, Program, Value } from "../types.js";
import { simplify } from "./index.js";

/** Done in half whatever comes in, unless no state has a part in it: pixels being augmented are no activations. */
const PRODUCTS: ReadonlySet<OpKind> = new Set<OpKind>(["matmul", "conv2d", "conv2dInputGrad", "conv2dFilterGrad"]);

/** Done in half where everything that comes in is half already. */
const FOLLOWING: ReadonlySet<OpKind> = new Set<OpKind>([
  "reshape",
  "transpose",
  "broadcastTo",
  "slice",
  "concat",
  "pad",
  "neg",
  "relu",
  "reluGrad",
  "gelu",
  "geluGrad",
  "maxPool",
  "maxPoolGrad",
]);

/** A cast before one of these is as good as one after it, and may be there already. */
const REARRANGING: ReadonlySet<OpKind> = new Set<OpKind>(["reshape", "transpose"]);

export function lowerPrecision(program: Program, half: HalfType): Program {
  return simplify(new Rewriter(program, half).rewritten());
}

class Rewriter {
  readonly #program: Program;
  readonly #half: HalfType;
  readonly #operations: Operation[] = [];
  readonly #producers = new Map<number, Operation>();
  /** Values of the given program whose own form is half now. */
  readonly #narrow = new Set<number>();
  /** State, and what only rearranges or cuts it. */
  readonly #stored = new Set<number>();
  /** What depends on any state. */
  readonly #learned = new Set<number>();
  /** By the given program's value: the value that holds it in each type. */
  readonly #forms = { half: new Map<number, Value>(), f32: new Map<number, Value>() };
  #values: number;

  constructor(program: Program, half: HalfType) {
    this.#program = program;
    this.#half = half;
    const made = program.operations.flatMap(({ outputs }) => outputs);
    const given = [...program.feeds, ...program.state].map(({ value }) => value);
    this.#values = [...made, ...given].reduce((most, { id }) => Math.max(most, id + 1), 0);
    for (const { value } of program.state) {
      this.#stored.add(value.id);
      this.#learned.add(value.id);
    }
    for (const operation of program.operations) {
      const learned = operation.inputs.some(({ id }) => this.#learned.has(id));
      for (const output of operation.outputs) {
        this.#producers.set(output.id, operation);
        if (learned) this.#learned.add(output.id);
      }
    }
  }

  rewritten(): Program {
    for (const operation of this.#program.operations) this.#rewrite(operation);
    const inF32 = <T extends { readonly value: Value }>(list: readonly T[]): T[] =>
      list.map((entry) => ({ ...entry, value: this.#as("f32", entry.value) }));
    const [fetches, updates] = [inF32(this.#program.fetches), inF32(this.#program.updates)];
    return { ...this.#program, operations: this.#operations, fetches, updates };
  }

  #rewrite(operation: Operation): void {
    const { kind, inputs } = operation;
    const [first] = inputs;
    if ((REARRANGING.has(kind) || kind === "slice") && first !== undefined && this.#stored.has(first.id)) {
      for (const output of operation.outputs) this.#stored.add(output.id);
    }
    const isProduct = PRODUCTS.has(kind) && inputs.some(({ id }) => this.#learned.has(id));
    if (!isProduct && !this.#follows(operation)) {
      this.#operations.push({ ...operation, inputs: inputs.map((value) => this.#as("f32", value)) });
      return;
    }
    const narrowed = inputs.map((value) => this.#as(this.#half, value));
    const outputs = this.#emit(operation, narrowed);
    operation.outputs.forEach((output, index) => {
      const made = outputs[index];
      if (made === undefined) return;
      this.#forms.half.set(output.id, made);
      this.#narrow.add(output.id);
    });
  }

  #follows({ kind, inputs }: Operation): boolean {
    const narrow = (value: Value) => this.#narrow.has(value.id);
    if (FOLLOWING.has(kind)) return inputs.every(narrow);
    // a bias joins its product
    return kind === "add" && inputs.some(narrow) && inputs.some((each) => this.#isBias(each));
  }

  #isBias(value: Value): boolean {
    return this.#stored.has(value.id) && value.shape.length === 1;
  }

  /** The value in this type; what has no floating point stays as it is. */
  #as(type: FloatType, value: Value): Value {
    if (value.dtype === "i32") return value;
    const native: FloatType = this.#narrow.has(value.id) ? this.#half : "f32";
    const forms = type === "f32" ? this.#forms.f32 : this.#forms.half;
    const known = forms.get(value.id) ?? (native === "f32" && type === "f32" ? value : undefined);
    if (known !== undefined) return known;
    const form = this.#rearranged(type, value) ?? this.#cast(this.#as(native, value), type);
    forms.set(value.id, form);
    return form;
  }

  /** A rearranged tensor by way of the tensor it came from, which others may want in this type too. */
  #rearranged(type: FloatType, value: Value): Value | undefined {
    const producer = this.#producers.get(value.id);
    const [source] = producer?.inputs ?? [];
    if (producer === undefined || source === undefined || !REARRANGING.has(producer.kind)) return undefined;
    return this.#emit(producer, [this.#as(type, source)])[0];
  }

  #cast(value: Value, dtype: FloatType): Value {
    const made: Value = { id: this.#values++, shape: value.shape, dtype };
    this.#operations.push({ kind: "cast", attributes: { dtype }, inputs: [value], outputs: [made] });
    return made;
  }

  /** The operation on other inputs. */
  #emit({ kind, attributes }: Operation, inputs: readonly Value[]): readonly Value[] {
    // an operation pairs each kind with its own attributes, which a union of kinds cannot express
    const specs = inferOutputs(kind, attributes as OpAttributes[typeof kind], inputs);
    const outputs = specs.map((spec): Value => ({ id: this.#values++, ...spec }));
    this.#operations.push({ kind, attributes, inputs, outputs } as Operation);
    return outputs;
  }
}
