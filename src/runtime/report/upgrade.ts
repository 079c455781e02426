import { isMembers } from "../../catalog/json.js";

/** Reads `report/data.json` of format 1 as format 2 has it: what it does not say stays unsaid. */

type Fields = { readonly [key: string]: unknown };

/** Of any other format, or no report's data at all, unchanged. */
export function upgraded(parsed: unknown): unknown {
  if (!isMembers(parsed) || parsed.format !== 1) return parsed;
  const { cellCount: _, nodeCount: __, ...data } = parsed;
  return {
    ...data,
    format: 2,
    tables: listed(data.tables).map(tableOf),
    manifests: listed(data.manifests).map((manifest) => ({ ...manifest, sources: [], tensors: [] })),
    datasets: [],
    weights: [],
    probeWarnings: [],
  };
}

/** A table had one number a cell, and knew which way is better only where it was to tell the best. */
function tableOf({ cell, cellLabel, metric, estimator, best, ...table }: Fields): Fields {
  const { per, direction } = isMembers(best) ? best : { per: undefined, direction: "none" };
  return {
    ...table,
    cells: [{ label: cellLabel, quantity: cell, metric, estimator, direction }],
    ...(per === undefined ? {} : { best: { per } }),
  };
}

function listed(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isMembers) : [];
}
