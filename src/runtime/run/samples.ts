/** `--include-samples`: the cases that were left out, by name. Reports count them; their names may be patients'. */

import type { Plan, PlanNode } from "../../compiler/plan/types.js";
import type { DatasetIndex } from "../data/types.js";
import { SAMPLES_COLUMNS } from "../report/samples.js";
import { type CsvCell, toCsv } from "../results/csv.js";
import type { DiskStore } from "../store/index.js";
import type { Manifest } from "../store/types.js";

/** @returns the CSV's text: a row a case, with its place in the data set's folder and what is wrong */
export async function leftOutCsv(
  plan: Plan,
  manifest: (node: PlanNode) => Manifest | undefined,
  store: Pick<DiskStore, "get">,
): Promise<string> {
  const rows: CsvCell[][] = [];
  for (const node of plan.nodes) {
    const ref = node.op === "dataset.index" ? manifest(node)?.outputs.index : undefined;
    if (ref === undefined) continue;
    // an early index says nothing of problems
    const index: Partial<DatasetIndex> = JSON.parse(new TextDecoder().decode(await store.get(ref)));
    for (const { id, path, kind, reason } of index.problems ?? []) {
      if (id !== undefined) rows.push([node.resource?.name ?? "", id, path, kind, reason]);
    }
  }
  return toCsv([...SAMPLES_COLUMNS], rows);
}
