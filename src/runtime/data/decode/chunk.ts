/** A few images from their files to prepared bytes: the work of one turn, wherever it is done. */

import { createHash } from "node:crypto";
import type { Choice } from "../../../catalog/types.js";
import type { TransformParams } from "../../../compiler/plan/types.js";
import { adapterOf } from "../adapters/index.js";
import { prepareImage } from "../pixels.js";
import { transformImage } from "../transforms.js";
import { type Item, isProblem, type Pixels, type Problem } from "../types.js";

/** What is done to every image. */
export interface Preparation {
  readonly size: number;
  readonly channels: number;
  readonly transforms: readonly TransformParams[];
  /** Also tell images apart by their pixels as decoded. */
  readonly digests: boolean;
}

export interface ChunkTask {
  readonly root: string;
  readonly adapter: Choice;
  readonly items: readonly Item[];
  readonly preparation: Preparation;
}

export interface Chunk {
  /** [items, channels, size, size]; zeros where an image could not be decoded. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** By place among the items. */
  readonly problems: readonly (readonly [number, Problem])[];
  /** SHA-256 of pixels an item, and their channels; empty where there are none. */
  readonly digests: readonly string[];
}

const NOT_OPEN = { of: () => Promise.reject(new Error("decoding looks at no digests")) };

export async function prepareChunk({ root, adapter, items, preparation }: ChunkTask): Promise<Chunk> {
  const { size, channels, digests: wanted } = preparation;
  const imageBytes = channels * size * size;
  const bytes = new Uint8Array(items.length * imageBytes);
  const problems: (readonly [number, Problem])[] = [];
  const digests: string[] = [];
  const source = { root, adapter, digests: { ...NOT_OPEN, remember: NOT_OPEN.of } };
  let at = 0;
  for await (const image of adapterOf(adapter).decode(source, items)) {
    if (isProblem(image)) problems.push([at, image]);
    else prepareOne(image, preparation, bytes, at * imageBytes, items[at]?.id ?? "");
    if (wanted) digests.push(isProblem(image) ? "" : digestOf(image));
    at += 1;
  }
  return { bytes, problems, digests };
}

function prepareOne(
  image: Pixels,
  { size, channels, transforms }: Preparation,
  data: Uint8Array,
  at: number,
  id: string,
): void {
  prepareImage(image, size, channels, data, at);
  transformImage({ data, at, channels, size, id }, transforms);
}

function digestOf({ channels, height, width, data }: Pixels): string {
  return `${channels}:${createHash("sha256").update(`${channels} ${height} ${width} `).update(data).digest("hex")}`;
}
