/** An operation's implementation: one file an op, registered by name; a test holds the registry equal to `OpName`. */

import type { Json } from "../../catalog/types.js";
import type { NodeFor, OpName } from "../../compiler/plan/types.js";
import type { FileDigests } from "../data/types.js";
import type { Engine } from "../engine/types.js";
import type { Plugins } from "../plugins/load.js";
import type { ProbeRow } from "../results/types.js";
import type { PartialWork } from "../store/partial.js";
import type { BlobRef, BlobStore, Manifest } from "../store/types.js";
import type { CheckpointOptions } from "../train/request.js";

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
  /** Digests of files, with the memo that commands share; where it is absent, files are read. */
  readonly digests?: FileDigests;
  /** What the project's plug-ins bring; absent where it has none. */
  readonly plugins?: Plugins;
  /** Where work in parts keeps count of those that are done. */
  readonly unfinished?: PartialWork;
  /** Where long work is kept while it is unfinished, and how often; where it is absent, work is done in one go. */
  readonly checkpoints?: CheckpointOptions;
}

export interface OpResult {
  readonly outputs: { readonly [name: string]: BlobRef };
  readonly value: Json;
  /** One line for the log: `val 0.93 after 400 steps`. */
  readonly summary: string;
  /** What earlier attempts took, where this one went on from their checkpoint. */
  readonly secondsBefore?: number;
}

export interface OpImplementation<K extends OpName> {
  readonly op: K;
  run(node: NodeFor<K>, context: OpContext): Promise<OpResult>;
}

/** Where the files of a node lie. @throws Error naming the data set or checkpoint when this machine does not have it */
export function located(node: { readonly resource?: { readonly name: string } }, context: OpContext): string {
  if (context.resource !== undefined) return context.resource;
  const name = node.resource?.name ?? "it";
  throw new Error(`the files of ${name} are not on this machine; say where they are with --data ${name}=DIR`);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A probe's rows as a manifest keeps them; what is no number is null there. */
export function probeValue(rows: readonly ProbeRow[], warnings: readonly string[]): Json {
  return {
    rows: rows.map(({ inner, value, reason, above, low, high }) => ({
      inner,
      value: finite(value),
      ...(reason === undefined ? {} : { reason }),
      ...(above === undefined ? {} : { above }),
      ...(low === undefined || high === undefined ? {} : { low: finite(low), high: finite(high) }),
    })),
    warnings,
  };
}
