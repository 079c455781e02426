/** A file of named tensors, as every format gives it. */

import type { TensorData } from "../../program/types.js";
import type { StoredType } from "../state/dtypes.js";

export interface StoredTensor {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
}

export interface Checkpoint {
  /** How errors call it. */
  readonly file: string;
  /** By name, as the file has them. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
  /** What a reader should know: which part of the file was taken. */
  readonly notes: readonly string[];
  /** Floating point as f32, integers as i32. @throws CheckpointError */
  read(names: readonly string[]): Promise<Map<string, TensorData>>;
  close(): Promise<void>;
}
