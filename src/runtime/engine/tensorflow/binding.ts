/**
 * The native addon of @tensorflow/tfjs-node-gpu, loaded without its JavaScript: seconds faster, and free of the `util`
 * functions that Node 23 removed.
 */

import { createRequire } from "node:module";
import { join } from "node:path";
import { EngineError } from "../errors.js";
import type { EngineManifest } from "./manifest.js";

/** What a tensor can be made of: f32, i32 (and i64, two words an element), bool or u8. */
export type FedArray = Float32Array | Int32Array | Uint8Array;
/** What a tensor can be read into: f32 (complex64 as pairs), i32, bool, i64. */
export type ReadArray = Float32Array | Int32Array | Uint8Array | BigInt64Array;

export interface TensorMetadata {
  /** The caller's to delete. */
  readonly id: number;
  readonly shape: number[];
  /** A `TF_` number. */
  readonly dtype: number;
}

/** All calls are synchronous, block the event loop while they run, and throw an `Error` with TensorFlow's complaint. */
export interface TensorflowBinding {
  /** For example `2.21.0`. */
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_UINT8: number;
  readonly TF_STRING: number;
  readonly TF_RESOURCE: number;
  readonly TF_COMPLEX64: number;
  /** Whether TensorFlow found a GPU when it was loaded. */
  isUsingGpuDevice(): boolean;
  /**
   * Gives the tensor's id. `data` has as many elements as the shape says (none for a zero extent, one for `[]`); its
   * type must be dtype's: Float32Array for TF_FLOAT, Int32Array for TF_INT32, Uint8Array for TF_BOOL and TF_UINT8,
   * Int32Array of twice the length (low word first) for TF_INT64. All but TF_INT32 are moved to the GPU where there is
   * one. On the CPU the memory is shared where it happens to be aligned (a third of the time), so leave `data` as it is
   * until the tensor is deleted; and a variable assigned straight from a placeholder goes on sharing it after that:
   * let a `DeepCopy` stand between the two.
   */
  createTensor(shape: readonly number[], dtype: number, data: FedArray): number;
  deleteTensor(id: number): void;
  /** A copy. TF_FLOAT, TF_INT32, TF_INT64, TF_BOOL and TF_COMPLEX64 only: cast bfloat16, half and uint8 in the graph. */
  tensorDataSync(id: number): ReadArray;
  /**
   * Opens a SavedModel's folder as a session of its own with default options, and gives its id. `tags` are separated by
   * commas and must be those of one meta graph.
   */
  loadSavedModel(folder: string, tags: string): number;
  /** Ends the session; resource variables of its graph go with it. */
  deleteSavedModel(id: number): void;
  /**
   * Runs the parts of the graph that the outputs need. Names are `operation:output`, separated by commas, inputs in the
   * order of `inputIds`; names hold no commas. Every output becomes a tensor in host memory, to be deleted by the caller.
   */
  runSavedModel(modelId: number, inputIds: readonly number[], inputs: string, outputs: string): TensorMetadata[];
  /** Tensors and models not yet deleted. */
  getNumOfTensors(): number;
  getNumOfSavedModels(): number;
}

export interface BindingSettings {
  /** Threads within an operation, and operations at a time. All cores unless given. */
  readonly threads?: number;
}

/** What loading needs to know of an `Installation`. */
export interface BindingInstallation {
  /** Absolute. */
  readonly folder: string;
  readonly manifest: Pick<EngineManifest, "addon" | "mute">;
}

interface Loaded {
  readonly installation: BindingInstallation;
  readonly threads: number | undefined;
  readonly binding: TensorflowBinding;
  readonly said: string;
}

/** Native addons cannot be unloaded, and TensorFlow reads its settings when it is loaded: one a process. */
let loaded: Loaded | undefined;

/**
 * Loads the library, about a third of a second where the disk's cache is warm. Again, it gives the same binding.
 * @throws EngineError where it does not load, or was loaded before from elsewhere or with other settings.
 */
export function loadBinding(installation: BindingInstallation, { threads }: BindingSettings = {}): TensorflowBinding {
  if (loaded !== undefined) {
    if (loaded.installation.folder !== installation.folder || loaded.threads !== threads) {
      throw new EngineError(
        `engine tensorflow was loaded from ${loaded.installation.folder} with ${told(loaded.threads)} in this process; ` +
          `${installation.folder} with ${told(threads)} needs a process of its own`,
      );
    }
    return loaded.binding;
  }
  const wantsChatter = /^[01]$/.test(process.env.TF_CPP_MIN_LOG_LEVEL ?? "");
  prepareEnvironment(threads);
  const load = createRequire(import.meta.url);
  const { folder, manifest } = installation;
  let said = "";
  try {
    const open = () => load(join(folder, manifest.addon)) as TensorflowBinding;
    const mute = wantsChatter ? undefined : (load(join(folder, manifest.mute)) as Mute);
    mute?.begin();
    try {
      loaded = { installation, threads, binding: open(), said };
    } finally {
      said = mute?.end() ?? "";
    }
  } catch (error) {
    const complaint = lastComplaint(said);
    throw new EngineError(
      `engine tensorflow in ${folder} does not load${complaint === undefined ? "" : ` (${complaint})`}`,
      error,
    );
  }
  loaded = { ...loaded, said };
  return loaded.binding;
}

/** What TensorFlow complained of while it was loaded, a GPU it could not open for example; undefined where nothing. */
export function complaintWhileLoading(): string | undefined {
  return lastComplaint(loaded?.said ?? "");
}

interface Mute {
  /** From now on standard error goes to an unnamed file. */
  begin(): void;
  /** Standard error is what it was; gives what was written meanwhile, its last 64 KiB. */
  end(): string;
}

const told = (threads: number | undefined) => (threads === undefined ? "all threads" : `threads ${threads}`);

function prepareEnvironment(threads: number | undefined): void {
  // Errors only: the rest is for TensorFlow's developers. Several workers may share a GPU, so its memory is taken as it
  // is needed. What is already set was set by someone who knows; it stays.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true";
  if (threads === undefined) return;
  // The number is part of a result's signature, so no other setting may stand in its way.
  process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  process.env.TF_NUM_INTEROP_THREADS = String(threads);
}

/** Lines that begin with E or F and the month and day, without time, thread and place in the source. */
function lastComplaint(said: string): string | undefined {
  const complaints = said
    .split("\n")
    .flatMap((line) => /^[EF]\d{4} [^\]]*\] (.*)$|^\S+ \S+: [EF] [^\]]*\] (.*)$/.exec(line)?.slice(1) ?? [])
    .filter((line) => line !== undefined);
  return complaints.at(-1);
}
