/** What the data room passes around: an index of items, and prepared images. */

import type { Choice, Json } from "../../catalog/types.js";
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

/** A cell of a table: `null` where the data leave it blank. */
export type AttributeValue = number | string | null;

/** What the data say of a case beside its label (sex, age, scanner, laterality, view); languages name it. */
export interface AttributeColumn {
  /** A word of letters, digits and `_`, starting with a letter; no two of a data set differ in case alone. */
  readonly name: string;
  /** `number` where every value that is there is one. */
  readonly type: "number" | "string";
}

/** One labelled image: a case. */
export interface Item {
  /** Relative to the adapter, the same on every machine: `train/17`, `val/cat/001.jpg`. Draws are about it. */
  readonly id: string;
  /** The split the adapter gives it; `null` where it gives none. */
  readonly split: SplitName | null;
  /** Class index, or one number a label: 1, 0, or UNKNOWN_LABEL where the data do not say. */
  readonly label: number | readonly number[];
  /** Whoever must not be on two sides of a split: a patient. */
  readonly group?: string;
  /** Where its pixels are, relative to the data set's folder, with `/`; absent where that is `id` itself. */
  readonly from?: ItemPlace;
  /** In the order of the index's `columns`; absent where there are none. */
  readonly attributes?: readonly AttributeValue[];
  /** Shared by cases whose image is the same bytes, absent where no other is: they belong on one side of a split. */
  readonly twin?: string;
}

/** `at`: the place within a file of many images (row of an array, frame). */
export interface ItemPlace {
  readonly file: string;
  readonly at?: number;
}

/** Of a label in a multi-label row that is neither there nor absent: it counts in no loss and no metric. */
export const UNKNOWN_LABEL = -1;

/** What can be wrong with a case, or with a file that is none. */
export type ProblemKind =
  | "damaged" // truncated, or no image by its content
  | "empty" // zero bytes
  | "unreadable" // permissions, a link that leads nowhere
  | "too-large" // more pixels than are decoded
  | "channels" // not the kind of image the others are
  | "missing-file" // a row whose file is not there
  | "outside" // a path that leads out of the folder
  | "unknown-label" // a label that is no class
  | "missing-label" // no label, NaN
  | "duplicate-id" // two rows of one id
  | "bad-row" // a row that cannot be read
  | "no-row" // a file no row names: no case is lost
  | "not-an-image" // by its name
  | "wrong-extension"; // another format by its content than by its name

/** One thing that is wrong, named so that it can be found and mended. */
export interface Problem {
  readonly kind: ProblemKind;
  /** A file relative to the data set's folder (`train/7.png`), or a line of one (`train.csv:17`). */
  readonly path: string;
  /** What is wrong, to be read after the path. */
  readonly reason: string;
  readonly remedy: string;
  /** The id of the case that is lost; absent where none is. */
  readonly id?: string;
}

export function isProblem(found: Pixels | Problem): found is Problem {
  return "kind" in found;
}

/** What an adapter finds at a place, before any image is decoded. */
export interface AdapterIndex {
  readonly classes: readonly string[];
  readonly task: DatasetFacts["task"];
  readonly channels: number;
  /** Cases without a known problem. */
  readonly items: readonly Item[];
  /** What the `attributes` of items are; empty where the data have none. */
  readonly columns: readonly AttributeColumn[];
  /** What `group` is: `patient`, `lesion`; absent where the data name none. */
  readonly groupedBy?: string;
  /** Cases that were left out, and files that are none. */
  readonly problems: readonly Problem[];
  /** Of every file's content, and of which is which. */
  readonly fingerprint: string;
}

/** One decoded image: height × width × channels (1 or 3), 0…255. */
export interface Pixels {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

export interface DatasetAdapter {
  /** The catalogue's id. */
  readonly id: string;
  /**
   * How decoding reads: an image's own file, rows out of a file, or a file as a whole. Threads share the first two; what
   * is read whole is read by one.
   */
  readonly reads: "files" | "rows" | "whole";
  index(source: DataSource): Promise<AdapterIndex>;
  /**
   * Decodes items in the order given, at their own size; in place of one that cannot be decoded, why. An image's bytes are
   * there until the next one is asked for: their memory may be used again.
   */
  decode(source: DataSource, items: readonly Item[]): AsyncIterable<Pixels | Problem>;
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
  /** What was found out about content, under a key that holds the content's digest. */
  remember(key: string, find: () => Promise<Json>): Promise<Json>;
}

/** An item with the split it ended up in; `null` where the data has none and none was drawn. */
export type IndexedItem = Item;

/** What `dataset.index` leaves behind. */
export interface DatasetIndex {
  readonly adapter: Choice;
  readonly fingerprint: string;
  readonly classes: readonly string[];
  readonly task: DatasetFacts["task"];
  readonly channels: number;
  readonly items: readonly IndexedItem[];
  readonly columns: readonly AttributeColumn[];
  readonly groupedBy?: string;
  /** Cases that were left out under `reject: skip(…)`. */
  readonly problems: readonly Problem[];
}

/** Where an item's pixels are. */
export function placeOf({ id, from }: Item): ItemPlace {
  return from ?? { file: id };
}

/** The column's value of a case; `null` also where the data set has no such column. */
export function attributeOf(
  { columns }: Pick<AdapterIndex, "columns">,
  { attributes }: Item,
  name: string,
): AttributeValue {
  const at = columns.findIndex((column) => column.name === name);
  return attributes?.[at] ?? null;
}
