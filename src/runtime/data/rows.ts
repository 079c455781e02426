/** `dataset.view`: which of the images that were prepared already, and what they are now labelled. */

import type { OpParams } from "../../compiler/plan/types.js";
import { viewsForStatistics } from "../../compiler/plan/views.js";
import type { PartName } from "../../compiler/study.js";
import type { BlobStore, Manifest } from "../store/types.js";
import { infoOf, loadImages } from "./images.js";
import { ByteTotals, type ChannelStatistics, labelsOf } from "./prepare.js";
import { itemsOf } from "./splits.js";
import type { DatasetIndex, IndexedItem } from "./types.js";
import { applyViews } from "./views.js";

export interface PreparedPart {
  readonly part: PartName;
  /** Of its `dataset.prepare`. */
  readonly manifest: Manifest;
}

export interface ChosenRows {
  readonly classes: readonly string[];
  readonly ids: readonly string[];
  /** Places among the images of all parts, one part after another. */
  readonly rows: Int32Array;
  readonly labels: Int32Array;
  readonly labelShape: readonly number[];
}

type ViewParams = OpParams["dataset.view"];

/** Reads names alone, no image. */
export async function chooseRows(
  index: DatasetIndex,
  { views, splitName }: ViewParams,
  parts: readonly PreparedPart[],
  blobs: BlobStore,
): Promise<ChosenRows> {
  const viewed = applyViews(index, views);
  const items = itemsOf(viewed.items, splitName);
  if (items.length === 0) throw new Error(`there are no ${splitName} images left`);
  return {
    classes: viewed.classes,
    ids: items.map(({ id }) => id),
    rows: placesOf(items, (await namesOf(parts, blobs)).flat()),
    ...labelsOf(items, viewed.classes.length),
  };
}

function placesOf(items: readonly IndexedItem[], ids: readonly string[]): Int32Array {
  const places = new Map(ids.map((id, place) => [id, place]));
  return Int32Array.from(items, ({ id }) => {
    const place = places.get(id);
    if (place === undefined) throw new Error(`${id} was not prepared; the data changed, run again`);
    return place;
  });
}

async function namesOf(parts: readonly PreparedPart[], blobs: BlobStore): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    parts.map(async ({ part, manifest }) => {
      const { ids } = manifest.outputs;
      if (ids === undefined) throw new Error(`the images of ${part} name no cases`);
      const names: readonly string[] = JSON.parse(new TextDecoder().decode(await blobs.get(ids)));
      return names;
    }),
  );
}

/**
 * Of the training images that normalization is of: those that were prepared, where nothing but subsets were taken of
 * them; else of the rows left. Null where there are none.
 */
export async function viewStatistics(
  index: DatasetIndex,
  { views }: ViewParams,
  parts: readonly PreparedPart[],
  blobs: BlobStore,
  signal: AbortSignal,
): Promise<ChannelStatistics | null> {
  const [first] = parts;
  if (first === undefined) return null;
  const choosing = viewsForStatistics(views);
  if (choosing.length === 0) return infoOf(first.manifest).statistics;
  const wanted = new Set(itemsOf(applyViews(index, choosing).items, "train").map(({ id }) => id));
  if (wanted.size === 0) return null;
  const { channels, size } = infoOf(first.manifest);
  const totals = new ByteTotals(channels, size * size);
  for (const { manifest } of parts) {
    signal.throwIfAborted();
    const images = await loadImages(manifest, blobs);
    images.ids.forEach((id, i) => {
      if (!wanted.has(id)) return;
      const { data, offset } = images.at(i);
      totals.add(data, offset, 1);
    });
  }
  return totals.statistics();
}
