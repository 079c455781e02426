/** Rows out of a plan's bindings and the nodes' results. */

import { adjust } from "../../analysis/statistics/adjust.js";
import { isMembers } from "../../catalog/json.js";
import type { AdjustmentName } from "../../catalog/tests/index.js";
import type { Json } from "../../catalog/types.js";
import type { NodeKey, Plan, ResultBinding } from "../../compiler/plan/types.js";
import { type Scalar, TRAINED_NUMBERS } from "../../compiler/study.js";
import { ResultSet } from "./dataset.js";
import type { Outline } from "./outline.js";
import { sortRows } from "./sort.js";
import type { NodeOutcome, ProbeResult, ProbeRow, ResultRow } from "./types.js";

function probeRow(value: unknown): ProbeRow | undefined {
  if (!isMembers(value) || !isMembers(value.inner)) {
    return undefined;
  }
  const inner: Record<string, string | number> = {};
  for (const [axis, point] of Object.entries(value.inner)) {
    if (typeof point !== "string" && typeof point !== "number") {
      return undefined;
    }
    inner[axis] = point;
  }
  // a number that is not finite has no JSON: it comes back as null
  const number = (found: unknown): number => (typeof found === "number" ? found : Number.NaN);
  const around = "low" in value && "high" in value ? { low: number(value.low), high: number(value.high) } : {};
  const why = typeof value.reason === "string" ? { reason: value.reason } : {};
  const bound = typeof value.above === "number" ? { above: value.above } : {};
  return { inner, value: number(value.value), ...why, ...bound, ...around };
}

/** A manifest's value as a probe's result; undefined where it is something else. */
export function readProbeResult(value: Json): ProbeResult | undefined {
  if (!isMembers(value) || !Array.isArray(value.rows)) {
    return undefined;
  }
  const rows = value.rows.map(probeRow);
  const known = rows.flatMap((row) => (row === undefined ? [] : [row]));
  const warnings = Array.isArray(value.warnings) ? value.warnings.filter((each) => typeof each === "string") : [];
  return known.length === rows.length ? { rows: known, warnings } : undefined;
}

/** What a training left as the rows of the measure `trained`; undefined where it is something else. */
export function readTrained(value: Json): ProbeResult | undefined {
  if (!isMembers(value)) return undefined;
  const { steps, selectedStep: selected, budget = steps } = value;
  if (typeof steps !== "number" || typeof selected !== "number" || typeof budget !== "number") return undefined;
  const numbers = { steps, budget, stopped: steps < budget ? 1 : 0, selected };
  return { rows: TRAINED_NUMBERS.map((number) => ({ inner: { number }, value: numbers[number] })), warnings: [] };
}

/** Of any node that a number of the results is read from. */
export function readResult(value: Json): ProbeResult | undefined {
  return readProbeResult(value) ?? readTrained(value);
}

/** Loop axes under the name their role joins by. */
function canonical(
  point: ResultBinding["point"],
  aliases: { readonly [written: string]: string },
): { readonly [axis: string]: Scalar } {
  return Object.fromEntries(Object.entries(point).map(([axis, value]) => [aliases[axis] ?? axis, value]));
}

function rowsOf(
  binding: ResultBinding,
  outcome: NodeOutcome,
  aliases: { readonly [axis: string]: string },
): ResultRow[] {
  const { experiment, repeat, seed, measure, metric, estimator, node } = binding;
  const shared = { experiment, repeat, seed, measure, metric, estimator, node };
  const axes = canonical(binding.point, aliases);
  switch (outcome.status) {
    case "pending":
      return [];
    case "failed":
      return [{ ...shared, axes, value: Number.NaN, status: "failed", reason: outcome.reason }];
    case "ok":
      return outcome.result.rows.map(({ inner, value, reason, above, low, high }) => ({
        ...shared,
        axes: { ...axes, ...canonical(inner, aliases) },
        value,
        ...(low === undefined || high === undefined ? {} : { low, high }),
        ...(Number.isFinite(value) ? { status: "ok" as const } : absent(reason, above)),
      }));
    default:
      return outcome satisfies never;
  }
}

function absent(reason = "the number is not finite", above?: number): Pick<ResultRow, "status" | "reason" | "above"> {
  return above === undefined ? { status: "failed", reason } : { status: "not_reached", reason, above };
}

/** Every measured number of a run, sorted by experiment, axes and repeat. A node that never ran gives no row. */
export function collectRows(
  outline: Outline,
  plan: Plan,
  outcome: (node: NodeKey) => NodeOutcome,
): readonly ResultRow[] {
  const columns = new ResultSet(outline, []);
  const rows = plan.results.flatMap((binding) => {
    const column = columns.column({ table: binding.experiment, column: binding.measure });
    return rowsOf(binding, outcome(binding.node), column?.aliases ?? {});
  });
  adjustRows(plan, rows);
  return sortRows(new ResultSet(outline, rows));
}

/**
 * p values of tests over cases become those adjusted for the tests of their derive that have one; a node is one test at
 * however many points it stands.
 */
function adjustRows(plan: Plan, rows: ResultRow[]): void {
  const adjustments = new Map<string, AdjustmentName>();
  for (const binding of plan.results) {
    if (binding.adjust !== undefined) adjustments.set(binding.experiment, binding.adjust);
  }
  for (const [experiment, adjustment] of adjustments) {
    const family = new Map(rows.flatMap((row) => (row.experiment === experiment ? [[row.node, row.value]] : [])));
    const ps = adjust([...family.values()], adjustment);
    const adjusted = new Map([...family.keys()].map((node, i) => [node, ps[i]]));
    rows.forEach((row, i) => {
      if (row.experiment === experiment) rows[i] = { ...row, value: adjusted.get(row.node) ?? Number.NaN };
    });
  }
}
