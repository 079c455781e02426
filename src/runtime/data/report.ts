/** What `xferc data` says of a data set: it decodes every image once. */

import { createHash } from "node:crypto";
import type { DatasetSpec } from "../../compiler/study.js";
import { adapterOf } from "./adapters/index.js";
import { MemoDigests } from "./digests.js";
import { casesOf, factsOf } from "./facts.js";
import { prepareImage } from "./pixels.js";
import { type ChannelStatistics, statisticsOf } from "./prepare.js";
import { type DataSource, type IndexedItem, isProblem, type Pixels, type Problem } from "./types.js";

export interface DataReport {
  readonly name: string;
  readonly fingerprint: string;
  readonly task: string;
  readonly classes: readonly string[];
  readonly channels: number;
  readonly splits: readonly {
    readonly split: string;
    readonly images: number;
    readonly perClass: readonly number[];
    readonly groups?: number;
  }[];
  /** Of the training images at `size`; null where none can be read. */
  readonly statistics: (ChannelStatistics & { readonly size: number }) | null;
  /** Images whose pixels are the same, in more than one place; those across splits first. */
  readonly duplicates: readonly { readonly ids: readonly string[]; readonly across: boolean }[];
  /** Files that are no images by their name or kind, with the reason. They are not counted. */
  readonly rejected: readonly Problem[];
  /** Images that cannot be decoded, with the reason. They are counted, and stop whatever needs them. */
  readonly damaged: readonly Problem[];
}

/** @throws DataError where there is no such data set */
export async function dataReport(
  spec: Pick<DatasetSpec, "name" | "adapter" | "split" | "views" | "seed">,
  root: string,
  size = 64,
): Promise<DataReport> {
  const source: DataSource = { root, adapter: spec.adapter, digests: new MemoDigests() };
  const index = await adapterOf(spec.adapter.id).index(source);
  const facts = factsOf(index, spec);
  const { items } = casesOf(index, spec);
  const seen = await decodeEach(source, items, size, index.channels);
  return {
    name: spec.name,
    fingerprint: facts.fingerprint,
    task: facts.task,
    classes: facts.classes,
    channels: facts.channels,
    splits: Object.entries(facts.splits).map(([split, counts]) => ({ split, ...counts })),
    statistics: seen.statistics && { ...seen.statistics, size },
    duplicates: duplicatesIn(seen.byDigest),
    rejected: index.problems,
    damaged: seen.damaged,
  };
}

async function decodeEach(source: DataSource, items: readonly IndexedItem[], size: number, channels: number) {
  const adapter = adapterOf(source.adapter.id);
  const byDigest = new Map<string, IndexedItem[]>();
  const damaged: Problem[] = [];
  const training: Uint8Array[] = [];
  let position = 0;
  for await (const image of adapter.decode(source, items)) {
    const item = items[position++];
    if (item === undefined) break;
    if (isProblem(image)) {
      damaged.push(image);
      continue;
    }
    const { height, width } = image;
    const shape = `${image.channels} ${height} ${width} `;
    const digest = createHash("sha256").update(shape).update(image.data).digest("hex");
    const same = byDigest.get(digest);
    if (same === undefined) byDigest.set(digest, [item]);
    else same.push(item);
    if (item.split === "train") training.push(prepared(image, size, channels));
  }
  const statistics =
    training.length === 0
      ? null
      : statisticsOf({ shards: training, labels: new Int32Array(0), labelShape: [0], ids: [] }, size, channels);
  return { byDigest, damaged, statistics };
}

function prepared(image: Pixels, size: number, channels: number): Uint8Array {
  const out = new Uint8Array(channels * size * size);
  prepareImage(image, size, channels, out, 0);
  return out;
}

function duplicatesIn(byDigest: ReadonlyMap<string, readonly IndexedItem[]>): DataReport["duplicates"] {
  return [...byDigest.values()]
    .filter((items) => items.length > 1)
    .map((items) => ({
      ids: items.map(({ id }) => id),
      across: new Set(items.map(({ split }) => split)).size > 1,
    }))
    .sort((a, b) => Number(b.across) - Number(a.across));
}
