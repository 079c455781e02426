/** What an engine is: it compiles bundles of programs and runs them over one state. */

import type { NumericSignature } from "../../compiler/plan/types.js";
import type { ProgramBundle, TensorData } from "../../program/types.js";

export interface EngineOptions {
  readonly device: "cpu" | "cuda" | "webgpu";
  readonly threads: number;
  /** What one shader may hold on webgpu; programs beyond it are refused when they are opened. */
  readonly limits?: ShaderLimits | undefined;
}

export interface ShaderLimits {
  /** Bytes of a tensor that one binding holds; larger ones take several. */
  readonly bindingBytes: number;
  /** Bindings a shader may have: an operation's inputs and outputs together. */
  readonly bindings: number;
}

export interface Engine {
  readonly id: "onnx" | "reference" | "tensorflow";
  readonly signature: NumericSignature;
  open(bundle: ProgramBundle): Promise<Session>;
}

/** Compiled programs and the state they share. Kept by a worker across cells: `load` replaces the state only. */
export interface Session {
  /** Every state name of the bundle must be given, with its shape; an error names what is missing or misshapen. */
  load(state: ReadonlyMap<string, TensorData>): Promise<void>;
  /**
   * Runs one program: feeds in, fetches out, state updated inside. Fetched arrays belong to the caller. With `fetches`,
   * those alone are given back; what is computed, and so every bit of it, is the same.
   */
  run(
    program: string,
    feeds: { readonly [name: string]: TensorData },
    fetches?: readonly string[],
  ): Promise<{ readonly [name: string]: TensorData }>;
  /** A copy of the named state tensors (all without names). */
  read(names?: readonly string[]): Promise<Map<string, TensorData>>;
  close(): Promise<void>;
}

export type EngineId = Engine["id"];

/** What `xferc doctor` tells about an engine. */
export interface EngineReport {
  readonly id: EngineId;
  readonly found: boolean;
  readonly version: string | null;
  /** Kinds of device it is made for in this installation; which of them are here is `devices/`'s to say. */
  readonly devices: readonly EngineOptions["device"][];
  /** What keeps it, or one of its devices, from working; null where nothing does. */
  readonly missing: string | null;
  /** The one thing to do about it. */
  readonly remedy: string | null;
}
