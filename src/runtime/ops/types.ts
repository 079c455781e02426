/** An operation's implementation: one file an op, registered by name; a test holds the registry equal to `OpName`. */

import type { Json } from "../../catalog/types.js";
import type { NodeFor, OpName } from "../../compiler/plan/types.js";
import type { Engine } from "../engine/types.js";
import type { BlobRef, BlobStore, Manifest } from "../store/types.js";

export interface OpContext {
  readonly blobs: BlobStore;
  /** Manifests of the inputs, by role. */
  readonly inputs: ReadonlyMap<string, Manifest>;
  /** The engine this worker was started with; opened sessions may be kept in `programs`. */
  readonly engine: Engine;
  /** Where a dataset or checkpoint file lies on this machine. */
  readonly resource: string | undefined;
  progress(done: number, total: number, values?: { readonly [name: string]: number }): void;
  readonly signal: AbortSignal;
}

export interface OpResult {
  readonly outputs: { readonly [name: string]: BlobRef };
  readonly value: Json;
  /** One line for the log: `val 0.93 after 400 steps`. */
  readonly summary: string;
}

export interface OpImplementation<K extends OpName> {
  readonly op: K;
  run(node: NodeFor<K>, context: OpContext): Promise<OpResult>;
}
