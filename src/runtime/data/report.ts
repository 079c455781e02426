/** What `xferc data` says of a data set: it decodes every image once. */

import type { DatasetSpec } from "../../compiler/study.js";
import { adapterOf } from "./adapters/index.js";
import { prepareAll } from "./decode/pool.js";
import { MemoDigests } from "./digests.js";
import { wrongExtensions } from "./extensions.js";
import { casesOf, factsOf } from "./facts.js";
import { allowsLeakage, checkLeaks, losses, type Reject, rejectOf, verdictOn } from "./policy.js";
import { ByteTotals, type ChannelStatistics } from "./prepare.js";
import { partOf } from "./splits.js";
import { indexOf } from "./twins.js";
import {
  type AdapterIndex,
  type AttributeColumn,
  DataError,
  type DataSource,
  type FileDigests,
  type IndexedItem,
  type PluginAdapters,
  type Problem,
} from "./types.js";

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
  /** What the data say of cases beside their labels. */
  readonly columns: readonly AttributeColumn[];
  /** Which of its `where`s, from 0, leave no case out; absent where each does. */
  readonly idle?: readonly number[];
  /** What groups are: `patient`. */
  readonly groupedBy: string | null;
  /** Of the training images at `size`; null where none can be read. */
  readonly statistics: (ChannelStatistics & { readonly size: number }) | null;
  /** Images whose pixels are the same, in more than one place; those across splits first. */
  readonly duplicates: readonly { readonly ids: readonly string[]; readonly across: boolean }[];
  /** Channels of the images as they are → how many; more than one kind is said. */
  readonly decodedChannels: { readonly [channels: string]: number };
  /** Where there is more than one kind: the images that are not of the most common one. */
  readonly unlike?: readonly string[];
  /** Cases that cannot be used and files that are none, as far as that is seen without decoding. They are not counted. */
  readonly rejected: readonly Problem[];
  /** Images that cannot be decoded. Under `reject: error` they are counted, and stop whatever needs them. */
  readonly damaged: readonly Problem[];
  /** What becomes of cases that cannot be used. */
  readonly reject: Reject;
  readonly leakage: "error" | "allow";
  /** Why a run would not use the data as they are. */
  readonly refused: readonly string[];
}

export interface ReportOptions {
  readonly size?: number;
  readonly digests?: FileDigests;
  readonly plugins?: PluginAdapters | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws DataError where there is no such data set */
export async function dataReport(
  spec: Pick<DatasetSpec, "name" | "adapter" | "split" | "views" | "seed">,
  root: string,
  { size = 64, digests = new MemoDigests(), plugins, onProgress }: ReportOptions = {},
): Promise<DataReport> {
  const source: DataSource = { root, adapter: spec.adapter, digests, plugins };
  const found = await indexOf(source);
  const all = casesOf(found, spec).items;
  const seen = await decodeEach(source, all, size, found.channels, onProgress);
  const misnamed = adapterOf(spec.adapter).reads === "files" ? await wrongExtensions(source, all) : [];
  const reject = rejectOf(spec.adapter);
  const index = reject.kind === "skip" ? without(found, seen.damaged) : found;
  const facts = factsOf(index, spec);
  const verdict = verdictOn(
    { ...without(found, seen.damaged), problems: [...found.problems, ...seen.damaged] },
    reject,
  );
  return {
    name: spec.name,
    fingerprint: facts.fingerprint,
    task: facts.task,
    classes: facts.classes,
    channels: facts.channels,
    splits: Object.entries(facts.splits).map(([split, counts]) => ({ split, ...counts })),
    columns: index.columns,
    ...(facts.idle === undefined ? {} : { idle: facts.idle }),
    groupedBy: index.groupedBy ?? null,
    statistics: seen.statistics && { ...seen.statistics, size },
    duplicates: duplicatesIn(seen.byDigest),
    decodedChannels: seen.decodedChannels,
    ...unlikeMost(seen.byDigest, seen.decodedChannels),
    rejected: [...found.problems, ...misnamed].sort((a, b) => IN_ORDER.compare(a.path, b.path)),
    damaged: seen.damaged,
    reject,
    leakage: allowsLeakage(spec.adapter) ? "allow" : "error",
    refused: [...(verdict === undefined ? [] : [verdict.message]), ...leakMessage(index, spec)],
  };
}

/** Line 9 of a table comes before line 10. */
const IN_ORDER = new Intl.Collator("en", { numeric: true });

function without(index: AdapterIndex, damaged: readonly Problem[]): AdapterIndex {
  const ids = new Set(losses(damaged).map(({ id }) => id));
  return ids.size === 0 ? index : { ...index, items: index.items.filter(({ id }) => !ids.has(id)) };
}

/** As a run would find them: before any view. */
function leakMessage(index: AdapterIndex, spec: Parameters<typeof casesOf>[1] & Pick<DatasetSpec, "adapter">) {
  try {
    checkLeaks(casesOf(index, { ...spec, views: [] }).items, spec.adapter, index.groupedBy);
    return [];
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return [error.message];
  }
}

async function decodeEach(
  source: DataSource,
  items: readonly IndexedItem[],
  size: number,
  channels: number,
  onProgress: ReportOptions["onProgress"],
) {
  const byDigest = new Map<string, IndexedItem[]>();
  const damaged: Problem[] = [];
  const decodedChannels: { [channels: string]: number } = {};
  const totals = new ByteTotals(channels, size * size);
  const imageBytes = channels * size * size;
  let training = 0;
  let position = 0;
  for await (const chunk of prepareAll({
    source,
    items,
    preparation: { size, channels, transforms: [], digests: true },
  })) {
    damaged.push(...chunk.problems.map(([, problem]) => problem));
    chunk.digests.forEach((digest, i) => {
      const item = items[position + i];
      if (item === undefined || digest === "") return;
      const same = byDigest.get(digest);
      if (same === undefined) byDigest.set(digest, [item]);
      else same.push(item);
      const own = channelsOf(digest);
      decodedChannels[own] = (decodedChannels[own] ?? 0) + 1;
      if (item.split !== "train") return;
      totals.add(chunk.bytes, i * imageBytes, 1);
      training += 1;
    });
    position += chunk.digests.length;
    onProgress?.(position, items.length);
  }
  return { byDigest, damaged, decodedChannels, statistics: training === 0 ? null : totals.statistics() };
}

function channelsOf(digest: string): string {
  return digest.split(":", 1)[0] ?? "";
}

function unlikeMost(
  byDigest: ReadonlyMap<string, readonly IndexedItem[]>,
  counts: DataReport["decodedChannels"],
): Pick<DataReport, "unlike"> {
  const [most, ...others] = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (most === undefined || others.length === 0) return {};
  const rest = [...byDigest].filter(([digest]) => channelsOf(digest) !== most[0]);
  return { unlike: rest.flatMap(([, items]) => items.map(({ id }) => id)).sort(IN_ORDER.compare) };
}

function duplicatesIn(byDigest: ReadonlyMap<string, readonly IndexedItem[]>): DataReport["duplicates"] {
  return [...byDigest.values()]
    .filter((items) => items.length > 1)
    .map((items) => ({ ids: items.map(({ id }) => id), across: new Set(items.map(partOf)).size > 1 }))
    .sort((a, b) => Number(b.across) - Number(a.across));
}
