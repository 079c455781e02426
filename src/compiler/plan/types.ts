/** The plan: a DAG of content-addressed operations. `params` and `inputs` make the key; everything else is for people. */

import type { AdjustmentName } from "../../catalog/tests/index.js";
import type { Location } from "../diagnostics.js";
import type { CellId, CheckpointInterval } from "../study.js";
import type { OpName, OpParams } from "./params.js";

export type * from "./params.js";

/** SHA-256 (hex) of canonical JSON {op, version, params, inputs, signature}. */
export type NodeKey = string & { readonly brand: "NodeKey" };

/**
 * What computes it, where that can change a number: engine and version, device class, precision, threads, and of a
 * training whether a batch is taken in pieces.
 */
export interface NumericSignature {
  readonly engine: string;
  readonly engineVersion: string;
  readonly device: "cpu" | "cuda" | "webgpu";
  readonly precision: "f32";
  readonly threads: number;
  /** Images a training takes at once, where that is fewer than its batch. */
  readonly microBatch?: number;
}

export interface InputRef {
  readonly role: string;
  readonly node: NodeKey;
  /** Which output of that node: `selected`, `state`, `images`. */
  readonly output: string;
}

interface NodeOf<K extends OpName> {
  readonly key: NodeKey;
  readonly op: K;
  readonly version: number;
  readonly params: OpParams[K];
  readonly inputs: readonly InputRef[];
  readonly signature: NumericSignature | null;
  // below: for people, never in the key
  readonly label: string;
  readonly cells: readonly CellId[];
  readonly location: Location;
  /** Data or lock were missing: the key will change when they are there. */
  readonly provisional: boolean;
  readonly estimate: Estimate;
  /** How often a training writes a checkpoint, where its recipe says so. */
  readonly checkpoint?: CheckpointInterval;
  /** Where to find files this node reads; resolved by the runtime, not in the key. */
  readonly resource?: { readonly path: string; readonly declaredIn: string; readonly name: string };
  /** What was found out about them. */
  readonly notes?: readonly string[];
}
export type PlanNode = { [K in OpName]: NodeOf<K> }[OpName];
export type NodeFor<K extends OpName> = Extract<PlanNode, { op: K }>;

export interface Estimate {
  readonly seconds: number;
  readonly bytes: number;
  /** Peak bytes while it runs, wherever they lie. */
  readonly memory: number;
  /** Of these, what lies on the device that computes. */
  readonly deviceMemory: number;
  readonly flops: number;
  readonly basis: "measured" | "extrapolated" | "default";
  /** Of an extrapolated one: the families whose speed was measured. */
  readonly from?: readonly string[];
  /** Time and arithmetic are of all its steps, and it may stop before them. */
  readonly atMost?: true;
}

/** How a number of `results.csv` is read off a node's rows. */
export interface ResultBinding {
  readonly experiment: string;
  readonly point: { readonly [axis: string]: string | number | boolean };
  /** Null for a number made of all repeats. */
  readonly repeat: number | null;
  readonly seed: number;
  readonly measure: string;
  readonly metric: string;
  readonly estimator: string;
  readonly node: NodeKey;
  readonly cell: CellId;
  /** Of p values: for how many tests they are adjusted, those of one measure. */
  readonly adjust?: AdjustmentName;
}

export interface Plan {
  /** In topological order. */
  readonly nodes: readonly PlanNode[];
  readonly results: readonly ResultBinding[];
  /** The train node of every cell, for the report's per-cell detail. */
  readonly training: ReadonlyMap<CellId, NodeKey>;
  readonly sharing: { readonly requested: number; readonly nodes: number; readonly savedSeconds: number };
}
