/** What becomes of what is wrong with a data set: `reject: error | skip(max: …)`, `leakage: error | allow`. */

import type { Choice, Json } from "../../catalog/types.js";
import type { PartName } from "../../compiler/study.js";
import { prepareAll } from "./decode/pool.js";
import { indexOf } from "./twins.js";
import { type AdapterIndex, DataError, type DataSource, type IndexedItem, type Item, type Problem } from "./types.js";

export type Reject = { readonly kind: "error" } | { readonly kind: "skip"; readonly max: number };

export function rejectOf({ params }: Choice): Reject {
  const { reject } = params;
  if (typeof reject !== "object" || reject === null || !("kind" in reject) || reject.kind !== "skip") {
    return { kind: "error" };
  }
  return { kind: "skip", max: Number(reject.max) };
}

export function allowsLeakage({ params }: Choice): boolean {
  return params.leakage === "allow";
}

/** Cases that are lost to a problem; files that never were cases are none. */
export function losses(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ id }) => id !== undefined);
}

/**
 * What an adapter finds, as a study may use it: under `skip`, every image has been decoded once and those that cannot be
 * are among the problems; under `error` there is no lost case.
 * @throws DataError naming the first cases, where there are more than the policy lets go
 */
export async function usableIndex(source: DataSource): Promise<AdapterIndex> {
  const found = await indexOf(source);
  const reject = rejectOf(source.adapter);
  const index = reject.kind === "skip" ? await withoutUndecodable(source, found) : found;
  const verdict = verdictOn(index, reject);
  if (verdict !== undefined) throw verdict;
  return index;
}

/** Why a data set cannot be used under its policy; `undefined` where it can. */
export function verdictOn({ items, problems }: AdapterIndex, reject: Reject): DataError | undefined {
  const lost = losses(problems);
  const cases = items.length + lost.length;
  if (lost.length === 0 || (reject.kind === "skip" && lost.length <= reject.max * cases)) return undefined;
  const shown = lost.slice(0, SHOWN).map(({ path, reason, remedy }) => `${path} ${reason} (${remedy})`);
  const more = lost.length > SHOWN ? `; and ${lost.length - SHOWN} more` : "";
  const limit = reject.kind === "skip" ? `, more than the ${percent(reject.max)} that \`reject\` lets go` : "";
  return new DataError(
    `${lost.length} of its ${cases} cases cannot be used${limit}: ${shown.join("; ")}${more}`,
    reject.kind === "skip"
      ? "`xferc data STUDY` lists them all; mend them, or let more go"
      : "`xferc data STUDY` lists them all; mend them, or say `reject: skip(max: 1%)` to go on without",
  );
}

const SHOWN = 3;

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))}%`;
}

async function withoutUndecodable(source: DataSource, index: AdapterIndex): Promise<AdapterIndex> {
  const key = `undecodable 1 ${index.fingerprint}`;
  const remembered = await source.digests.remember(key, async () => asJson(await undecodable(source, index.items)));
  const bad = remembered as unknown as readonly Problem[];
  const ids = new Set(bad.map(({ id }) => id));
  if (ids.size === 0) return index;
  return {
    ...index,
    items: index.items.filter(({ id }) => !ids.has(id)),
    problems: [...index.problems, ...bad],
  };
}

function asJson(problems: readonly Problem[]): Json {
  return problems.map((problem) => ({ ...problem }));
}

/** As little as an image can be prepared to. */
const LEAST = { size: 1, channels: 1, transforms: [], digests: false } as const;

/** Decodes every image and keeps none. */
async function undecodable(source: DataSource, items: readonly Item[]): Promise<readonly Problem[]> {
  const bad: Problem[] = [];
  for await (const { problems } of prepareAll({ source, items, preparation: LEAST })) {
    for (const [, problem] of problems) bad.push(problem);
  }
  return bad;
}

export interface Leak {
  /** The same bytes, or the same owner. */
  readonly of: "image" | "group";
  /** Twin or group: for the eyes of who has the data alone. */
  readonly name: string;
  readonly splits: readonly PartName[];
  readonly ids: readonly string[];
}

/** Images of the same bytes, and groups, that are in more than one split. */
function leaksIn(items: readonly IndexedItem[]): readonly Leak[] {
  return [...shared(items, "image", ({ twin }) => twin), ...shared(items, "group", ({ group }) => group)];
}

function shared(
  items: readonly IndexedItem[],
  of: Leak["of"],
  nameOf: (item: IndexedItem) => string | undefined,
): readonly Leak[] {
  const byName = new Map<string, IndexedItem[]>();
  for (const item of items) {
    const name = nameOf(item);
    if (name === undefined) continue;
    const members = byName.get(name);
    if (members === undefined) byName.set(name, [item]);
    else members.push(item);
  }
  return [...byName].flatMap(([name, members]): readonly Leak[] => {
    const splits = [...new Set(members.flatMap(({ split }) => (split === null ? [] : [split])))];
    return splits.length < 2 ? [] : [{ of, name, splits, ids: members.map(({ id }) => id) }];
  });
}

/** @throws DataError where there is a leak and the policy minds; it names no patient. */
export function checkLeaks(items: readonly IndexedItem[], adapter: Choice, groupedBy: string | undefined): void {
  if (allowsLeakage(adapter)) return;
  const leaks = leaksIn(items);
  if (leaks.length === 0) return;
  const images = leaks.filter(({ of }) => of === "image");
  const groups = leaks.length - images.length;
  const what = [
    ...(images.length === 0 ? [] : [`${images.length} image${images.length === 1 ? " is" : "s are"} the same bytes`]),
    ...(groups === 0 ? [] : [`${groups} ${groupedBy ?? "group"}${groups === 1 ? " has" : "s have"} images`]),
  ];
  const remedies = [
    ...(groups > 0 ? [`split \`by ${groupedBy ?? "group"}\``] : []),
    ...(images.length > 0 ? ["take the copies out (`xferc data STUDY` lists them)"] : []),
    "say `leakage: allow`",
  ];
  throw new DataError(
    `${what.join(" and ")} in more than one split`,
    `${remedies.slice(0, -1).join(", ")}, or ${remedies.at(-1)}`,
  );
}
