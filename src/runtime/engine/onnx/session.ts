/** Programs compiled by onnxruntime over one state, which never leaves JavaScript's memory: steps allocate nothing. */

import type * as Ort from "onnxruntime-node";
import { sizeOf } from "../../../program/shape.js";
import type { Program, ProgramBundle, TensorData } from "../../../program/types.js";
import { bytes as byteText } from "../../ui/format.js";
import { EngineError } from "../errors.js";
import { failureKind } from "../failures.js";
import { checkFeeds, listNames } from "../tensors.js";
import type { EngineOptions, Session, ShaderLimits } from "../types.js";
import { type LoweredProgram, lowerProgram } from "./lower/index.js";
import { graphNames } from "./lower/names.js";
import { packBundle } from "./packing.js";
import { machineOf, providerOptions } from "./provider.js";
import { allocate, type OrtModule, StateStore, tensorOver } from "./state.js";

interface Compiled {
  readonly program: Program;
  readonly lowered: LoweredProgram;
  readonly session: Ort.InferenceSession;
}

export interface OnnxSessionOptions {
  readonly threads: number;
  /** The cpu unless given. */
  readonly device?: EngineOptions["device"];
  readonly limits?: EngineOptions["limits"];
  /** Prefix of a profile that onnxruntime writes when the session closes; for `bench/`. */
  readonly profile?: string;
}

/** Compiles every program of the bundle. Throws an `EngineError` that names the program onnxruntime rejects. */
export async function openOnnxSession(
  ort: OrtModule,
  bundle: ProgramBundle,
  options: OnnxSessionOptions,
): Promise<Session> {
  const packing = packBundle(bundle);
  const state = new StateStore(ort, bundle, packing);
  const machine = await machineOf(ort, options.device ?? "cpu");
  const compiled = new Map<string, Compiled>();
  for (const [name, program] of Object.entries(bundle.programs)) {
    const lowered = lowerProgram(program, { packedUpdates: packing.byProgram.get(program) ?? [], machine });
    if (options.limits !== undefined) refuseBeyond(options.limits, lowered);
    try {
      const session = await ort.InferenceSession.create(lowered.model, sessionOptions(name, options));
      compiled.set(name, { program, lowered, session });
    } catch (error) {
      for (const { session } of compiled.values()) await session.release();
      throw new EngineError(`onnxruntime does not accept program \`${name}\``, error);
    }
  }
  return new OnnxSession(ort, state, compiled, options);
}

/** A tensor takes as many bindings as it has pieces; operators that take any number of inputs go over them in turns. */
function refuseBeyond({ bindingBytes, bindings }: ShaderLimits, { name, heavyNodes }: LoweredProgram): void {
  for (const { opType, bytes } of heavyNodes) {
    const pieces = bytes.map((size) => Math.ceil(size / bindingBytes));
    const held = opType === "Concat" || opType === "Sum" ? [Math.max(...pieces), pieces.at(-1) ?? 0] : pieces;
    if (held.reduce((sum, count) => sum + count, 0) <= bindings) continue;
    throw new EngineError(
      `program \`${name}\` has a tensor of ${byteText(Math.max(...bytes))}, too large for this WebGPU adapter, whose ` +
        `shaders hold ${bindings} pieces of ${byteText(bindingBytes)}; a smaller batch makes it smaller`,
    );
  }
}

function sessionOptions(
  program: string,
  { device = "cpu", threads, profile }: OnnxSessionOptions,
): Ort.InferenceSession.SessionOptions {
  return {
    ...providerOptions(device),
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

class OnnxSession implements Session {
  #closed = false;
  /** Why nothing runs any more. */
  #ended: string | undefined;
  #loaded: boolean;
  readonly #ort: OrtModule;
  readonly #state: StateStore;
  readonly #compiled: Map<string, Compiled>;
  readonly #profiled: boolean;
  /** Its buffers lie on a device of their own. */
  readonly #isRemote: boolean;

  constructor(ort: OrtModule, state: StateStore, compiled: Map<string, Compiled>, options: OnnxSessionOptions) {
    this.#ort = ort;
    this.#state = state;
    this.#compiled = compiled;
    this.#loaded = state.size === 0;
    this.#profiled = options.profile !== undefined;
    this.#isRemote = (options.device ?? "cpu") !== "cpu";
  }

  async load(state: ReadonlyMap<string, TensorData>): Promise<void> {
    this.#assertOpen();
    this.#state.load(state);
    this.#loaded = true;
  }

  async run(
    name: string,
    feeds: { readonly [name: string]: TensorData },
    fetches?: readonly string[],
  ): Promise<{ readonly [name: string]: TensorData }> {
    this.#assertOpen();
    const compiled = this.#compiled.get(name);
    if (compiled === undefined) {
      throw new EngineError(`no program \`${name}\`; there is ${listNames([...this.#compiled.keys()])}`);
    }
    if (!this.#loaded) throw new EngineError(`program \`${name}\` was run before its state was loaded`);
    const { program, lowered, session } = compiled;
    const inputs = this.#inputs(compiled, feeds);
    const asked = program.fetches.filter((fetch) => fetches?.includes(fetch.name) ?? true);
    const fetched = asked.map(({ name, value }) => {
      const data = allocate(value.dtype, sizeOf(value.shape));
      return { name, shape: value.shape, data, tensor: tensorOver(this.#ort, data, value.shape) };
    });
    const outputs = Object.fromEntries([
      ...fetched.map((fetch) => [graphNames.fetch(fetch.name), fetch.tensor] as const),
      ...lowered.updates.map((state) => [graphNames.update(state), this.#state.output(state)] as const),
      ...lowered.buffers.map((buffer) => [graphNames.nextBuffer(buffer), this.#state.bufferOutput(buffer)] as const),
    ]);
    try {
      await session.run(inputs, outputs);
    } catch (error) {
      // a GPU without room, or gone, has left buffers behind that are none: no later run may use them
      if (this.#isRemote && failureKind(error) !== "other") this.#ended = `the session ended when its device failed`;
      throw new EngineError(`program \`${name}\` failed in onnxruntime`, error);
    }
    for (const state of lowered.updates) this.#state.accept(state);
    for (const buffer of lowered.buffers) this.#state.turn(buffer);
    return Object.fromEntries(fetched.map(({ name, shape, data }) => [name, { shape, data }]));
  }

  async read(names: readonly string[] = this.#state.names): Promise<Map<string, TensorData>> {
    this.#assertOpen();
    return new Map(names.map((name) => [name, this.#state.read(name)]));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#ended ??= "the session is closed";
    for (const { session } of this.#compiled.values()) {
      if (this.#profiled) session.endProfiling();
      await session.release();
    }
    this.#compiled.clear();
    this.#state.clear();
  }

  #inputs({ program, lowered }: Compiled, feeds: { readonly [name: string]: TensorData }): Record<string, Ort.Tensor> {
    const inputs: Record<string, Ort.Tensor> = {};
    checkFeeds(program.name, program.feeds, feeds);
    for (const { name, value } of program.feeds) {
      const given = feeds[name];
      if (given !== undefined && lowered.feeds.has(name))
        inputs[graphNames.feed(name)] = tensorOver(this.#ort, given.data, value.shape);
    }
    for (const name of lowered.state) inputs[graphNames.state(name)] = this.#state.input(name);
    for (const name of lowered.buffers) inputs[graphNames.buffer(name)] = this.#state.bufferInput(name);
    return inputs;
  }

  #assertOpen(): void {
    if (this.#ended !== undefined) throw new EngineError(this.#ended);
  }
}
