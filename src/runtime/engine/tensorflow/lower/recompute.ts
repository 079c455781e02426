/**
 * Recomputation: what the backward pass reads of the forward pass must be kept until then, and in a transformer most of
 * it is cheap: norms and activations, whose own inputs their gradients keep anyway. Those are computed a second time,
 * from inputs that wait for the gradient that needs them; without the wait TensorFlow would see twins and keep one.
 */

import type { Operation, OpKind, Program, Value } from "../../../../program/types.js";
import type { LoweringContext } from "./context.js";

const CHEAP: ReadonlySet<OpKind> = new Set<OpKind>(["gelu", "layerNorm"]);
/** What only moves the elements of a cheap value is computed anew with it. */
const MOVES: ReadonlySet<OpKind> = new Set<OpKind>(["reshape", "transpose"]);

/** The first operation that belongs to the backward pass; all that follow do too. */
function backwardStart(program: Program): number {
  const index = program.operations.findIndex(({ kind }) => kind.endsWith("Grad"));
  return index < 0 ? program.operations.length : index;
}

export class Recomputation {
  readonly #start: number;
  readonly #forward = new Map<number, Operation>();
  readonly #twins = new Map<number, Value>();
  readonly #context: LoweringContext;
  readonly #lower: (operation: Operation) => void;
  #at = 0;

  constructor(context: LoweringContext, lower: (operation: Operation) => void) {
    this.#context = context;
    this.#lower = lower;
    this.#start = backwardStart(context.program);
    for (const operation of context.program.operations.slice(0, this.#start)) {
      for (const output of operation.outputs) this.#forward.set(output.id, operation);
    }
  }

  /** Lowers the next operation of the program. */
  next(operation: Operation): void {
    if (this.#at++ < this.#start) {
      this.#lower(operation);
      return;
    }
    const gradient = operation.inputs.find((value) => this.#isBackward(value));
    const { recomputed } = this.#context;
    if (gradient !== undefined) this.#context.recomputed = (value) => this.#twin(value, gradient);
    this.#lower(operation);
    this.#context.recomputed = recomputed;
  }

  #isBackward(value: Value): boolean {
    return this.#context.producer(value) !== undefined && !this.#forward.has(value.id);
  }

  #twin(value: Value, gradient: Value): Value | undefined {
    const known = this.#twins.get(value.id);
    if (known !== undefined) return known;
    const maker = this.#forward.get(value.id);
    if (maker === undefined || !this.#isCheap(maker) || maker.outputs[0]?.id !== value.id) return undefined;
    const inputs = maker.inputs.map((input) => this.#waiting(input, gradient));
    const outputs = maker.outputs.map((output) => ({ ...output, id: this.#context.freshId() }));
    this.#lower({ ...maker, inputs, outputs });
    const [twin] = outputs;
    if (twin !== undefined) this.#twins.set(value.id, twin);
    return twin;
  }

  #isCheap(operation: Operation): boolean {
    if (CHEAP.has(operation.kind)) return true;
    const [source] = operation.inputs;
    const maker = source && this.#forward.get(source.id);
    return MOVES.has(operation.kind) && maker !== undefined && this.#isCheap(maker);
  }

  /** An input of a cheap operation, itself computed anew where it is cheap, or held back until the gradient is there. */
  #waiting(value: Value, gradient: Value): Value {
    const twin = this.#twin(value, gradient);
    if (twin !== undefined) return twin;
    if (this.#context.variableOf(value) !== undefined) return value;
    const held = { ...value, id: this.#context.freshId() };
    const [tensor, anchor] = [this.#context.raw(value), this.#context.raw(gradient)];
    this.#context.set(held, this.#context.late(tensor, anchor), this.#context.layoutOf(value));
    return held;
  }
}
