/** What a program is made of, noted as it is written: names, state, feeds, fetches, updates and operations. */

import type { BufferOptions, BuilderOptions, ParameterOptions } from "./builder-options.js";
import type { TensorDeclaration } from "./declarations.js";
import { isHalf } from "./half.js";
import { inferOutputs, type ValueSpec } from "./infer/index.js";
import { Names, ProgramError } from "./names.js";
import { formatShape, sameShape } from "./shape.js";
import type {
  Feed,
  Fetch,
  OpAttributes,
  Operation,
  OpKind,
  Program,
  Shape,
  StateInput,
  StateUpdate,
  StoredType,
  Value,
} from "./types.js";

type StoredSpec = Pick<TensorDeclaration, "shape" | "dtype">;

export class Recorder {
  readonly #operations: Operation[] = [];
  readonly #feeds = new Names<Feed>("feed");
  readonly #state = new Names<StateInput>("state");
  readonly #fetches = new Names<Fetch>("fetch");
  readonly #updates = new Names<StateUpdate>("update of");
  readonly #tensors: TensorDeclaration[] = [];
  #prefix = "";
  #values = 0;

  constructor(
    readonly name: string,
    private readonly options: BuilderOptions = {},
  ) {}

  /** Parameters and buffers in the order they were declared. */
  get tensors(): readonly TensorDeclaration[] {
    return this.#tensors;
  }

  /** Operations so far, in order. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Declarations inside `body` are named `prefix.NAME`. */
  scope<T>(prefix: string, body: () => T): T {
    const outer = this.#prefix;
    this.#prefix = `${outer}${prefix}.`;
    try {
      return body();
    } finally {
      this.#prefix = outer;
    }
  }

  /** A trained tensor, kept between calls under its full name. */
  parameter(name: string, shape: Shape, { role, init, trainable = true }: ParameterOptions): Value {
    return this.#declare(name, { shape, dtype: "f32" }, { role, init, trainable });
  }

  /** A tensor the model keeps but the optimizer does not touch: running statistics, counters. */
  buffer(name: string, shape: Shape, { role, init, dtype = "f32" }: BufferOptions): Value {
    return this.#declare(name, { shape, dtype }, { role, init, trainable: false });
  }

  /** State that is no tensor of the model: optimizer moments. Scopes do not apply. */
  state(name: string, shape: Shape, dtype: StoredType = "f32"): Value {
    const value = this.#value({ shape, dtype });
    this.#state.add({ name, value });
    return value;
  }

  /** A name with the prefix of the current scope, as a declaration here would have it. */
  fullName(name: string): string {
    return this.#prefix + name;
  }

  /** The feed declared under this name, if any. */
  feedValue(name: string): Value | undefined {
    return this.#feeds.entries.get(name)?.value;
  }

  /** The state value declared under this full name, if any. */
  stateValue(name: string): Value | undefined {
    return this.#state.entries.get(this.options.stored?.(name) ?? name)?.value;
  }

  /** What a tensor or state of this full name holds after the call. */
  nextValue(name: string): Value | undefined {
    return this.#updates.entries.get(name)?.value ?? this.stateValue(name);
  }

  /** Whether a tensor of the current scope stays as it is. */
  isFrozen(name: string): boolean {
    return this.options.frozen?.has(this.#prefix + name) === true;
  }

  feed(name: string, shape: Shape, dtype: StoredType = "f32"): Value {
    const value = this.#value({ shape, dtype });
    this.#feeds.add({ name, value });
    return value;
  }

  fetch(name: string, value: Value): void {
    if (isHalf(value.dtype)) throw new ProgramError(`fetch \`${name}\`: ${value.dtype} stays inside; cast it to f32`);
    this.#fetches.add({ name, value });
  }

  /** After each call, the state declared as `name` (full name) holds `value`. */
  update(name: string, value: Value): void {
    const state = this.stateValue(name);
    if (state === undefined) throw new ProgramError(`update of \`${name}\`: no such state`);
    if (!sameShape(state.shape, value.shape) || state.dtype !== value.dtype) {
      throw new ProgramError(
        `update of \`${name}\`: ${value.dtype}${formatShape(value.shape)} does not fit ${state.dtype}${formatShape(state.shape)}`,
      );
    }
    this.#updates.add({ name, value });
  }

  /** As `update`, for a name in the current scope. */
  updateScoped(name: string, value: Value): void {
    this.update(this.#prefix + name, value);
  }

  /** Every update so far happens only where `condition` (a scalar, 1 or 0) holds; else the state stays as it was. */
  guardUpdates(condition: Value): void {
    for (const [name, { value }] of this.#updates.entries) {
      const before = this.stateValue(name);
      if (before !== undefined)
        this.#updates.entries.set(name, { name, value: this.one("select", {}, [condition, value, before]) });
    }
  }

  build(): Program {
    return {
      name: this.name,
      feeds: [...this.#feeds.entries.values()],
      state: [...this.#state.entries.values()],
      operations: [...this.#operations],
      fetches: [...this.#fetches.entries.values()],
      updates: [...this.#updates.entries.values()],
    };
  }

  /** One operation; returns its outputs. The methods of `Builder` are the usual way. */
  op<K extends Exclude<OpKind, "constant">>(
    kind: K,
    attributes: OpAttributes[K],
    inputs: readonly Value[],
  ): readonly Value[] {
    return this.emit(kind, attributes, inputs, inferOutputs(kind, attributes, inputs));
  }

  protected emit<K extends OpKind>(
    kind: K,
    attributes: OpAttributes[K],
    inputs: readonly Value[],
    specs: readonly ValueSpec[],
  ): readonly Value[] {
    const outputs = specs.map((spec) => this.#value(spec));
    this.#operations.push({ kind, attributes, inputs, outputs } as Operation);
    return outputs;
  }

  protected one<K extends Exclude<OpKind, "constant">>(
    kind: K,
    attributes: OpAttributes[K],
    inputs: readonly Value[],
  ): Value {
    return this.output(this.op(kind, attributes, inputs), 0);
  }

  protected output(outputs: readonly Value[], index: number): Value {
    const value = outputs[index];
    if (value === undefined) throw new ProgramError(`an operation has no output ${index + 1}`);
    return value;
  }

  #value({ shape, dtype }: ValueSpec): Value {
    return { id: this.#values++, shape, dtype };
  }

  #declare(name: string, spec: StoredSpec, about: Pick<TensorDeclaration, "role" | "init" | "trainable">): Value {
    const full = this.#prefix + name;
    const value = this.state(this.options.stored?.(full) ?? full, spec.shape, spec.dtype);
    const trainable = about.trainable && this.options.frozen?.has(full) !== true;
    this.#tensors.push({ name: full, ...spec, ...about, trainable });
    return value;
  }
}
