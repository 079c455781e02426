/** Cases, or whole groups of them, in an order of which every beginning has the classes in proportion. */

import { hashItem, type ItemHash, type Stream } from "../random/stream.js";
import { type AdapterIndex, DataError, type Item } from "./types.js";

/** What is moved as one: a case, or all cases of a group; and with it whoever has the same image. */
export interface Unit {
  /** The case's id, or the group's name: draws are about it. */
  readonly name: string;
  readonly items: readonly [Item, ...Item[]];
}

type Named = Pick<AdapterIndex, "columns" | "groupedBy">;

/** @throws DataError where a case names no such group */ /** @throws DataError where a case names no such group */
export function unitsOf(items: readonly Item[], cases: Named, by: string | undefined): readonly Unit[] {
  const place = by === undefined ? undefined : placeOfGroup(cases, by);
  const nameOf = (item: Item): string => (place === undefined ? item.id : groupAt(item, place, by ?? ""));
  const sets = new Joined();
  for (const item of items) {
    if (item.twin !== undefined) sets.join(`unit ${nameOf(item)}`, `twin ${item.twin}`);
  }
  return [...grouped(items, (item) => sets.of(`unit ${nameOf(item)}`)).values()].map((members) => ({
    name: members.map(nameOf).reduce((first, name) => (name < first ? name : first)),
    items: members as [Item, ...Item[]],
  }));
}

/** Which column `by patient` means: the data set's own groups, or one of its columns. */
type GroupPlace = { readonly kind: "group" } | { readonly kind: "column"; readonly at: number };

/** @throws DataError */
function placeOfGroup({ columns, groupedBy }: Named, by: string): GroupPlace {
  const at = columns.findIndex(({ name }) => name === by);
  if (at >= 0) return { kind: "column", at };
  if (groupedBy !== undefined && (by === groupedBy || by === "group")) return { kind: "group" };
  const known = [...(groupedBy === undefined ? [] : [groupedBy]), ...columns.map(({ name }) => name)];
  throw new DataError(
    `the data set names no ${by}`,
    known.length > 0
      ? `after \`by\` stands one of ${known.join(", ")}`
      : "leave `by` out, or use an adapter that reads groups",
  );
}

function groupAt({ group, attributes, id }: Item, place: GroupPlace, by: string): string {
  const name = place.kind === "group" ? group : attributes?.[place.at];
  if (name !== undefined && name !== null) return String(name);
  throw new DataError(`the data set names no ${by} for ${id}`, "complete its column, or take the case out");
}

/** The group of a case in a column, or the data set's own. @throws DataError */
export function groupOfCase(item: Item, cases: Named, by: string): string {
  return groupAt(item, placeOfGroup(cases, by), by);
}

/** Sets that grow together: union-find. */
class Joined {
  readonly #parents = new Map<string, string>();

  of(name: string): string {
    let root = name;
    for (let up = this.#parents.get(root); up !== undefined; up = this.#parents.get(root)) root = up;
    return root;
  }

  join(first: string, second: string): void {
    const [a, b] = [this.of(first), this.of(second)];
    if (a !== b) this.#parents.set(b, a);
  }
}

/**
 * In random order, classes interleaved: a unit's place is the middle of its share of its class. Within a class the order
 * goes by a hash of names alone, so another case more or less leaves the others' as it was.
 */
export function stratifiedOrder(units: readonly Unit[], draw: Stream, stratify: "label" | "none"): readonly Unit[] {
  const drawn = [...draw.order(units.map(({ name }) => hashOf(name)))].map((position) => units[position] as Unit);
  if (stratify === "none") return drawn;
  const stratum = stratumOf(units.flatMap(({ items }) => [...items]));
  const strata = grouped(drawn, ({ items }) => mostCommon(items.map(stratum)));
  const places = new Map<Unit, number>();
  for (const members of strata.values()) {
    const whole = members.reduce((sum, { items }) => sum + items.length, 0);
    let before = 0;
    for (const unit of members) {
      places.set(unit, (before + unit.items.length / 2) / whole);
      before += unit.items.length;
    }
  }
  // the sort is stable, so units of one place stay in the order drawn
  return drawn.sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
}

const hashes = new Map<string, ItemHash>();
const HASHES_KEPT = 2_000_000;

/** A study asks for the same names once a share, fold and repeat. */
function hashOf(name: string): ItemHash {
  let hash = hashes.get(name);
  if (hash === undefined) {
    if (hashes.size >= HASHES_KEPT) hashes.clear();
    hash = hashItem(name);
    hashes.set(name, hash);
  }
  return hash;
}

/** A case's class; of several labels, the one that is rarest among these cases. */
export function stratumOf(items: readonly Item[]): (item: Item) => string {
  const counts: number[] = [];
  for (const { label } of items) {
    if (typeof label === "number") continue;
    for (const [i, value] of label.entries()) counts[i] = (counts[i] ?? 0) + (value === 1 ? 1 : 0);
  }
  return ({ label }) => {
    if (typeof label === "number") return String(label);
    let rarest = -1;
    for (const [i, value] of label.entries()) {
      if (value === 1 && (rarest < 0 || (counts[i] ?? 0) < (counts[rarest] ?? 0))) rarest = i;
    }
    return String(rarest);
  };
}

/** Of equally common ones the first by name. */
function mostCommon(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [best] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return best?.[0] ?? "";
}

export function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [item]);
    else members.push(item);
  }
  return groups;
}
