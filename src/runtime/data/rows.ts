/** `dataset.view`: which of the images that were prepared already, and what they are now labelled. */

import type { OpParams } from "../../compiler/plan/types.js";
import { viewsForStatistics } from "../../compiler/plan/views.js";
import type { PartName } from "../../compiler/study.js";
import type { BlobStore, Manifest } from "../store/types.js";
import { loadImages } from "./images.js";
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
  /** Of the training images that normalization is of. */
  readonly statisticsRows: Int32Array;
}

export async function chooseRows(
  index: DatasetIndex,
  { views, splitName }: OpParams["dataset.view"],
  parts: readonly PreparedPart[],
  blobs: BlobStore,
): Promise<ChosenRows> {
  const places = new Map<string, number>();
  for (const { manifest } of parts) {
    for (const id of (await loadImages(manifest, blobs)).ids) places.set(id, places.size);
  }
  const placesOf = (items: readonly IndexedItem[]): Int32Array =>
    Int32Array.from(items, ({ id }) => {
      const place = places.get(id);
      if (place === undefined) throw new Error(`${id} was not prepared; the data changed, run again`);
      return place;
    });
  const viewed = applyViews(index, views);
  const items = itemsOf(viewed.items, splitName);
  if (items.length === 0) throw new Error(`there are no ${splitName} images left`);
  const normalized = applyViews(index, viewsForStatistics(views));
  return {
    classes: viewed.classes,
    ids: items.map(({ id }) => id),
    rows: placesOf(items),
    ...labelsOf(items, viewed.classes.length),
    statisticsRows: placesOf(itemsOf(normalized.items, "train")),
  };
}

/** Null where there are no training images to speak of. */
export async function statisticsOfRows(
  rows: Int32Array,
  parts: readonly PreparedPart[],
  blobs: BlobStore,
  signal: AbortSignal,
): Promise<ChannelStatistics | null> {
  const [first] = parts;
  if (first === undefined || rows.length === 0) return null;
  const wanted = new Set(rows);
  let totals: ByteTotals | undefined;
  let before = 0;
  for (const { manifest } of parts) {
    signal.throwIfAborted();
    const images = await loadImages(manifest, blobs);
    const { channels, size } = images.info;
    totals ??= new ByteTotals(channels, size * size);
    for (let i = 0; i < images.ids.length; i++) {
      if (!wanted.has(before + i)) continue;
      const { data, offset } = images.at(i);
      totals.add(data, offset, 1);
    }
    before += images.ids.length;
  }
  return totals?.statistics() ?? null;
}
