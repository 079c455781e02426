/** The state of a session: buffers in JavaScript, two of each once they are written, and views of them by state name. */

import type * as Ort from "onnxruntime-node";
import { sizeOf } from "../../../program/shape.js";
import type { DType, ProgramBundle, Shape, TensorData } from "../../../program/types.js";
import { EngineError } from "../errors.js";
import { checkTensor, listNames, statesOf } from "../tensors.js";
import type { Packing } from "./packing.js";

/** What xferc uses of onnxruntime-node. */
export type OrtModule = Pick<typeof Ort, "InferenceSession" | "Tensor" | "env" | "listSupportedBackends">;
export type Numbers = Float32Array | Int32Array;

export const allocate = (dtype: DType, size: number): Numbers =>
  dtype === "i32" ? new Int32Array(size) : new Float32Array(size);

export function tensorOver(ort: OrtModule, data: Numbers, shape: Shape): Ort.Tensor {
  return data instanceof Float32Array ? new ort.Tensor("float32", data, shape) : new ort.Tensor("int32", data, shape);
}

/** Memory for a value now and for the next one, written while the first is read. */
interface Buffer {
  readonly dtype: DType;
  readonly size: number;
  sides: [Numbers, Numbers | undefined];
  current: 0 | 1;
}

interface Slot {
  readonly buffer: string;
  readonly offset: number;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Tensors over the two sides of the buffer. */
  readonly views: [Ort.Tensor | undefined, Ort.Tensor | undefined];
}

export class StateStore {
  readonly #ort: OrtModule;
  readonly #buffers = new Map<string, Buffer>();
  readonly #slots = new Map<string, Slot>();

  /** Every state of the bundle; programs that name one must agree about it. */
  constructor(ort: OrtModule, bundle: ProgramBundle, packing: Packing) {
    this.#ort = ort;
    for (const [name, size] of packing.buffers) this.#addBuffer(name, "f32", size);
    for (const [name, { shape, dtype }] of statesOf(bundle)) {
      const place = packing.places.get(name);
      if (place === undefined) this.#addBuffer(ownBuffer(name), dtype, sizeOf(shape));
      const { buffer, offset } = place ?? { buffer: ownBuffer(name), offset: 0 };
      this.#slots.set(name, { buffer, offset, shape, dtype, views: [undefined, undefined] });
    }
  }

  get size(): number {
    return this.#slots.size;
  }

  get names(): string[] {
    return [...this.#slots.keys()];
  }

  /** Copies what the programs name; a state may hold more. */
  load(state: ReadonlyMap<string, TensorData>): void {
    const missing = this.names.filter((name) => !state.has(name));
    if (missing.length > 0) throw new EngineError(`the state lacks ${listNames(missing)}`);
    const due = [...state].filter(([name]) => this.#slots.has(name));
    for (const [name, given] of due) checkTensor(`state \`${name}\``, given, this.#slot(name));
    for (const [name, given] of due) this.#numbers(name).set(given.data);
  }

  /** A copy. */
  read(name: string): TensorData {
    return { shape: this.#slot(name).shape, data: this.#numbers(name).slice() };
  }

  /** The state as a program takes it, in its own shape. */
  input(name: string): Ort.Tensor {
    const slot = this.#slot(name);
    const { current } = this.#buffer(slot.buffer);
    const view = slot.views[current] ?? tensorOver(this.#ort, this.#numbers(name), slot.shape);
    slot.views[current] = view;
    return view;
  }

  /** A whole buffer as a program takes it, flat. */
  bufferInput(name: string): Ort.Tensor {
    const { sides, current, size } = this.#buffer(name);
    return tensorOver(this.#ort, sides[current] ?? sides[0], [size]);
  }

  /** Where a program writes a whole buffer's next value; `turn` makes it current. */
  bufferOutput(name: string): Ort.Tensor {
    return tensorOver(this.#ort, this.#spare(this.#buffer(name)), [this.#buffer(name).size]);
  }

  turn(name: string): void {
    const buffer = this.#buffer(name);
    buffer.current = buffer.current === 0 ? 1 : 0;
  }

  /** Where a program writes one state's next value, flat; `accept` takes it over. */
  output(name: string): Ort.Tensor {
    const slot = this.#slot(name);
    if (slot.buffer === ownBuffer(name)) return this.bufferOutput(slot.buffer);
    const size = sizeOf(slot.shape);
    return tensorOver(this.#ort, this.#spare(this.#buffer(slot.buffer)).subarray(slot.offset, slot.offset + size), [
      size,
    ]);
  }

  accept(name: string): void {
    const slot = this.#slot(name);
    if (slot.buffer === ownBuffer(name)) {
      this.turn(slot.buffer);
      return;
    }
    const end = slot.offset + sizeOf(slot.shape);
    this.#numbers(name).set(this.#spare(this.#buffer(slot.buffer)).subarray(slot.offset, end));
  }

  clear(): void {
    this.#slots.clear();
    this.#buffers.clear();
  }

  #addBuffer(name: string, dtype: DType, size: number): void {
    this.#buffers.set(name, { dtype, size, sides: [allocate(dtype, size), undefined], current: 0 });
  }

  #spare(buffer: Buffer): Numbers {
    const other = buffer.current === 0 ? 1 : 0;
    const spare = buffer.sides[other] ?? allocate(buffer.dtype, buffer.size);
    buffer.sides[other] = spare;
    return spare;
  }

  /** The current elements of one state, in place. */
  #numbers(name: string): Numbers {
    const { buffer, offset, shape } = this.#slot(name);
    const { sides, current } = this.#buffer(buffer);
    return (sides[current] ?? sides[0]).subarray(offset, offset + sizeOf(shape));
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new EngineError(`no program has the state \`${name}\``);
    return slot;
  }

  #buffer(name: string): Buffer {
    const buffer = this.#buffers.get(name);
    if (buffer === undefined) throw new Error(`internal: no buffer ${name}`);
    return buffer;
  }
}

const ownBuffer = (state: string): string => `own.${state}`;
