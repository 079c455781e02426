/** Which split an item ends up in. */

import type { StreamSpec } from "../../compiler/plan/types.js";
import type { SplitName, SplitSpec } from "../../compiler/study.js";
import { hashItem, Stream } from "../random/stream.js";
import { DataError, type IndexedItem, type Item, SPLITS } from "./types.js";

type Fractions = Extract<SplitSpec, { kind: "fractions" }>;

/**
 * `official`: the adapter's own splits. `fractions`: all items drawn anew, class by class (or group by group where `by`
 * names one), in the order of a hash of their ids; a `test` of 0 leaves the adapter's own test split as it is and draws
 * from the rest. Counts depend on the fractions alone, except by group.
 */
export function assignSplits(
  items: readonly Item[],
  spec: SplitSpec,
  stream: StreamSpec | null,
): readonly IndexedItem[] {
  switch (spec.kind) {
    case "official":
      return official(items);
    case "fractions":
      return fractions(items, spec, stream);
    default:
      return spec satisfies never;
  }
}

function official(items: readonly Item[]): readonly IndexedItem[] {
  return items.map((item) => {
    if (item.split === null) {
      throw new DataError("the data set has no splits of its own", "say `split 70/15/15` in its declaration");
    }
    return { ...item, split: item.split };
  });
}

function fractions(items: readonly Item[], spec: Fractions, stream: StreamSpec | null): readonly IndexedItem[] {
  const keepsTest = spec.test === 0 && items.some(({ split }) => split === "test");
  const drawn = keepsTest ? items.filter(({ split }) => split !== "test") : items;
  const splitOf = new Map<string, SplitName>();
  const draw = new Stream(stream ?? { seed: 0, purpose: "split", repeat: 0, about: [] });
  const assign = spec.by === undefined ? byClass : byGroup;
  assign(drawn, spec, draw, (item, split) => splitOf.set(item.id, split));
  return items.map((item) => ({ ...item, split: splitOf.get(item.id) ?? "test" }));
}

type Assign = (item: Item, split: SplitName) => void;

function byClass(items: readonly Item[], spec: Fractions, draw: Stream, assign: Assign): void {
  for (const members of grouped(items, ({ label }) => String(label)).values()) {
    const order = draw.order(members.map(({ id }) => hashItem(id)));
    const ends = boundaries(members.length, spec);
    order.forEach((position, rank) => {
      const item = members[position];
      if (item !== undefined) assign(item, splitAt(rank, ends));
    });
  }
}

function byGroup(items: readonly Item[], spec: Fractions, draw: Stream, assign: Assign): void {
  const missing = items.find(({ group }) => group === undefined);
  if (missing !== undefined) {
    throw new DataError(
      `the data set names no ${spec.by ?? "group"} for ${missing.id}`,
      "take `by` out of its split, or use an adapter that reads groups",
    );
  }
  const groups = [...grouped(items, ({ group = "" }) => group)];
  const order = draw.order(groups.map(([name]) => hashItem(name)));
  const ends = boundaries(items.length, spec);
  let before = 0;
  for (const position of order) {
    const members = groups[position]?.[1] ?? [];
    // A group goes where its middle falls, so that big groups do not pull a split beyond its share.
    const split = splitAt(before + members.length / 2, ends);
    for (const item of members) assign(item, split);
    before += members.length;
  }
}

/** Where train and val end among `count` items in order. */
function boundaries(count: number, { train, val, test }: Fractions): readonly [number, number] {
  const whole = train + val + test;
  return [Math.round((count * train) / whole), Math.round((count * (train + val)) / whole)];
}

function splitAt(rank: number, [train, val]: readonly [number, number]): SplitName {
  return rank < train ? "train" : rank < val ? "val" : "test";
}

function grouped(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const members = groups.get(key(item));
    if (members === undefined) groups.set(key(item), [item]);
    else members.push(item);
  }
  return groups;
}

export function itemsOf(items: readonly IndexedItem[], split: SplitName): readonly IndexedItem[] {
  return items.filter((item) => item.split === split);
}

/** Images a class; with several labels, images that have the label. */
export function countPerClass(items: readonly Item[], classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { label } of items) {
    if (typeof label === "number") counts[label] = (counts[label] ?? 0) + 1;
    else for (const [i, value] of label.entries()) counts[i] = (counts[i] ?? 0) + value;
  }
  return counts;
}

export { SPLITS };
