/** Programs compiled by onnxruntime over one state that lives in JavaScript, double-buffered so that steps allocate nothing. */

import type * as Ort from "onnxruntime-node";
import { formatShape, sameShape, sizeOf } from "../../../program/shape.js";
import type { DType, Program, ProgramBundle, Shape, TensorData, Value } from "../../../program/types.js";
import { EngineError } from "../errors.js";
import type { Session } from "../types.js";
import { flatShape, graphNames, type LoweredProgram, lowerProgram } from "./lower/index.js";

/** What xferc uses of onnxruntime-node. */
export type OrtModule = Pick<typeof Ort, "InferenceSession" | "Tensor" | "env" | "listSupportedBackends">;

type Numbers = Float32Array | Int32Array;

interface StateSlot {
  readonly shape: Shape;
  readonly dtype: DType;
  current: Ort.Tensor;
  /** Where the next value is written; made at the first update. */
  spare: Ort.Tensor | undefined;
}

interface Compiled {
  readonly program: Program;
  readonly lowered: LoweredProgram;
  readonly session: Ort.InferenceSession;
}

export interface OnnxSessionOptions {
  readonly threads: number;
  /** Prefix of a profile that onnxruntime writes when the session closes; for `bench/`. */
  readonly profile?: string;
}

export async function openOnnxSession(
  ort: OrtModule,
  bundle: ProgramBundle,
  options: OnnxSessionOptions,
): Promise<Session> {
  const state = collectState(ort, bundle);
  const compiled = new Map<string, Compiled>();
  for (const [name, program] of Object.entries(bundle.programs)) {
    const lowered = lowerProgram(program);
    try {
      const session = await ort.InferenceSession.create(lowered.model, sessionOptions(name, options));
      compiled.set(name, { program, lowered, session });
    } catch (error) {
      throw new EngineError(`onnxruntime does not accept program \`${name}\``, error);
    }
  }
  return new OnnxSession(ort, state, compiled, options);
}

function sessionOptions(
  program: string,
  { threads, profile }: OnnxSessionOptions,
): Ort.InferenceSession.SessionOptions {
  return {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableCpuMemArena: true,
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: `${profile}-${program}` }),
  };
}

const allocate = (dtype: DType, size: number): Numbers =>
  dtype === "f32" ? new Float32Array(size) : new Int32Array(size);

function tensorOver(ort: OrtModule, data: Numbers, shape: Shape): Ort.Tensor {
  return data instanceof Float32Array ? new ort.Tensor("float32", data, shape) : new ort.Tensor("int32", data, shape);
}

/** Every state of the bundle; programs that name one must agree about it. */
function collectState(ort: OrtModule, bundle: ProgramBundle): Map<string, StateSlot> {
  const slots = new Map<string, StateSlot>();
  for (const program of Object.values(bundle.programs)) {
    for (const { name, value } of program.state) {
      const known = slots.get(name);
      if (known === undefined) {
        const current = tensorOver(ort, allocate(value.dtype, sizeOf(value.shape)), flatShape(value.shape));
        slots.set(name, { shape: value.shape, dtype: value.dtype, current, spare: undefined });
      } else if (known.dtype !== value.dtype || !sameShape(known.shape, value.shape)) {
        throw new EngineError(
          `program \`${program.name}\` has state \`${name}\` as ${describe(value)}, another program as ${describe(known)}`,
        );
      }
    }
  }
  return slots;
}

const describe = ({ dtype, shape }: { dtype: DType; shape: Shape }): string => `${dtype} ${formatShape(shape)}`;
const dtypeOf = (data: Numbers): DType => (data instanceof Float32Array ? "f32" : "i32");

function checkTensor(what: string, given: TensorData, expected: { shape: Shape; dtype: DType }): void {
  const got = { shape: given.shape, dtype: dtypeOf(given.data) };
  if (got.dtype !== expected.dtype || !sameShape(got.shape, expected.shape)) {
    throw new EngineError(`${what} is ${describe(got)} where ${describe(expected)} is due`);
  }
  if (given.data.length !== sizeOf(expected.shape)) {
    throw new EngineError(
      `${what} has ${given.data.length} elements where ${formatShape(expected.shape)} has ${sizeOf(expected.shape)}`,
    );
  }
}

class OnnxSession implements Session {
  #closed = false;
  #loaded = false;
  readonly #ort: OrtModule;
  readonly #state: Map<string, StateSlot>;
  readonly #compiled: Map<string, Compiled>;
  readonly #profiled: boolean;

  constructor(
    ort: OrtModule,
    state: Map<string, StateSlot>,
    compiled: Map<string, Compiled>,
    options: OnnxSessionOptions,
  ) {
    this.#ort = ort;
    this.#state = state;
    this.#compiled = compiled;
    this.#profiled = options.profile !== undefined;
  }

