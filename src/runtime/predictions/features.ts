/**
 * A table of features from elsewhere: a column a feature, or arrays, beside the ids of the images. It is anyone's file:
 * bounded, finite everywhere, and told of by rows, never by ids, which may be patients'.
 */

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import { openNpz } from "../data/formats/npz.js";
import { DataError } from "../data/types.js";
import { readSafetensors, readSafetensorsMetadata } from "../state/safetensors.js";
import { CheckpointError } from "../weights/errors.js";
import { idsOf, MAX_BYTES, numberOf, PredictionsError, readTable, shown, textOf, uniqueIds } from "./read.js";
import type { Table } from "./table.js";

export interface GivenFeatures {
  /** SHA-256 of the file. */
  readonly digest: string;
  /** By row; none twice. */
  readonly ids: readonly string[];
  readonly width: number;
  /** [rows, width], row by row. */
  readonly values: Float32Array;
}

const MAX_NUMBERS = 2 ** 28;

/** @throws PredictionsError; what the file system says where it cannot be read */
export async function readGivenFeatures(path: string, array: string): Promise<GivenFeatures> {
  if ((await stat(path)).size > MAX_BYTES) {
    throw new PredictionsError(
      `${basename(path)} is larger than 1 GB`,
      "is it the right file? Single precision is enough",
    );
  }
  const bytes = await readFile(path);
  const digest = createHash("sha256").update(bytes).digest("hex");
  const read = await readAs(extname(path).toLowerCase(), { path, bytes, array });
  for (const [at, value] of read.values.entries()) {
    if (Number.isFinite(value)) continue;
    throw new PredictionsError(
      `row ${Math.floor(at / read.width) + 1} has ${value} as feature ${(at % read.width) + 1}`,
      "give a finite number everywhere",
    );
  }
  return { digest, ...read };
}

interface Asked {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly array: string;
}
type Read = Omit<GivenFeatures, "digest">;

async function readAs(extension: string, asked: Asked): Promise<Read> {
  try {
    switch (extension) {
      case ".npz":
        return await ofNpz(asked);
      case ".safetensors":
        return ofSafetensors(asked);
      default:
        return ofTable(await readTable(asked.path, asked.bytes));
    }
  } catch (error) {
    // readers of other files say what is wrong in their own words
    if (error instanceof DataError) {
      throw new PredictionsError(error.message.slice(0, -error.hint.length - 2), error.hint);
    }
    if (error instanceof CheckpointError) throw new PredictionsError(error.message, error.hint);
    throw error;
  }
}

function ofTable(table: Table): Read {
  const ids = idsOf(table, "it has the column `id` and one a feature");
  const columns = table.columns.flatMap((name, column) => (name === "id" ? [] : [{ name, column }]));
  const width = columns.length;
  if (width === 0) throw new PredictionsError("it has no feature", "give a column a feature beside `id`");
  checkSize(ids.length, width);
  const values = new Float32Array(ids.length * width);
  for (let row = 0; row < ids.length; row++) {
    for (const [i, { name, column }] of columns.entries()) {
      const given = table.at(row, column);
      const value = numberOf(given);
      if (value === undefined) {
        throw new PredictionsError(
          `row ${row + 1} of \`${name}\` is ${textOf(given)}, which is no number`,
          "every column but `id` is a feature: leave out labels and splits, which are the data set's to say",
        );
      }
      values[row * width + i] = value;
    }
  }
  return { ids, width, values };
}

async function ofNpz({ path, bytes, array }: Asked): Promise<Read> {
  const file = await openNpz(dirname(path), basename(path));
  try {
    const ids = uniqueIds(await file.texts("ids"));
    const found = await file.array(array);
    const [rows = 0, ...inner] = found.shape;
    const width = inner.reduce((product, extent) => product * extent, 1);
    checkShape(array, found.shape, ids.length);
    if (bytes.byteLength === 0) throw new PredictionsError("it is empty", "save it again");
    return { ids, width, values: Float32Array.from(await found.rows(0, rows), Number) };
  } finally {
    await file.close();
  }
}

function ofSafetensors({ path, bytes, array }: Asked): Read {
  const name = basename(path);
  const text = readSafetensorsMetadata(bytes, name).get("ids");
  if (text === undefined) {
    throw new PredictionsError(
      "its metadata have no `ids`",
      'save it with `metadata={"ids": json.dumps(ids)}`: the id of every row, in order',
    );
  }
  const ids = uniqueIds(idList(text));
  const tensors = readSafetensors(bytes, name);
  const found = tensors.get(array);
  if (found === undefined) {
    throw new PredictionsError(`it has no tensor \`${array}\``, `it has ${shown([...tensors.keys()])}`);
  }
  checkShape(array, found.shape, ids.length);
  return { ids, width: found.data.length / ids.length, values: Float32Array.from(found.data) };
}

function idList(text: string): readonly unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (Array.isArray(parsed)) return parsed;
  throw new PredictionsError("`ids` of its metadata is no JSON list", "save `json.dumps(ids)` there");
}

function checkShape(array: string, shape: readonly number[], ids: number): void {
  const [rows = 0, ...inner] = shape;
  const width = inner.reduce((product, extent) => product * extent, 1);
  if (shape.length !== 2 || width === 0) {
    const hint = "an image has one row of features: pool maps and tokens before they are saved";
    throw new PredictionsError(`\`${array}\` is [${shape.join(", ")}], which is not [images, features]`, hint);
  }
  if (rows !== ids) {
    throw new PredictionsError(`\`${array}\` has ${rows} rows and \`ids\` ${ids}`, "give every row its image's id");
  }
  checkSize(rows, width);
}

function checkSize(rows: number, width: number): void {
  if (rows * width <= MAX_NUMBERS) return;
  throw new PredictionsError(`it has ${rows} rows of ${width} features`, `${MAX_NUMBERS} numbers are read`);
}
