/** The cases of a data set as a table: what someone else's model is to say something of. */

import Papa from "papaparse";
import type { DatasetSpec } from "../../compiler/study.js";
import { MemoDigests } from "./digests.js";
import { casesOf } from "./facts.js";
import { indexOf } from "./twins.js";
import type { PluginAdapters } from "./types.js";

/**
 * CSV of `id`, `file`, `split`, `label`; several labels of an image are put apart by `;`. In the order of the data set.
 * @throws DataError where there is no such data set
 */
export async function caseList(
  spec: Pick<DatasetSpec, "adapter" | "split" | "views" | "seed">,
  root: string,
  plugins: PluginAdapters,
): Promise<{ readonly text: string; readonly cases: number }> {
  const found = await indexOf({ root, adapter: spec.adapter, digests: new MemoDigests(), plugins });
  const { items, classes } = casesOf(found, spec);
  const nameOf = (label: number | readonly number[]): string =>
    typeof label === "number" ? (classes[label] ?? "") : classes.filter((_, i) => label[i] === 1).join(";");
  const rows = items.map(({ id, from, split, label }) => [id, from?.file ?? id, split ?? "", nameOf(label)]);
  const text = Papa.unparse({ fields: ["id", "file", "split", "label"], data: rows }, { newline: "\n" });
  return { text: `${text}\n`, cases: items.length };
}