  async load(state: ReadonlyMap<string, TensorData>): Promise<void> {
    this.#assertOpen();
    const missing = [...this.#state.keys()].filter((name) => !state.has(name));
    if (missing.length > 0) throw new EngineError(`the state lacks ${listNames(missing)}`);
    const unknown = [...state.keys()].filter((name) => !this.#state.has(name));
    if (unknown.length > 0) throw new EngineError(`no program has the state ${listNames(unknown)}`);
    for (const [name, slot] of this.#state) {
      const given = state.get(name);
      if (given !== undefined) checkTensor(`state \`${name}\``, given, slot);
    }
    for (const [name, slot] of this.#state) {
      const given = state.get(name);
      if (given !== undefined) (slot.current.data as Numbers).set(given.data);
    }
    this.#loaded = true;
  }

  async run(
    name: string,
    feeds: { readonly [name: string]: TensorData },
  ): Promise<{ readonly [name: string]: TensorData }> {
    this.#assertOpen();
    const compiled = this.#compiled.get(name);
    if (compiled === undefined) {
      throw new EngineError(`no program \`${name}\`; there is ${listNames([...this.#compiled.keys()])}`);
    }
    if (!this.#loaded && this.#state.size > 0)
      throw new EngineError(`program \`${name}\` was run before its state was loaded`);
    const inputs = this.#inputs(compiled, feeds);
    const fetched = compiled.program.fetches.map((fetch) => ({ name: fetch.name, tensor: this.#fresh(fetch.value) }));
    const outputs = Object.fromEntries([
      ...fetched.map((fetch) => [graphNames.fetch(fetch.name), fetch.tensor] as const),
      ...compiled.program.updates.map((update) => [graphNames.update(update.name), this.#spare(update.name)] as const),
    ]);
    try {
      await compiled.session.run(inputs, outputs);
    } catch (error) {
      throw new EngineError(`program \`${name}\` failed in onnxruntime`, error);
    }
    for (const update of compiled.program.updates) this.#swap(update.name);
    return Object.fromEntries(
      compiled.program.fetches.map((fetch, i) => [
        fetch.name,
        { shape: fetch.value.shape, data: fetched[i]?.tensor.data as Numbers },
      ]),
    );
  }

  async read(names: readonly string[] = [...this.#state.keys()]): Promise<Map<string, TensorData>> {
    this.#assertOpen();
    return new Map(
      names.map((name) => {
        const slot = this.#slot(name);
        return [name, { shape: slot.shape, data: (slot.current.data as Numbers).slice() }];
      }),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const { session } of this.#compiled.values()) {
      if (this.#profiled) session.endProfiling();
      await session.release();
    }
    this.#compiled.clear();
    this.#state.clear();
  }

  #inputs({ program, lowered }: Compiled, feeds: { readonly [name: string]: TensorData }): Record<string, Ort.Tensor> {
    const inputs: Record<string, Ort.Tensor> = {};
    const known = new Set(program.feeds.map((feed) => feed.name));
    const unknown = Object.keys(feeds).filter((name) => !known.has(name));
    if (unknown.length > 0) throw new EngineError(`program \`${program.name}\` takes no feed ${listNames(unknown)}`);
    for (const { name, value } of program.feeds) {
      const given = feeds[name];
      if (given === undefined)
        throw new EngineError(`program \`${program.name}\` needs the feed \`${name}\`, ${describe(value)}`);
      checkTensor(`feed \`${name}\` of program \`${program.name}\``, given, value);
      if (lowered.feeds.has(name)) inputs[graphNames.feed(name)] = tensorOver(this.#ort, given.data, value.shape);
    }
    for (const name of lowered.state) inputs[graphNames.state(name)] = this.#slot(name).current;
    return inputs;
  }

  #fresh(value: Value): Ort.Tensor {
    return tensorOver(this.#ort, allocate(value.dtype, sizeOf(value.shape)), value.shape);
  }

  #slot(name: string): StateSlot {
    const slot = this.#state.get(name);
    if (slot === undefined) throw new EngineError(`no program has the state \`${name}\``);
    return slot;
  }

  #spare(name: string): Ort.Tensor {
    const slot = this.#slot(name);
    slot.spare ??= tensorOver(this.#ort, allocate(slot.dtype, sizeOf(slot.shape)), flatShape(slot.shape));
    return slot.spare;
  }

  #swap(name: string): void {
    const slot = this.#slot(name);
    if (slot.spare !== undefined) [slot.current, slot.spare] = [slot.spare, slot.current];
  }

  #assertOpen(): void {
    if (this.#closed) throw new EngineError("the session is closed");
  }
}

function listNames(names: readonly string[]): string {
  const shown = names
    .slice(0, 5)
    .map((name) => `\`${name}\``)
    .join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
