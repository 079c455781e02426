/**
 * A plan as its file has it: what a later plan, or a run elsewhere, is compared with. Only what a comparison needs is
 * asked of the file, so that files of older and newer versions of xferc can be read, too.
 */

import type { Json } from "../../../catalog/types.js";
import type { NodeKey, NumericSignature } from "../types.js";

export interface RecordedPlan {
  readonly study: string;
  readonly signature: NumericSignature;
  readonly nodes: readonly RecordedNode[];
  readonly cells: readonly RecordedCell[];
}

export interface RecordedNode {
  readonly key: NodeKey;
  /** Not every version has every operation. */
  readonly op: string;
  readonly version: number;
  readonly label: string;
  /** Of the data set or source whose files it reads; not in plan files. */
  readonly reads?: string;
  readonly params: Json;
  readonly inputs: readonly NodeKey[];
  readonly roles: readonly { readonly role: string; readonly output: string }[];
  readonly signature: NumericSignature | null;
  readonly cells: readonly string[];
  readonly source: SourceLine;
}

export interface RecordedCell {
  readonly id: string;
  readonly experiment: string;
  readonly point: { readonly [axis: string]: string | number | boolean };
  readonly repeat: number;
  /** Of its training; null where nothing is trained. */
  readonly train: NodeKey | null;
}

export interface SourceLine {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
}
