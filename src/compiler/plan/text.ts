/** The short plan: why nodes run, which, what cache and sharing save, what it will cost. The unchanged is counted. */

import { counted } from "../counted.js";
import { type PlanJsonSummary, type PlanReport, summarize } from "./json.js";
import type { Estimate, OpName, PlanNode } from "./types.js";
import { nodeLines, whyLines } from "./why-text.js";

export interface PlanText {
  /** Why nodes run, a few lines a cause. */
  readonly why: readonly string[];
  /** Every node that runs, with its reason; only where asked for. */
  readonly nodes: readonly string[];
  readonly operations: readonly string[];
  readonly summary: readonly string[];
}

export type PlanDetail = "short" | "why";

export function planText(report: PlanReport, detail: PlanDetail = "short"): string {
  const { why, nodes, operations, summary } = describePlan(report, detail);
  const sections = [why, nodes, operations, summary].filter((lines) => lines.length > 0);
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

export function describePlan(report: PlanReport, detail: PlanDetail = "short"): PlanText {
  const summary = summarize(report);
  return {
    why: whyLines(report),
    nodes: detail === "why" ? nodeLines(report) : [],
    operations: operationsOf(report),
    summary: summaryOf(report, summary),
  };
}

interface OperationRow {
  runs: number;
  cached: number;
  seconds: number;
  unknown: boolean;
  readonly estimates: Estimate[];
}

function operationsOf({ plan, diff }: PlanReport): readonly string[] {
  const runs = new Set(diff.missing.map(({ key }) => key));
  const rows = new Map<OpName, OperationRow>();
  for (const { op, key, estimate, provisional } of plan.nodes) {
    const row = rows.get(op) ?? { runs: 0, cached: 0, seconds: 0, unknown: false, estimates: [] };
    if (runs.has(key)) {
      row.runs++;
      row.seconds += estimate.seconds;
      row.unknown ||= provisional;
      row.estimates.push(estimate);
    }
    if (diff.status.get(key)?.status === "cached") row.cached++;
    rows.set(op, row);
  }
  const table = [["operation", "runs", "cached", "time", "basis"]];
  for (const [op, row] of rows) {
    if (row.runs === 0) continue;
    const bound = row.estimates.some(({ atMost }) => atMost) ? "≤ " : "";
    const [time, basis] = row.unknown ? ["?", ""] : [`${bound}${duration(row.seconds)}`, basisText(row.estimates)];
    table.push([op, `${row.runs}`, `${row.cached}`, time, basis]);
  }
  return table.length === 1 ? ["Nothing to run: every result is there."] : aligned(table);
}

function aligned(table: readonly (readonly string[])[]): readonly string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const last = widths.length - 1;
  return table.map((row) =>
    row
      .map((text, at) => (at === 0 || at === last ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

function summaryOf({ study, plan }: PlanReport, summary: PlanJsonSummary): readonly string[] {
  const { cells, nodes, cached, runs, requested, sharedSavings, estimate, provisional } = summary;
  const rest = nodes - cached - runs;
  const changed = summary.invalidated > 0 ? ` (${summary.invalidated} changed)` : "";
  const byCache =
    summary.cacheSavings > 0
      ? `Cache: saves ${duration(summary.cacheSavings)} (what its ${counted(cached, "node")} took when computed)`
      : undefined;
  const saved = provisional > 0 ? "" : `; saves about ${duration(sharedSavings)} of computing`;
  return [
    `${study.name}: ${counted(cells, "cell")}, ${counted(nodes, "node")}: ${runs} to run${changed}, ${cached} cached${rest > 0 ? `, ${rest} not needed` : ""}`,
    ...(byCache === undefined ? [] : [byCache]),
    `Sharing: ${requested} asked for, ${nodes} distinct${saved}`,
    ...(provisional > 0 ? provisionalText(plan.nodes) : runs > 0 ? [estimateText(estimate)] : []),
  ];
}

function estimateText(estimate: PlanJsonSummary["estimate"]): string {
  const { seconds, bytes, memory, atMost } = estimate;
  const time = atMost ? `at most ${duration(seconds)}` : duration(seconds);
  const early = atMost ? "; trainings that stop early take less" : "";
  return `Estimate: ${time} on one worker, ${size(bytes)} of disk, ${size(memory)} of memory at most (basis: ${basisText([estimate])})${early}`;
}

/** Of several estimates the least sure. */
export function basisText(estimates: readonly Pick<Estimate, "basis" | "from">[]): string {
  const least = (["default", "extrapolated", "measured"] as const).find((basis) =>
    estimates.some((estimate) => estimate.basis === basis),
  );
  switch (least) {
    case "measured":
      return "measured on this machine";
    case "extrapolated": {
      const from = new Set(
        estimates.flatMap((estimate) => (estimate.basis === "extrapolated" ? (estimate.from ?? []) : [])),
      );
      return `extrapolated from ${from.size === 0 ? "other models" : [...from].sort().join(", ")} on this machine`;
    }
    default:
      return "default rates of an ordinary machine";
  }
}

function provisionalText(nodes: readonly PlanNode[]): readonly string[] {
  const names = new Set<string>();
  for (const node of nodes) {
    if (node.provisional && node.inputs.length === 0 && node.resource) names.add(node.resource.name);
  }
  return [
    "Estimate: unknown; time, disk and memory follow from the sizes of the data",
    `Provisional: neither data nor lock of ${[...names].join(", ")} is here, so sizes are unknown; keys will change, and some counts, once they are known`,
    "  say where the files lie (`--data NAME=DIR`, XFERC_DATA, xfer.config.json), or put the run's study.lock.json beside the study",
  ];
}

export function duration(seconds: number): string {
  if (seconds < 1) return seconds < 0.05 ? "0 s" : `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}

export function size(bytes: number): string {
  const steps = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let step = 0;
  while (value >= 1000 && step < steps.length - 1) {
    value /= 1000;
    step++;
  }
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toPrecision(2)} ${steps[step] ?? "B"}`;
}
