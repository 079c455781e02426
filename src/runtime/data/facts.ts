/** What the compiler may know of a data set: counts, classes and a fingerprint, without decoding an image. */

import type { ColumnFacts, DatasetFacts, Fact, SplitFacts } from "../../compiler/host.js";
import type { StreamSpec } from "../../compiler/plan/types.js";
import { splitStream, viewParams } from "../../compiler/plan/views.js";
import type { DatasetSpec } from "../../compiler/study.js";
import { MemoDigests } from "./digests.js";
import { checkLeaks, usableIndex } from "./policy.js";
import { assignSplits, countPerClass, itemsOf, PARTS } from "./splits.js";
import {
  type AdapterIndex,
  type AttributeColumn,
  DataError,
  DataMissingError,
  type FileDigests,
  type IndexedItem,
  type PluginAdapters,
} from "./types.js";
import { applyViews, judgeViews } from "./views.js";

const inMemory = new MemoDigests();

/**
 * Facts of the data set whose folder is `root` on this machine. `unknown` when there is no such folder; `problem`, with
 * the file and what to do, when it is there and wrong.
 */
export async function datasetFacts(
  spec: Cases & Pick<DatasetSpec, "name" | "adapter">,
  root: string,
  digests: FileDigests = inMemory,
  indexes?: IndexMemo,
  plugins?: PluginAdapters,
): Promise<Fact<DatasetFacts>> {
  const { adapter } = spec;
  try {
    const read = () => usableIndex({ root, adapter, digests, plugins });
    const index = await (indexes === undefined ? read() : indexes.of(JSON.stringify([root, adapter]), read));
    // of the splits as they are used: folds by patient mend what the data's own splits tear apart
    checkLeaks(casesOf(index, spec).items, adapter, index.groupedBy);
    return { status: "known", facts: factsOf(index, spec), from: "data" };
  } catch (error) {
    if (error instanceof DataMissingError) return { status: "unknown", reason: error.message };
    if (error instanceof DataError) {
      return { status: "problem", message: error.message.slice(0, -error.hint.length - 2), hint: error.hint };
    }
    throw error;
  }
}

/** What of a declaration says which cases there are. `seed` is there where counts depend on it. */
type Cases = Pick<DatasetSpec, "split" | "views" | "seed">;

/** What adapters found, while a command lasts: one folder is many data sets where views choose from it. */
export class IndexMemo {
  readonly #found = new Map<string, Promise<AdapterIndex>>();

  of(key: string, read: () => Promise<AdapterIndex>): Promise<AdapterIndex> {
    let found = this.#found.get(key);
    if (found === undefined) {
      found = read();
      this.#found.set(key, found);
    }
    return found;
  }
}

/** The adapter's cases as a declaration splits and views them. @throws DataError */
export function casesOf(index: AdapterIndex, { split, views, seed }: Cases): AdapterIndex {
  const items = assignSplits(index, split, streamOf({ seed }));
  return applyViews({ ...index, items }, viewParams(views, seed ?? 0));
}

function streamOf({ seed }: { readonly seed?: number | undefined }): StreamSpec | null {
  return seed === undefined ? null : splitStream(seed);
}

/** @throws DataError where there is nothing to tell apart. */
export function factsOf(found: AdapterIndex, spec: Cases): DatasetFacts {
  const whole = assignSplits(found, spec.split, streamOf(spec));
  const { cases: index, idle } = judgeViews({ ...found, items: whole }, viewParams(spec.views, spec.seed ?? 0));
  checkClasses(index);
  const { items } = index;
  const splits: { [name: string]: SplitFacts } = {};
  for (const name of PARTS) {
    const own = itemsOf(items, name);
    if (own.length === 0) continue;
    const groups = new Set(own.flatMap(({ group }) => (group === undefined ? [] : [group]))).size;
    splits[name] = {
      images: own.length,
      perClass: countPerClass(own, index.classes.length),
      ...(groups > 0 ? { groups } : {}),
    };
  }
  const { fingerprint, classes, task, channels, groupedBy } = index;
  const columns = index.columns.map((_, at) => columnFacts(index, at));
  return {
    fingerprint,
    classes,
    task,
    channels,
    splits,
    ...((spec.views ?? []).length === 0 ? {} : { parts: partsIn(whole) }),
    ...(columns.length > 0 ? { columns } : {}),
    ...(groupedBy === undefined ? {} : { groupedBy }),
    ...(idle.length === 0 ? {} : { idle }),
  };
}

function partsIn(items: readonly IndexedItem[]): { readonly [part: string]: number } {
  const counts = PARTS.map((part) => [part, itemsOf(items, part).length] as const);
  return Object.fromEntries(counts.filter(([, images]) => images > 0));
}

function checkClasses({ items, classes, task }: AdapterIndex): void {
  if (items.length === 0) throw new DataError("there are no images in it", "is it the right folder?");
  if (task === "multilabel" || classes.length > 1) return;
  const hint = "a classifier needs two; is it a folder too deep, or are labels missing?";
  throw new DataError(`all of its ${items.length} images are of one class, ${classes[0] ?? "?"}`, hint);
}

/** As many values as a reader of a lock wants to see. */
const VALUES_LISTED = 64;

function columnFacts({ columns, items }: AdapterIndex, at: number): ColumnFacts {
  const { name, type } = columns[at] as AttributeColumn;
  const values = new Set<number | string>();
  let missing = 0;
  for (const { attributes } of items) {
    const value = attributes?.[at] ?? null;
    if (value === null) missing += 1;
    else values.add(value);
  }
  if (type === "string") {
    const listed = [...values].map(String).sort();
    return { name, type, missing, ...(listed.length <= VALUES_LISTED ? { values: listed } : {}) };
  }
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, Number(value));
    greatest = Math.max(greatest, Number(value));
  }
  return { name, type, missing, ...(values.size > 0 ? { range: [least, greatest] as const } : {}) };
}
