/** What the data room passes around: an index of items, and prepared images. */

import type { Choice } from "../../catalog/types.js";
import type { DatasetFacts } from "../../compiler/host.js";
import type { SplitName } from "../../compiler/study.js";

/** Something wrong with a data set; the message names the file relative to the data set's folder and says what to do. */
export class DataError extends Error {
  override readonly name = "DataError";
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(`${message}; ${hint}`);
  }
}

/** The folder itself is not there: another machine may have it. */
export class DataMissingError extends DataError {
  override readonly name = "DataError";
}

export const SPLITS: readonly SplitName[] = ["train", "val", "test"];

/** One labelled image. */
export interface Item {
  /** Relative to the adapter, the same on every machine: `train/17`, `val/cat/001.jpg`. Draws are about it. */
  readonly id: string;
  /** The split the adapter gives it; `null` where it gives none. */
  readonly split: SplitName | null;
  /** Class index, or zeros and ones, one a label. */
  readonly label: number | readonly number[];
  /** Whoever must not be on two sides of a split: a patient. */
  readonly group?: string;
}

export interface Rejected {
  /** Relative to the data set's folder. */
  readonly path: string;
  readonly reason: string;
}

/** What an adapter finds at a place, before any image is decoded. */
export interface AdapterIndex {
  readonly classes: readonly string[];
  readonly task: DatasetFacts["task"];
  readonly channels: number;
  readonly items: readonly Item[];
  readonly rejected: readonly Rejected[];
  /** Of every file's content, and of which is which. */
  readonly fingerprint: string;
}

/** One decoded image: channels × height × width, planar, 0…255. */
export interface Pixels {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

export interface DatasetAdapter {
  /** The catalogue's id. */
  readonly id: string;
  index(source: DataSource): Promise<AdapterIndex>;
  /** Decodes items in the order given, at their own size; in place of one that cannot be decoded, why. */
  decode(source: DataSource, items: readonly Item[]): AsyncIterable<Pixels | DataError>;
}

export interface DataSource {
  /** The data set's folder on this machine. */
  readonly root: string;
  readonly adapter: Choice;
  readonly digests: FileDigests;
}

/** SHA-256 of files, remembered by path, size and time of change where someone keeps a memo. */
export interface FileDigests {
  of(path: string): Promise<string>;
}

/** An item with the split it ended up in. */
export interface IndexedItem extends Item {
  readonly split: SplitName;
}

/** What `dataset.index` leaves behind. */
export interface DatasetIndex {
  readonly adapter: Choice;
  readonly fingerprint: string;
  readonly classes: readonly string[];
  readonly task: DatasetFacts["task"];
  readonly channels: number;
  readonly items: readonly IndexedItem[];
}
