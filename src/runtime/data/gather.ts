/** From the cases an adapter read out of folders and tables to an index: files looked at, contents digested. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { byCodeUnit, codeOf, type DataFolder } from "./folder.js";
import type { AdapterIndex, AttributeColumn, DataSource, Item, Problem } from "./types.js";
import { placeOf } from "./types.js";

/** A case as an adapter read it, and from which table and line. */
export interface Candidate {
  readonly item: Item;
  readonly table?: string;
  readonly line?: number;
}

function whereOf({ table, line }: Candidate): string | undefined {
  return table === undefined ? undefined : `${table}:${line}`;
}

export interface Gathered {
  readonly classes: readonly string[];
  readonly task: AdapterIndex["task"];
  readonly channels: number;
  readonly columns: readonly AttributeColumn[];
  readonly groupedBy?: string;
  readonly candidates: readonly Candidate[];
  readonly problems: readonly Problem[];
}

/** SHA-256 of nothing. */
const EMPTY = createHash("sha256").digest("hex");
/** Characters. */
const HASHED_TOGETHER = 65_536;
/** Files read at once. */
const TOGETHER = 16;

/** Cases whose file is there and can be read, in the order of their ids; the rest become problems. */
export async function gather(source: DataSource, folder: DataFolder, found: Gathered): Promise<AdapterIndex> {
  const { candidates, problems: known, ...rest } = found;
  const problems = [...known];
  const once = unique(candidates, problems);
  const digests = await digestFiles(source, folder, once, problems);
  const kept = once.filter(({ item }) => digests.has(placeOf(item).file));
  const contents = kept.map(({ item }) => digests.get(placeOf(item).file) ?? "");
  const items = withTwins(
    kept.map(({ item }) => item),
    contents,
  );
  return { ...rest, items, problems, fingerprint: fingerprintOf(source, rest, items, contents) };
}

/** One case an id; where two are alike in everything the second is a problem too, since nobody meant it. */
function unique(candidates: readonly Candidate[], problems: Problem[]): readonly Candidate[] {
  const sorted = [...candidates].sort((a, b) => byCodeUnit(a.item.id, b.item.id) || (a.line ?? 0) - (b.line ?? 0));
  return sorted.filter((candidate, i) => {
    const { item } = candidate;
    const first = sorted[i - 1];
    if (first === undefined || first.item.id !== item.id) return true;
    problems.push({
      kind: "duplicate-id",
      path: whereOf(candidate) ?? item.id,
      id: item.id,
      reason: `names ${item.id} a second time`,
      remedy: "keep one row an image",
    });
    return false;
  });
}

type Trouble = Pick<Problem, "kind" | "reason" | "remedy">;

async function digestFiles(
  source: DataSource,
  folder: DataFolder,
  candidates: readonly Candidate[],
  problems: Problem[],
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  const troubles = new Map<string, Trouble>();
  const files = [...new Set(candidates.map(({ item }) => placeOf(item).file))];
  let next = 0;
  const work = async () => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      const digest = await digestOrTrouble(source, folder, file);
      if (typeof digest === "string") digests.set(file, digest);
      else troubles.set(file, digest);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  for (const candidate of candidates) {
    const { item } = candidate;
    const { file } = placeOf(item);
    const trouble = troubles.get(file);
    if (trouble === undefined) continue;
    const where = whereOf(candidate);
    const path = where ?? file;
    const reason = where === undefined ? trouble.reason : `its file ${file} ${trouble.reason}`;
    problems.push({ ...trouble, path, reason, id: item.id });
  }
  return digests;
}

async function digestOrTrouble(source: DataSource, folder: DataFolder, file: string): Promise<string | Trouble> {
  const trouble = await folder.trouble(file);
  if (trouble !== undefined) return trouble;
  try {
    const digest = await source.digests.of(join(folder.root, file));
    return digest === EMPTY ? { kind: "empty", reason: "is empty, 0 bytes", remedy: "fetch it again" } : digest;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return { kind: "missing-file", reason: "is gone", remedy: "fetch it again" };
    return { kind: "unreadable", reason: "cannot be read", remedy: "check its permissions" };
  }
}

/** Marks items whose bytes are those of another. */
function withTwins(items: readonly Item[], contents: readonly string[]): readonly Item[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  items.forEach((item, i) => {
    const content = contentAt(item, contents[i] ?? "");
    if (seen.has(content)) twice.add(content);
    seen.add(content);
  });
  if (twice.size === 0) return items;
  const names = new Map<string, string>();
  const shortened = (content: string) => {
    const known = names.get(content) ?? content.slice(0, 16);
    names.set(content, known);
    return known;
  };
  items.forEach((item, i) => {
    const content = contentAt(item, contents[i] ?? "");
    // they were made by the adapter just now and are no one else's yet
    if (twice.has(content)) (item as { twin?: string }).twin = shortened(content);
  });
  return items;
}

function contentAt({ from }: Item, content: string): string {
  return from?.at === undefined ? content : `${content}:${from.at}`;
}

function fingerprintOf(
  source: DataSource,
  rest: Omit<Gathered, "candidates" | "problems">,
  items: readonly Item[],
  contents: readonly string[],
): string {
  const hash = createHash("sha256").update(source.adapter.id);
  hash.update(JSON.stringify([rest.classes, rest.task, rest.channels, rest.columns, rest.groupedBy ?? null]));
  let lines = "";
  items.forEach(({ id, split, label, group, from, attributes }, i) => {
    const at = from?.at;
    lines += `${JSON.stringify([id, contents[i], at, split, label, group, attributes])}\n`;
    if (lines.length < HASHED_TOGETHER) return;
    hash.update(lines);
    lines = "";
  });
  hash.update(lines);
  return hash.digest("hex");
}
