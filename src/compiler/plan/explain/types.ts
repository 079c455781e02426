/** What `xferc explain` shows: data first, so that JSON and text say the same. */

import type { Json } from "../../../catalog/types.js";
import type { CellId } from "../../study.js";
import type { NodeStatus } from "../reason.js";
import type { Estimate, NodeKey, NumericSignature, OpName, ResultBinding, StreamSpec } from "../types.js";

export interface NodeExplanation {
  readonly kind: "node";
  readonly key: NodeKey;
  readonly op: OpName;
  readonly version: number;
  readonly label: string;
  readonly status: NodeStatus | undefined;
  /** Of one that is not cached: the reason where it began, in words, with the line of the study and the node it began in. */
  readonly why: NodeWhy | undefined;
  readonly estimate: Estimate;
  readonly provisional: boolean;
  readonly signature: NumericSignature | null;
  readonly inputs: readonly ExplainedInput[];
  readonly usedBy: readonly { readonly key: NodeKey; readonly label: string; readonly role: string }[];
  /** Without an init's manifest, which is in `tensors`. */
  readonly params: Json;
  readonly streams: readonly StreamSpec[];
  /** What was done to the names and numbers of a checkpoint to make them timm's. */
  readonly notes: readonly string[];
  /** Of an init: where its tensors come from, by origin, in the model's order. */
  readonly tensors: readonly TensorGroup[];
  readonly cells: readonly CellId[];
  readonly source: { readonly path: string; readonly line: number };
}
export interface NodeWhy {
  readonly text: string;
  readonly node: NodeKey;
  readonly label: string;
}
export interface ExplainedInput {
  readonly role: string;
  readonly key: NodeKey;
  readonly op: OpName;
  readonly label: string;
  readonly output: string;
}
export interface TensorGroup {
  /** `transfer from clothes (selected)`, `N(mean, std) of …`, `the family's own scheme`, `constant 1`. */
  readonly origin: string;
  readonly tensors: readonly string[];
  readonly numbers: number;
  /** The draw's stream; `{tensor}` stands for each tensor's name. */
  readonly stream?: string;
}

export interface CellExplanation {
  readonly kind: "cell";
  readonly cell: CellId;
  readonly point: ResultBinding["point"];
  readonly repeat: number;
  readonly seed: number;
  readonly model: string;
  readonly target: string;
  readonly source: string | null;
  readonly init: string;
  readonly recipes: readonly string[];
  readonly results: readonly {
    readonly measure: string;
    /** Its place on axes the measure adds: `split`, a loop's. */
    readonly at: ResultBinding["point"];
    readonly metric: string;
    readonly estimator: string;
    readonly node: NodeKey;
  }[];
  /** Everything behind the cell, inputs first. */
  readonly nodes: readonly NodeExplanation[];
}

export interface ModelExplanation {
  readonly kind: "model";
  readonly name: string;
  readonly family: string;
  readonly parameters: number;
  readonly forwardFlops: number;
  readonly input: readonly [number, number, number];
  readonly classes: number;
  readonly units: readonly ModelPart[];
  readonly layers: readonly (ModelPart & { readonly shape: readonly number[] })[];
  readonly head: readonly string[];
}
export interface ModelPart {
  /** 1-based, as `units[1..n]` counts. */
  readonly index: number;
  readonly name: string;
  readonly tensors: readonly string[];
  readonly numbers: number;
}
