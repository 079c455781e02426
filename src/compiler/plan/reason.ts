/** Why a node will run: what is another than in the run before. */

import type { NodeKey, OpName } from "./types.js";

/** One parameter that is another than before, in the study's words, and where the study says it. */
export interface ParameterChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** 1-based; absent where no line of the study says it. */
  readonly line?: number;
  /** Where the line is in another file than the node's own. */
  readonly file?: string;
  /** `short.batch = 16 images`: what a profile or `--set` put in place of what the study says. */
  readonly override?: string;
}
/** Files of a data set since the run before. */
export interface FileChanges {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** A few of them, relative to the data set's folder. For the screen alone: a name may be a patient's. */
  readonly names?: readonly string[];
}
/** A part of a numeric signature that is another than before. */
export interface EngineChange {
  readonly part: "engine" | "version" | "device" | "precision" | "threads" | "pieces";
  readonly before: string;
  readonly after: string;
}

/** Why a node will run; a closed list. */
export type Reason =
  /** Nothing of the run before is like it. */
  | { readonly kind: "new" }
  | ({ readonly kind: "parameter"; readonly also?: readonly ParameterChange[] } & ParameterChange)
  /** Files of a data set, or a checkpoint; without counts where the files of then are not known. */
  | { readonly kind: "data"; readonly dataset: string; readonly files?: FileChanges }
  /** The operation computes other numbers since. */
  | { readonly kind: "version"; readonly op: OpName; readonly before: number; readonly after: number }
  /** A catalogue entry (an optimizer, a metric, a family, …) is defined otherwise since. */
  | { readonly kind: "code"; readonly entry: string; readonly before: number; readonly after: number }
  /** A plug-in's declared version, or its code, is another since: `1.0.0 (3fa2c1d9)`. */
  | { readonly kind: "plugin"; readonly plugin: string; readonly before: string; readonly after: string }
  | {
      readonly kind: "engine";
      readonly before: string;
      readonly after: string;
      readonly parts: readonly EngineChange[];
    }
  /** What it is computed from runs again, for a reason of its own. */
  | { readonly kind: "upstream"; readonly node: NodeKey }
  /** It was computed before, and the cache has it no longer: found damaged, or taken out. */
  | { readonly kind: "lost"; readonly how: "damaged" | "removed" }
  | { readonly kind: "failed"; readonly message: string };
export const REASON_KINDS = [
  "new",
  "parameter",
  "data",
  "version",
  "code",
  "plugin",
  "engine",
  "upstream",
  "lost",
  "failed",
] as const satisfies readonly Reason["kind"][];
export type NodeStatus =
  | { readonly status: "cached" }
  | { readonly status: "new" | "invalidated"; readonly reason: Reason };
