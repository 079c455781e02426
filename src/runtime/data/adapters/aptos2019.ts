/** APTOS 2019: `train.csv` with `id_code,diagnosis`, images in `train_images/`. */

import { isBlank } from "../attributes.js";
import { badRow, Cases, type Row } from "../cases.js";
import { DataFolder } from "../folder.js";
import { columnAt, readCsv } from "../formats/csv.js";
import { decodeFiles } from "../formats/files.js";
import type { DatasetAdapter } from "../types.js";

/** Grades 0 to 4. */
const CLASSES = ["none", "mild", "moderate", "severe", "proliferative"];
const TABLE = "train.csv";
const NO_GRADE = {
  lost: "missing-label",
  reason: "has no diagnosis",
  remedy: "fill it in, or take the row out",
} as const;

export const aptos2019: DatasetAdapter = {
  id: "aptos2019",
  reads: "files",

  async index(source) {
    const folder = new DataFolder(source.root);
    await folder.list("");
    const cases = new Cases();
    await readCsv(source.root, TABLE, (table) => {
      const [id, diagnosis] = [columnAt(table, "id_code"), columnAt(table, "diagnosis")];
      return ({ cells, line, problem }) => {
        const take = (row: Row) => cases.take(TABLE, line, row);
        if (problem !== undefined) return take(badRow(problem));
        const name = cells[id]?.trim() ?? "";
        const grade = cells[diagnosis]?.trim() ?? "";
        if (name === "") return take({ lost: "bad-row", reason: "has no id_code", remedy: "fill it in" });
        const file = `train_images/${name}.png`;
        if (isBlank(grade)) return take({ ...NO_GRADE, id: name, file });
        return take({ id: name, file, split: null, label: CLASSES[Number(grade)] ?? grade, cells: [] });
      };
    });
    const names = await folder.names("");
    if (names.has("test_images")) {
      const reason = "has no labels: its images are no part of the data set";
      cases.note({ kind: "no-row", path: "test_images", reason, remedy: "nothing need be done" });
    }
    return cases.index(source, folder, { classes: CLASSES, channels: 3, attributes: [], strays: "tell" });
  },

  decode: decodeFiles,
};
