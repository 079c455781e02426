/** Data sets whose images are rows of arrays: HDF5, .npz. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { SplitName } from "../../compiler/study.js";
import { type ArrayReader, imageAt, imageShape, labelRows } from "./formats/arrays.js";
import {
  type AdapterIndex,
  DataError,
  type DataSource,
  type Item,
  type Pixels,
  type Problem,
  placeOf,
  UNKNOWN_LABEL,
} from "./types.js";

/** Images and labels of one split. */
export interface ArrayPart {
  /** `null` where the arrays say nothing of splits. */
  readonly split: SplitName | null;
  /** Where the images are, relative to the data set's folder. */
  readonly file: string;
  readonly images: ArrayReader;
  readonly labels: ArrayReader;
}

export interface ArrayParts {
  readonly parts: readonly ArrayPart[];
  /** Every file that was read. */
  readonly files: readonly string[];
  close(): Promise<void>;
}

/** The start of an item's id. */
export function partName({ split }: Pick<ArrayPart, "split">): string {
  return split ?? "all";
}

/** @throws DataError where arrays do not fit one another */
export async function indexArrays(
  source: DataSource,
  { parts, files }: ArrayParts,
  names: readonly string[] | undefined,
): Promise<Omit<AdapterIndex, "columns">> {
  const problems: Problem[] = [];
  const found: { readonly part: ArrayPart; readonly width: number; readonly values: Float64Array }[] = [];
  let channels: number | undefined;
  for (const part of parts) {
    const { images, labels } = part;
    const shape = imageShape(images);
    const [count = 0] = labels.shape;
    if (count !== shape.count) {
      const hint = "fetch both again; every image has a row in the other";
      throw new DataError(`${images.name} has ${shape.count} images but ${labels.name} ${count} labels`, hint);
    }
    if (channels !== undefined && channels !== shape.channels) {
      const hint = "give all splits the same kind of images";
      throw new DataError(`${images.name} has ${shape.channels} channels but another split has ${channels}`, hint);
    }
    channels = shape.channels;
    found.push({ part, ...(await labelRows(labels)) });
  }
  const width = found[0]?.width ?? 1;
  const odd = found.find((one) => one.width !== width);
  if (odd !== undefined) {
    throw new DataError(
      `${odd.part.labels.name} has ${odd.width} labels a row, another split ${width}`,
      "save it again",
    );
  }
  const classes = names ?? numbered(width > 1 ? width : highest(found) + 1);
  const items = found.flatMap((one) => itemsOfPart(one, classes, problems));
  const hash = createHash("sha256").update(`${source.adapter.id} ${JSON.stringify([classes, width])}`);
  for (const file of files) hash.update(`${file} ${await source.digests.of(join(source.root, file))}\n`);
  for (const { part } of found) hash.update(`${partName(part)} ${part.images.name} ${part.labels.name}\n`);
  return {
    classes,
    task: width > 1 ? "multilabel" : classes.length === 2 ? "binary" : "multiclass",
    channels: channels ?? 1,
    items,
    problems,
    fingerprint: hash.digest("hex"),
  };
}

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

function highest(found: readonly { readonly values: Float64Array }[]): number {
  let most = 0;
  for (const { values } of found) {
    for (const value of values) if (value > most && Number.isInteger(value) && value < 100_000) most = value;
  }
  return most;
}

function itemsOfPart(
  { part, width, values }: { readonly part: ArrayPart; readonly width: number; readonly values: Float64Array },
  classes: readonly string[],
  problems: Problem[],
): readonly Item[] {
  if (width > 1 && width !== classes.length) {
    throw new DataError(`${part.labels.name} has ${width} labels a row for ${classes.length} names`, "name as many");
  }
  const items: Item[] = [];
  for (let row = 0; row * width < values.length; row++) {
    const own = values.subarray(row * width, (row + 1) * width);
    const id = `${partName(part)}/${row}`;
    const trouble = labelTrouble(own, classes.length);
    if (trouble !== undefined) {
      problems.push({ ...trouble, path: `row ${row} of ${part.labels.name}`, id });
      continue;
    }
    const label = width > 1 ? Array.from(own, (value) => (Number.isNaN(value) ? UNKNOWN_LABEL : value)) : (own[0] ?? 0);
    items.push({ id, split: part.split, label, from: { file: part.file, at: row } });
  }
  return items;
}

function labelTrouble(own: Float64Array, classes: number): Pick<Problem, "kind" | "reason" | "remedy"> | undefined {
  const remedy = "mend the label, or take the row out";
  if (own.length > 1) {
    const wrong = own.find((value) => value !== 0 && value !== 1 && value !== UNKNOWN_LABEL && !Number.isNaN(value));
    return wrong === undefined
      ? undefined
      : { kind: "unknown-label", reason: `is ${wrong}, where labels are 0 or 1`, remedy };
  }
  const [value = Number.NaN] = own;
  if (Number.isNaN(value)) return { kind: "missing-label", reason: "has no label (NaN)", remedy };
  if (Number.isInteger(value) && value >= 0 && value < classes) return undefined;
  return { kind: "unknown-label", reason: `is ${value}, which is no class`, remedy };
}

/** Bytes of images read at once. */
const RUN_BYTES = 16 * 2 ** 20;

/** Decodes items from their rows; neighbours in a file are read together. */
export async function* decodeArrays(
  open: () => Promise<ArrayParts>,
  items: readonly Item[],
): AsyncIterable<Pixels | Problem> {
  const { parts, close } = await open();
  try {
    const byName = new Map(parts.map((part) => [partName(part), part]));
    for (let next = 0; next < items.length; ) {
      const first = items[next] as Item;
      const part = byName.get(first.id.split("/", 1)[0] ?? "");
      if (part === undefined)
        throw new DataError(`the images of ${first.id} are gone`, "the folder changed; run again");
      const shape = imageShape(part.images);
      const bytes = shape.height * shape.width * shape.channels;
      const from = placeOf(first).at ?? 0;
      const most = Math.max(1, Math.floor(RUN_BYTES / bytes));
      let run = 1;
      while (run < most && isNext(items[next + run], first, from + run)) run += 1;
      try {
        const rows = Uint8Array.from((await part.images.rows(from, from + run)) as ArrayLike<number>);
        for (let i = 0; i < run; i++) yield imageAt(rows, i, shape);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        // what cannot be read together may be but one row
        if (run > 1) {
          for (let i = 0; i < run; i++) yield await oneRow(part, items[next + i] as Item, from + i);
        } else yield unreadableRow(first, error);
      }
      next += run;
    }
  } finally {
    await close();
  }
}

async function oneRow(part: ArrayPart, item: Item, row: number): Promise<Pixels | Problem> {
  try {
    const bytes = Uint8Array.from((await part.images.rows(row, row + 1)) as ArrayLike<number>);
    return imageAt(bytes, 0, imageShape(part.images));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return unreadableRow(item, error);
  }
}

function unreadableRow(item: Item, error: DataError): Problem {
  const { file, at = 0 } = placeOf(item);
  const reason = `cannot be read: ${error.message.slice(0, -error.hint.length - 2)}`;
  return { kind: "damaged", path: `row ${at} of ${file}`, reason, remedy: error.hint, id: item.id };
}

function isNext(item: Item | undefined, first: Item, row: number): boolean {
  return item !== undefined && placeOf(item).file === placeOf(first).file && placeOf(item).at === row;
}
