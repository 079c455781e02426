/** Which split an item ends up in. */

import type { StreamSpec } from "../../compiler/plan/types.js";
import { splitStream } from "../../compiler/plan/views.js";
import type { EvaluationSplit, PartName, SplitName, SplitSpec, TrainingSplit } from "../../compiler/study.js";
import { hashItem, Stream } from "../random/stream.js";
import { grouped, stratifiedOrder, stratumOf, type Unit, unitsOf } from "./order.js";
import { type AdapterIndex, type IndexedItem, type Item, SPLITS } from "./types.js";

type Named = Pick<AdapterIndex, "items" | "columns" | "groupedBy">;
type Fractions = Extract<SplitSpec, { kind: "fractions" }>;

/** Every place a case can lie in. */
export const PARTS: readonly PartName[] = [...SPLITS, "unassigned"];

/**
 * `official`: the adapter's own splits. `fractions`: all items drawn anew, class by class (or group by group where `by`
 * names one), in the order of a hash of their ids; a `test` of 0 leaves the adapter's own test split as it is and draws
 * from the rest. Counts depend on the fractions alone, except by group.
 */
export function assignSplits(cases: Named, spec: SplitSpec, stream: StreamSpec | null): readonly IndexedItem[] {
  switch (spec.kind) {
    case "official":
      return cases.items;
    case "fractions":
      return fractions(cases, spec, stream);
    default:
      return spec satisfies never;
  }
}

function fractions(cases: Named, spec: Fractions, stream: StreamSpec | null): readonly IndexedItem[] {
  const { items } = cases;
  const keepsTest = spec.test === 0 && items.some(({ split }) => split === "test");
  const drawn = keepsTest ? items.filter(({ split }) => split !== "test") : items;
  const splitOf = new Map<string, SplitName>();
  const draw = new Stream(stream ?? splitStream(0));
  const assign = spec.by === undefined ? byClass : byGroup;
  assign(drawn, spec, draw, cases, (item, split) => splitOf.set(item.id, split));
  return items.map((item) => ({ ...item, split: splitOf.get(item.id) ?? "test" }));
}

type Assign = (item: Item, split: SplitName) => void;

function byClass(items: readonly Item[], spec: Fractions, draw: Stream, cases: Named, assign: Assign): void {
  const stratum = stratumOf(items);
  for (const units of grouped(unitsOf(items, cases, undefined), ({ items: [first] }) => stratum(first)).values()) {
    const order = draw.order(units.map(({ name }) => hashItem(name)));
    deal(
      [...order].map((position) => units[position] as Unit),
      spec,
      assign,
    );
  }
}

function byGroup(items: readonly Item[], spec: Fractions, draw: Stream, cases: Named, assign: Assign): void {
  deal(stratifiedOrder(unitsOf(items, cases, spec.by), draw, "label"), spec, assign);
}

/** A group goes where its middle falls, so that big groups do not pull a split beyond its share. */
function deal(units: readonly Unit[], spec: Fractions, assign: Assign): void {
  const ends = boundaries(
    units.reduce((sum, { items }) => sum + items.length, 0),
    spec,
  );
  let before = 0;
  for (const { items } of units) {
    const split = splitAt(before + items.length / 2, ends);
    for (const item of items) assign(item, split);
    before += items.length;
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

export function partOf({ split }: Pick<Item, "split">): PartName {
  return split ?? "unassigned";
}

export function itemsOf(
  items: readonly IndexedItem[],
  part: PartName | EvaluationSplit | TrainingSplit,
): readonly IndexedItem[] {
  if (part === "train_val") return items.filter(({ split }) => split === "train" || split === "val");
  return part === "all" ? items : items.filter((item) => partOf(item) === part);
}

/** Images a class; with several labels, images that have the label. */
export function countPerClass(items: readonly Item[], classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { label } of items) {
    if (typeof label === "number") counts[label] = (counts[label] ?? 0) + 1;
    else for (const [i, value] of label.entries()) counts[i] = (counts[i] ?? 0) + (value === 1 ? 1 : 0);
  }
  return counts;
}

export { SPLITS };
