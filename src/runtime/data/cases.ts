/** Cases as the rows of tables give them, on their way to an index. */

import { withAttributes } from "./attributes.js";
import { byCodeUnit, type DataFolder, extensionOf } from "./folder.js";
import { IMAGE_EXTENSIONS } from "./formats/sniff.js";
import { gather } from "./gather.js";
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
  /** `train.csv:17`. */
  readonly where: string;
}

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

export class Cases {
  readonly #drafts: Draft[] = [];
  readonly #problems: Problem[] = [];
  /** Files that some row names, be it a good one or not. */
  readonly #named = new Set<string>();

  /** What a row gave. */
  take(where: string, read: Omit<Draft, "where"> | Loss): void {
    if (read.file !== undefined) this.#named.add(read.file);
    if (!("lost" in read)) {
      this.#drafts.push({ ...read, where });
      return;
    }
    const { lost: kind, reason, remedy, id = where } = read;
    this.#problems.push({ kind, path: where, reason, remedy, id });
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
    const items = kept.map(({ id, file, split, label, group }): Item => {
      const from = file === id ? {} : { from: { file } };
      const own = group === undefined ? {} : { group };
      return { id, split, label: typeof label === "string" ? (order.get(label) ?? 0) : label, ...own, ...from };
    });
    const cells = kept.map((draft) => draft.cells);
    const { columns, items: full } = withAttributes(items, shape.attributes, cells);
    const strays = shape.strays === "tell" ? await strayFiles(folder, this.#named) : [];
    return gather(source, folder, {
      classes,
      task: several ? "multilabel" : classes.length === 2 ? "binary" : "multiclass",
      channels: shape.channels,
      columns,
      ...(shape.groupedBy === undefined ? {} : { groupedBy: shape.groupedBy }),
      candidates: full.map((item, i) => ({ item, where: kept[i]?.where ?? item.id })),
      problems: [...this.#problems, ...strays],
    });
  }

  #isKnown({ label, where, id }: Draft, order: ReadonlyMap<string, number>, classes: readonly string[]): boolean {
    if (typeof label !== "string" || order.has(label)) return true;
    const shown = classes.length > 8 ? `${classes.length} classes` : classes.join(", ");
    const reason = `has the label ${label.slice(0, 80)}, which is no class`;
    this.take(where, { lost: "unknown-label", reason, remedy: `the classes are ${shown}`, id });
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
