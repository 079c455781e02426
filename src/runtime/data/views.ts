/** The data set algebra on an index: which cases there are, in which split, of which class. No image is touched. */

import { columnsOf, holds, type ValueOf } from "../../compiler/conditions.js";
import type { ViewParams } from "../../compiler/plan/types.js";
import type { CaseCondition, SplitName } from "../../compiler/study.js";
import { hashItem, Stream } from "../random/stream.js";
import { grouped, stratifiedOrder, stratumOf, unitsOf } from "./order.js";
import { itemsOf, partOf } from "./splits.js";
import { type AdapterIndex, attributeOf, DataError, type IndexedItem } from "./types.js";

type Cases = Pick<AdapterIndex, "classes" | "task" | "columns" | "groupedBy"> & {
  readonly items: readonly IndexedItem[];
};
type Folds = Extract<ViewParams, { kind: "folds" }>;
type Subset = Extract<ViewParams, { kind: "subset" }>;

/** @throws DataError where a view asks for what the data does not have */
export function applyViews<C extends Cases>(cases: C, views: readonly ViewParams[]): C {
  return views.reduce(applyView, cases);
}

/** The same, and which of its `where`s, from 0, leave out no case. @throws DataError */
export function judgeViews<C extends Cases>(cases: C, views: readonly ViewParams[]) {
  const idle: number[] = [];
  let place = 0;
  const viewed = views.reduce((before, view) => {
    const after = applyView(before, view);
    if (view.kind === "where") {
      const all = after.items.length === before.items.length && after.classes.length === before.classes.length;
      if (all) idle.push(place);
      place += 1;
    }
    return after;
  }, cases);
  return { cases: viewed, idle };
}

function applyView<C extends Cases>(cases: C, view: ViewParams): C {
  switch (view.kind) {
    case "where":
      return { ...cases, ...restricted(cases, withClasses(view.condition, cases.classes)) };
    case "folds":
      return { ...cases, items: dealt(cases, view) };
    case "subset":
      return { ...cases, items: reduced(cases, view) };
    default:
      return view satisfies never;
  }
}

/** Classes that are dealt at random, by name. */
function withClasses(condition: CaseCondition, classes: readonly string[]): CaseCondition {
  switch (condition.kind) {
    case "part-of-classes":
      return { kind: "in", column: "class", values: partOfClasses(condition, classes) };
    case "in":
    case "compare":
      return condition;
    case "not":
      return { ...condition, condition: withClasses(condition.condition, classes) };
    case "and":
    case "or":
      return {
        ...condition,
        left: withClasses(condition.left, classes),
        right: withClasses(condition.right, classes),
      };
    default:
      return condition satisfies never;
  }
}

/** In the order of a hash of their names, cut in parts of equal size, the earlier ones larger by one where it does not come out even. */
function partOfClasses(
  { parts, part, draw, seed = 0 }: Extract<CaseCondition, { kind: "part-of-classes" }>,
  classes: readonly string[],
): readonly string[] {
  if (classes.length < parts) {
    throw new DataError(`it has ${classes.length} classes for ${parts} parts`, "ask for fewer parts");
  }
  const stream = new Stream({ seed, purpose: "split", repeat: 0, about: ["classes", draw] });
  const order = stream.order(classes.map(hashItem));
  const begin = (index: number) => Math.ceil((index * classes.length) / parts);
  return [...order.subarray(begin(part), begin(part + 1))].map((place) => classes[place] ?? "").sort();
}

/** Classes that the condition rules out whatever else a case is are gone; the others close up in their order. */
function restricted(cases: Cases, condition: CaseCondition): Pick<Cases, "classes" | "task" | "items"> {
  const { classes, task, items } = cases;
  checkColumns(cases, condition);
  const valuesOf =
    (item: IndexedItem): ValueOf =>
    (column) => {
      if (column !== "class") return attributeOf(cases, item, column) ?? undefined;
      return typeof item.label === "number" ? classes[item.label] : undefined;
    };
  const kept = items.filter((item) => holds(condition, valuesOf(item)) === true);
  if (kept.length === 0) throw new DataError("no case is left by `where`", "its condition holds for none of them");
  if (task === "multilabel") return { classes, task, items: kept };
  const open = classes.map((name) => holds(condition, (column) => (column === "class" ? name : undefined)) !== false);
  const left = classes.filter((_, i) => open[i]);
  const places = new Map(left.map((name, place) => [name, place]));
  const relabelled = kept.map((item) => ({ ...item, label: places.get(classes[Number(item.label)] ?? "") ?? 0 }));
  return { classes: left, task: left.length === 2 ? "binary" : "multiclass", items: relabelled };
}

