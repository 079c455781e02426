/** Programs compiled by TensorFlow over one state, which stays in its variables on the device. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProgramBundle, Shape, TensorData } from "../../../program/types.js";
import { EngineError } from "../errors.js";
import { checkFeeds, checkTensor, listNames, statesOf, type TensorSpec } from "../tensors.js";
import type { Session } from "../types.js";
import type { TensorflowBinding } from "./binding.js";
import type { Tensor } from "./graph.js";
import { DONE, LOAD, lowerBundle, READ, type Signature } from "./lower/index.js";
import { encodeSavedModel, endpoint, TAG } from "./saved-model.js";

/** Compiles a bundle. Throws an `EngineError` where TensorFlow does not take the graph. */
export function openTensorflowSession(
  binding: TensorflowBinding,
  bundle: ProgramBundle,
  device: "cpu" | "cuda",
): Session {
  const states = statesOf(bundle);
  const lowered = lowerBundle(bundle, states, device);
  const folder = mkdtempSync(join(tmpdir(), "xferc-graph-"));
  try {
    writeFileSync(join(folder, "saved_model.pb"), encodeSavedModel(lowered));
    return new TensorflowSession(binding, binding.loadSavedModel(folder, TAG), lowered.signatures, states);
  } catch (error) {
    throw new EngineError(`TensorFlow does not accept the programs ${listNames(Object.keys(bundle.programs))}`, error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class TensorflowSession implements Session {
  #model: number | undefined;
  #loaded: boolean;
  readonly #binding: TensorflowBinding;
  readonly #signatures: ReadonlyMap<string, Signature>;
  readonly #states: ReadonlyMap<string, TensorSpec>;

  constructor(
    binding: TensorflowBinding,
    model: number,
    signatures: ReadonlyMap<string, Signature>,
    states: ReadonlyMap<string, TensorSpec>,
  ) {
    this.#binding = binding;
    this.#model = model;
    this.#signatures = signatures;
    this.#states = states;
    this.#loaded = states.size === 0;
  }

  async load(state: ReadonlyMap<string, TensorData>): Promise<void> {
    const missing = [...this.#states.keys()].filter((name) => !state.has(name));
    if (missing.length > 0) throw new EngineError(`the state lacks ${listNames(missing)}`);
    const due: { [name: string]: TensorData } = {};
    for (const [name, spec] of this.#states) {
      const given = state.get(name);
      if (given === undefined) continue;
      checkTensor(`state \`${name}\``, given, spec);
      due[name] = given;
    }
    if (this.#states.size > 0) this.#call(LOAD, due, []);
    this.#loaded = true;
  }

  async run(
    name: string,
    feeds: { readonly [name: string]: TensorData },
    fetches?: readonly string[],
  ): Promise<{ readonly [name: string]: TensorData }> {
    const signature = name === LOAD || name === READ ? undefined : this.#signatures.get(name);
    if (signature === undefined) {
      const there = [...this.#signatures.keys()].filter((known) => known !== LOAD && known !== READ);
      throw new EngineError(`no program \`${name}\`; there is ${listNames(there)}`);
    }
    if (!this.#loaded) throw new EngineError(`program \`${name}\` was run before its state was loaded`);
    checkFeeds(
      name,
      [...signature.inputs].map(([feed, tensor]) => ({ name: feed, value: specOf(tensor) })),
      feeds,
    );
    const known = [...signature.outputs.keys()].filter((output) => output !== DONE);
    const asked = fetches === undefined ? known : known.filter((output) => fetches.includes(output));
    return this.#call(name, feeds, asked);
  }

  async read(names?: readonly string[]): Promise<Map<string, TensorData>> {
    if (!this.#loaded) throw new EngineError("the state was read before it was loaded");
    const wanted = names ?? [...this.#states.keys()];
    const unknown = wanted.filter((name) => !this.#states.has(name));
    if (unknown.length > 0) throw new EngineError(`no program has the state ${listNames(unknown)}`);
    return new Map(Object.entries(this.#call(READ, {}, wanted, "only")));
  }

  async close(): Promise<void> {
    if (this.#model === undefined) return;
    const model = this.#model;
    this.#model = undefined;
    this.#binding.deleteSavedModel(model);
  }

  /**
   * One run of the graph. All outputs are computed whatever is asked for, so that TensorFlow always runs the same graph
   * and every bit stays the same; `only` is for moving state, where nothing is computed.
   */
  #call(
    name: string,
    feeds: { readonly [name: string]: TensorData },
    asked: readonly string[],
    computed: "all" | "only" = "all",
  ): { [name: string]: TensorData } {
    if (this.#model === undefined) throw new EngineError("the session is closed");
    const signature = this.#signatures.get(name);
    if (signature === undefined) throw new Error(`internal: no signature ${name}`);
    const inputs = [...signature.inputs].map(([feed, tensor]) => ({ feed, tensor }));
    const outputs = [...signature.outputs].filter(([output]) => computed === "all" || asked.includes(output));
    if (outputs.length === 0) return {};
    const ids: number[] = [];
    let made: readonly { readonly id: number }[] = [];
    try {
      for (const { feed, tensor } of inputs) ids.push(this.#given(feeds[feed], tensor));
      made = this.#binding.runSavedModel(
        this.#model,
        ids,
        inputs.map(({ tensor }) => endpoint(tensor.name)).join(),
        outputs.map(([, tensor]) => endpoint(tensor.name)).join(),
      );
      const results: { [name: string]: TensorData } = {};
      outputs.forEach(([output, { shape }], index) => {
        const handle = made[index];
        if (handle !== undefined && asked.includes(output)) results[output] = this.#taken(handle.id, shape);
      });
      return results;
    } catch (error) {
      throw error instanceof EngineError ? error : new EngineError(`TensorFlow failed in program \`${name}\``, error);
    } finally {
      for (const id of ids) this.#binding.deleteTensor(id);
      for (const { id } of made) this.#binding.deleteTensor(id);
    }
  }

  #given(data: TensorData | undefined, { name, shape, type }: Tensor): number {
    if (data === undefined) throw new Error(`internal: nothing is fed to ${name}`);
    const dtype = type === "i32" ? this.#binding.TF_INT32 : this.#binding.TF_FLOAT;
    return this.#binding.createTensor([...shape], dtype, data.data);
  }

  #taken(id: number, shape: Shape): TensorData {
    const data = this.#binding.tensorDataSync(id);
    if (data instanceof Float32Array || data instanceof Int32Array) return { shape, data };
    throw new EngineError(`internal: TensorFlow gave ${data.constructor.name}`);
  }
}

const specOf = ({ shape, type }: Tensor): TensorSpec => ({ shape, dtype: type === "i32" ? "i32" : "f32" });
