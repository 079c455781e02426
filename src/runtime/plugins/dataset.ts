/** A plug-in's data set as any other: the plug-in lists cases, everything that touches an image is ours. */

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Cases } from "../data/cases.js";
import { byCodeUnit, DataFolder, normalized } from "../data/folder.js";
import { readCsv } from "../data/formats/csv.js";
import { decodeFiles } from "../data/formats/files.js";
import { DataError, type DatasetAdapter } from "../data/types.js";
import type { DatasetCase, DatasetCases, DatasetSource, PluginDataset, TableRow } from "./api.js";
import { type Hook, hookError } from "./errors.js";

const MAX_TEXT = 64 * 2 ** 20;
const SPLITS = new Set(["train", "val", "test"]);

export function pluginAdapter(dataset: PluginDataset, hook: Hook): DatasetAdapter {
  return {
    id: dataset.id,
    reads: "files",
    async index(source) {
      const folder = new DataFolder(source.root);
      await folder.list("");
      const found = await casesFrom(dataset, sourceIn(folder, source.adapter.params), hook);
      const cases = new Cases();
      const { attributes = [], classes, groupedBy } = found;
      let line = 0;
      try {
        for (const one of found.cases) take(cases, one, attributes, { table: dataset.id, line: ++line });
      } catch (error) {
        throw hookError(hook, error);
      }
      return cases.index(source, folder, {
        ...(classes === undefined ? {} : { classes }),
        channels: source.adapter.params.channels === 1 ? 1 : 3,
        attributes,
        ...(groupedBy === undefined ? {} : { groupedBy }),
        strays: "ignore",
      });
    },
    decode: decodeFiles,
  };
}

async function casesFrom(dataset: PluginDataset, source: DatasetSource, hook: Hook): Promise<DatasetCases> {
  try {
    const found: unknown = await dataset.cases(source);
    if (typeof found === "object" && found !== null && "cases" in found && isIterable(found.cases)) {
      return found as DatasetCases;
    }
  } catch (error) {
    // of the data, not of the plug-in
    if (error instanceof DataError) throw error;
    throw hookError(hook, error);
  }
  throw hookError(hook, "it gave no { cases: […] }");
}

function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

/** What is wrong with a case is the case's problem; what is no case at all is the plug-in's. */
function take(
  cases: Cases,
  one: DatasetCase,
  attributes: readonly string[],
  listed: { table: string; line: number },
): void {
  const { file, id = file, split, label, group, from = listed } = one;
  if (typeof file !== "string" || typeof id !== "string" || id === "")
    throw new TypeError(`case ${listed.line} has no file`);
  const several = Array.isArray(label);
  if (typeof label !== "string" && !(several && label.every((value) => value === 1 || value === 0 || value === -1))) {
    throw new TypeError(`case ${id} has the label ${String(label)}; it is a class's name, or 1, 0 or −1 a class`);
  }
  if (split !== undefined && split !== null && !SPLITS.has(split)) {
    throw new TypeError(`case ${id} is in the split ${String(split)}; there are train, val and test`);
  }
  cases.take(from.table, from.line, {
    id,
    file: normalized(file),
    split: split ?? null,
    label,
    ...(group === undefined ? {} : { group: String(group) }),
    cells: attributes.map((name) => String(one.attributes?.[name] ?? "")),
  });
}

function sourceIn(folder: DataFolder, params: DatasetSource["params"]): DatasetSource {
  const within = async (path: string): Promise<string> => {
    const plain = normalized(path);
    const trouble = await folder.trouble(plain);
    if (trouble === undefined) return plain;
    throw new DataError(`${path} ${trouble.reason}`, trouble.remedy);
  };
  const inside = (place: string): string => {
    const plain = normalized(place);
    if (plain === "" || (!plain.startsWith("/") && !plain.split("/").includes(".."))) return plain;
    throw new DataError(`${place} leads out of the data set's folder`, "name folders relative to it");
  };
  return {
    params,
    folders: async (place = "") => (await folder.folders(inside(place))).toSorted(byCodeUnit),
    files: async (place = "") => (await folder.walk(inside(place))).toSorted(byCodeUnit),
    async text(path) {
      const file = join(folder.root, await within(path));
      if ((await stat(file)).size > MAX_TEXT) throw new DataError(`${path} is larger than 64 MB`, "is it a text?");
      return readFile(file, "utf8");
    },
    async table(path) {
      const rows: TableRow[] = [];
      await readCsv(folder.root, await within(path), ({ header }) => ({ cells, line, problem }) => {
        if (problem !== undefined) throw new DataError(`${path}:${line} ${problem}`, "mend the row");
        rows.push({ line, cells: Object.fromEntries(header.map((name, i) => [name, cells[i] ?? ""])) });
      });
      return rows;
    },
  };
}