function checkColumns({ classes, task, columns: declared }: Cases, condition: CaseCondition): void {
  const columns = new Set(declared.map(({ name }) => name));
  for (const column of columnsOf(condition)) {
    if (column === "class" && task === "multilabel") {
      throw new DataError("`where class` needs classes that exclude each other", "ask for a column of the data set");
    }
    if (column !== "class" && !columns.has(column)) {
      const known = ["class", ...columns].join(", ");
      throw new DataError(`it has no column ${column}`, `\`where\` can ask for ${known}`);
    }
  }
  const strangers = unknownClasses(condition, classes);
  if (strangers.length > 0) {
    throw new DataError(`it has no class ${strangers.join(", ")}`, `there is ${classes.slice(0, 20).join(", ")}`);
  }
}

function unknownClasses(condition: CaseCondition, classes: readonly string[]): readonly string[] {
  switch (condition.kind) {
    case "in":
      return condition.column === "class"
        ? condition.values.map(String).filter((value) => !classes.includes(value))
        : [];
    case "compare":
    case "part-of-classes":
      return [];
    case "not":
      return unknownClasses(condition.condition, classes);
    case "and":
    case "or":
      return [...unknownClasses(condition.left, classes), ...unknownClasses(condition.right, classes)];
    default:
      return condition satisfies never;
  }
}

/** All cases in one stratified order, cut in pieces of equal size; a group goes where its middle falls. */
function dealt(cases: Cases, { folds, fold, by, stream }: Folds): readonly IndexedItem[] {
  const { items } = cases;
  const units = unitsOf(items, cases, by ?? undefined);
  if (units.length < folds) {
    throw new DataError(`it has ${units.length} ${by ?? "case"}s for ${folds} folds`, "ask for fewer folds");
  }
  const foldOf = new Map<string, number>();
  let before = 0;
  for (const unit of stratifiedOrder(units, new Stream(stream), "label")) {
    const place = Math.floor(((before + unit.items.length / 2) * folds) / items.length) + 1;
    for (const { id } of unit.items) foldOf.set(id, place);
    before += unit.items.length;
  }
  const next = (fold % folds) + 1;
  const splitIn = (place: number | undefined): SplitName =>
    place === fold ? "test" : place === next ? "val" : "train";
  return items.map((item) => ({ ...item, split: splitIn(foldOf.get(item.id)) }));
}

function reduced(cases: Cases, view: Subset): readonly IndexedItem[] {
  const train = itemsOf(cases.items, "train");
  if (train.length === 0) throw new DataError("it has no training cases to take some of", "give it a training split");
  const chosen = new Set(chosenOf(cases, train, view, view.amount, view.stream));
  const val = itemsOf(cases.items, "val");
  if (view.val !== null && val.length > 0) {
    const amount = inProportion(view.amount, train.length);
    for (const item of chosenOf(cases, val, view, amount, view.val)) chosen.add(item);
  }
  const cut = view.val === null ? ["train"] : ["train", "val"];
  return cases.items.filter((item) => chosen.has(item) || !cut.includes(partOf(item)));
}

/** The share of the validation split that goes with so many training images. */
function inProportion(amount: Subset["amount"], train: number): Subset["amount"] {
  return amount.kind === "images" ? { kind: "share", value: Math.min(1, amount.value / train) } : amount;
}

function chosenOf(
  cases: Cases,
  items: readonly IndexedItem[],
  { stratify, by }: Subset,
  amount: Subset["amount"],
  stream: Subset["stream"],
): readonly IndexedItem[] {
  const units = unitsOf(items, cases, by ?? undefined);
  const draw = new Stream(stream);
  if (amount.kind === "per-class") return perClass(cases, units, amount.value, draw);
  if (amount.kind === "images" && amount.value > items.length) {
    throw new DataError(`its training split has ${items.length} images`, `${amount.value} cannot be taken of them`);
  }
  const wanted = Math.max(1, amount.kind === "share" ? Math.round(amount.value * items.length) : amount.value);
  const chosen: IndexedItem[] = [];
  for (const unit of stratifiedOrder(units, draw, stratify)) {
    // a group comes along where its middle does; there is always one
    if (chosen.length > 0 && chosen.length + unit.items.length / 2 > wanted) break;
    chosen.push(...unit.items);
  }
  return chosen;
}

/** The first so many units of each class, all of a class that has fewer. */
function perClass(
  { task }: Cases,
  units: ReturnType<typeof unitsOf>,
  count: number,
  draw: Stream,
): readonly IndexedItem[] {
  if (task === "multilabel") {
    throw new DataError("a number per class needs classes that exclude each other", "take a share or a number instead");
  }
  const order = stratifiedOrder(units, draw, "none");
  const stratum = stratumOf(units.flatMap(({ items }) => [...items]));
  return [...grouped(order, ({ items: [first] }) => stratum(first)).values()].flatMap((members) =>
    members.slice(0, count).flatMap(({ items }) => [...items]),
  );
}
