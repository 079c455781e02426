/**
 * The reference engine: the float64 interpreter behind the engine's contract. For tests and small checks; some hundred
 * times slower than a compiled engine. State is kept in f32 between calls, as every engine keeps it, so a run resumed
 * from what `read` gave continues with the same bits.
 */

import { interpret, type Tensor, widen } from "../../../program/interpreter/index.js";
import { formatShape, sameShape } from "../../../program/shape.js";
import type { DType, Program, ProgramBundle, TensorData } from "../../../program/types.js";
import { EngineError } from "../errors.js";
import { statesOf, type TensorSpec } from "../tensors.js";
import type { Engine, EngineReport, Session } from "../types.js";

const VERSION = "1";

/** Part of the package, so always there. */
export function reportReferenceEngine(): EngineReport {
  return { id: "reference", found: true, version: VERSION, devices: ["cpu"], missing: null, remedy: null };
}

export function openReferenceEngine(): Engine {
  return {
    id: "reference",
    signature: { engine: "reference", engineVersion: VERSION, device: "cpu", precision: "f32", threads: 1 },
    open: async (bundle) => new ReferenceSession(bundle),
  };
}

function narrow({ shape, data }: Tensor, dtype: DType): TensorData {
  return { shape, data: dtype === "i32" ? new Int32Array(data) : new Float32Array(data) };
}

class ReferenceSession implements Session {
  readonly #specs: ReadonlyMap<string, TensorSpec>;
  #state = new Map<string, TensorData>();

  constructor(readonly bundle: ProgramBundle) {
    this.#specs = statesOf(bundle);
  }

  async load(state: ReadonlyMap<string, TensorData>): Promise<void> {
    const next = new Map<string, TensorData>();
    for (const [name, { shape, dtype }] of this.#specs) {
      const tensor = state.get(name);
      if (tensor === undefined)
        throw new EngineError(`state \`${name}\` is missing; it has shape ${formatShape(shape)}`);
      if (!sameShape(tensor.shape, shape)) {
        throw new EngineError(
          `state \`${name}\` has shape ${formatShape(tensor.shape)}; it must have ${formatShape(shape)}`,
        );
      }
      next.set(name, narrow(widen(tensor), dtype));
    }
    this.#state = next;
  }

  async run(
    name: string,
    feeds: { readonly [name: string]: TensorData },
    asked?: readonly string[],
  ): Promise<{ [name: string]: TensorData }> {
    const program = this.#program(name);
    const { fetches, updates } = interpret(
      program,
      new Map(program.state.flatMap(({ name: state }) => this.#widened(state))),
      new Map(Object.entries(feeds).map(([feed, tensor]) => [feed, widen(tensor)])),
    );
    for (const [state, tensor] of updates) {
      this.#state.set(state, narrow(tensor, this.#specs.get(state)?.dtype ?? "f32"));
    }
    const results: { [name: string]: TensorData } = {};
    for (const { name: fetch, value } of program.fetches) {
      const tensor = fetches.get(fetch);
      if (tensor !== undefined && (asked?.includes(fetch) ?? true)) results[fetch] = narrow(tensor, value.dtype);
    }
    return results;
  }

  async read(names: readonly string[] = [...this.#specs.keys()]): Promise<Map<string, TensorData>> {
    return new Map(
      names.map((name) => {
        const tensor = this.#state.get(name);
        if (tensor === undefined) throw new EngineError(`state \`${name}\` is not there; load the state first`);
        return [name, { shape: tensor.shape, data: tensor.data.slice() }];
      }),
    );
  }

  async close(): Promise<void> {
    this.#state = new Map();
  }

  #program(name: string): Program {
    const program = this.bundle.programs[name];
    if (program === undefined) {
      throw new EngineError(`no program \`${name}\`; this bundle has ${Object.keys(this.bundle.programs).join(", ")}`);
    }
    return program;
  }

  #widened(name: string): [string, Tensor][] {
    const tensor = this.#state.get(name);
    return tensor === undefined ? [] : [[name, widen(tensor)]];
  }
}
