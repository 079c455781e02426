/** Cases as the rows of tables give them, on their way to an index. */

import { attributesOf } from "./attributes.js";
import { byCodeUnit, type DataFolder, extensionOf } from "./folder.js";
import { IMAGE_EXTENSIONS } from "./formats/sniff.js";
import { type Candidate, gather } from "./gather.js";
import { type AdapterIndex, DataError, type DataSource, type Item, type Problem, type ProblemKind } from "./types.js";

export interface Draft {
  readonly id: string;
  /** Relative to the data set's folder. */
  readonly file: string;
  readonly split: Item["split"];
  /** A class's name, or one number a label. */
  readonly label: string | readonly number[];
  readonly group?: string;
  /** Of the attribute columns. */
  readonly cells: readonly string[];
  /** The table and line it is from. */
  readonly table: string;
  readonly line: number;
}

/** What a row gives. */
export type Row = Omit<Draft, "table" | "line"> | Loss;

/** Why a row gives no case; `id` where the row names one. */
export interface Loss {
  readonly lost: ProblemKind;
  /** To be read after the row's place. */
  readonly reason: string;
  readonly remedy: string;
  readonly id?: string;
  /** The image it names, where it names one. */
  readonly file?: string;
}

/** A row that the parser could not make out. */
export function badRow(problem: string): Loss {
  return { lost: "bad-row", reason: problem, remedy: "mend the row" };
}

export interface CasesShape {
  /** In their order; from the labels that occur where they are not given. */
  readonly classes?: readonly string[];
  readonly channels: number;
  readonly attributes: readonly string[];
  readonly groupedBy?: string;
  /** Whether files beside those that rows name are told of. */
  readonly strays: "tell" | "ignore";
}

const STRINGS_KEPT = 100_000;

/** Built a property at a time: copies by spreading take a third more memory, which counts in millions. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class Cases {
  readonly #drafts: Draft[] = [];
  readonly #problems: Problem[] = [];
  readonly #strings = new Map<string, string>();
  /** Files that rows without a case name. */
  readonly #named = new Set<string>();

  /** What a row gave. */
  take(table: string, line: number, read: Row): void {
    if (!("lost" in read)) {
      const { id, file, split, label, group, cells } = read;
      const own = group === undefined ? {} : { group: this.#one(group) };
      const named = typeof label === "string" ? this.#one(label) : label;
      this.#drafts.push({
        id,
        file,
        split,
        label: named,
        ...own,
        cells: cells.map((cell) => this.#one(cell)),
        table,
        line,
      });
      return;
    }
    if (read.file !== undefined) this.#named.add(read.file);
    this.#lose(`${table}:${line}`, read);
  }

  /** Something to say that loses no case. */
  note(problem: Problem): void {
    this.#problems.push(problem);
  }

  /** @throws DataError where there is no case at all */
  async index(source: DataSource, folder: DataFolder, shape: CasesShape): Promise<AdapterIndex> {
    if (this.#drafts.length === 0) {
      const first = this.#problems[0];
      const why = first === undefined ? "" : ` (${first.path} ${first.reason})`;
      throw new DataError(`there is no case in its tables that can be used${why}`, first?.remedy ?? "are they whole?");
    }
    const several = this.#drafts.some(({ label }) => typeof label !== "string");
    const classes = shape.classes ?? classNames(this.#drafts);
    const order = new Map(classes.map((name, i) => [name, i]));
    const kept = this.#drafts.filter((draft) => this.#isKnown(draft, order, classes));
    const strays = shape.strays === "tell" ? await strayFiles(folder, this.#isNamed()) : [];
    const { columns, valuesOf } = attributesOf(shape.attributes, cellsOf(kept));
    // drafts go as items come: a million rows need not be held twice
    this.#drafts.length = 0;
    const candidates: Candidate[] = [];
    for (let draft = kept.pop(); draft !== undefined; draft = kept.pop()) {
      const { id, file, split, label, group, cells, table, line } = draft;
      const item: Writable<Item> = { id, split, label: typeof label === "string" ? (order.get(label) ?? 0) : label };
      if (group !== undefined) item.group = group;
      if (file !== id) item.from = { file };
      if (columns.length > 0) item.attributes = valuesOf(cells);
      candidates.push({ item, table, line });
    }
    return gather(source, folder, {
      classes,
      task: several ? "multilabel" : classes.length === 2 ? "binary" : "multiclass",
      channels: shape.channels,
      columns,
      ...(shape.groupedBy === undefined ? {} : { groupedBy: shape.groupedBy }),
      candidates,
      problems: [...this.#problems, ...strays],
    });
  }

  /** One string a value, where values are few: tables say the same again and again. */
  #one(text: string): string {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    if (this.#strings.size < STRINGS_KEPT) this.#strings.set(text, text);
    return text;
  }

  #lose(where: string, { lost: kind, reason, remedy, id = where }: Loss): void {
    this.#problems.push({ kind, path: where, reason, remedy, id });
  }

  /** Files that some row names, be it a good one or not. */
  #isNamed(): ReadonlySet<string> {
    for (const { file } of this.#drafts) this.#named.add(file);
    return this.#named;
  }

  #isKnown({ label, table, line, id }: Draft, order: ReadonlyMap<string, number>, classes: readonly string[]): boolean {
    if (typeof label !== "string" || order.has(label)) return true;
    const shown = classes.length > 8 ? `${classes.length} classes` : classes.join(", ");
    const reason = `has the label ${label.slice(0, 80)}, which is no class`;
    this.#lose(`${table}:${line}`, { lost: "unknown-label", reason, remedy: `the classes are ${shown}`, id });
    return false;
  }
}

/** Numbers in their order, other names in that of the alphabet. */
function classNames(drafts: readonly Draft[]): readonly string[] {
  const names = new Set<string>();
  for (const { label } of drafts) if (typeof label === "string") names.add(label);
  const sorted = [...names].sort(byCodeUnit);
  const numbers = sorted.map(Number);
  return numbers.some(Number.isNaN) ? sorted : sorted.sort((a, b) => Number(a) - Number(b));
}

/** Images in the folders of the rows' images that no row names. */
async function strayFiles(folder: DataFolder, named: ReadonlySet<string>): Promise<readonly Problem[]> {
  const folders = new Set([...named].map((file) => file.slice(0, Math.max(0, file.lastIndexOf("/")))));
  const strays: Problem[] = [];
  for (const place of folders) {
    for (const name of await folder.names(place)) {
      const path = place === "" ? name : `${place}/${name}`;
      if (name.startsWith(".") || named.has(path) || !IMAGE_EXTENSIONS.has(extensionOf(name))) continue;
      strays.push({ kind: "no-row", path, reason: "is in no row of the table", remedy: "nothing need be done" });
    }
  }
  return strays.sort((a, b) => byCodeUnit(a.path, b.path));
}

function* cellsOf(drafts: readonly Draft[]): Generator<readonly string[]> {
  for (const { cells } of drafts) yield cells;
}
