/** The short plan: what changed first and why, what runs, what sharing saves, what it will cost. The unchanged is counted. */

import { type PlanJsonSummary, type PlanReport, summarize } from "./json.js";
import type { NodeKey, OpName, PlanNode, Reason } from "./types.js";

export interface PlanText {
  /** Changed and new, a line a group, with up to `most` groups. */
  readonly changes: readonly string[];
  readonly operations: readonly string[];
  readonly summary: readonly string[];
}

export function planText(report: PlanReport): string {
  const { changes, operations, summary } = describePlan(report);
  return [...changes, ...(changes.length > 0 ? [""] : []), ...operations, "", ...summary, ""].join("\n");
}

const MOST_GROUPS = 20;

export function describePlan(report: PlanReport): PlanText {
  const summary = summarize(report);
  return { changes: changesOf(report), operations: operationsOf(report), summary: summaryOf(report, summary) };
}

interface ChangeGroup {
  readonly sign: "~" | "+";
  readonly op: OpName;
  readonly why: string;
  readonly first: PlanNode;
  count: number;
}

function changesOf({ plan, diff }: PlanReport): readonly string[] {
  const nodes = new Map(plan.nodes.map((node) => [node.key, node]));
  const groups = new Map<string, ChangeGroup>();
  for (const node of diff.missing) {
    const status = diff.status.get(node.key);
    if (status?.status !== "invalidated") continue;
    const why = reasonText(status.reason, nodes, diff.status);
    const id = `${node.op} ${why}`;
    const group = groups.get(id);
    if (group) group.count++;
    else groups.set(id, { sign: "~", op: node.op, why, first: node, count: 1 });
  }
  const lines = [...groups.values()].map(({ sign, first, why, count }) => {
    const others = count > 1 ? ` and ${count - 1} more like it` : "";
    return `${sign} ${first.label}${others}\n    ${why}`;
  });
  const hidden = lines.length - MOST_GROUPS;
  return hidden > 0 ? [...lines.slice(0, MOST_GROUPS), `  and ${hidden} more groups (--format json has all)`] : lines;
}

type Statuses = PlanReport["diff"]["status"];

/** Why, in words; an upstream reason says what changed upstream. */
export function reasonText(reason: Reason, nodes: ReadonlyMap<NodeKey, PlanNode>, status: Statuses): string {
  switch (reason.kind) {
    case "new":
      return "not computed before";
    case "parameter":
      return `${reason.path}: ${reason.before} → ${reason.after}${reason.line === undefined ? "" : ` (line ${reason.line})`}`;
    case "data":
      return `the files of ${reason.dataset} are others than before`;
    case "version":
      return `${reason.op} computes other numbers since version ${reason.after} (was ${reason.before})`;
    case "engine":
      return `another engine: ${reason.before} → ${reason.after}`;
    case "upstream": {
      const cause = nodes.get(reason.node);
      const causeStatus = status.get(reason.node);
      const why = causeStatus && "reason" in causeStatus ? reasonText(causeStatus.reason, nodes, new Map()) : "changed";
      const at = cause ? `${cause.location.path} ` : "";
      return `because of ${cause?.label ?? reason.node.slice(0, 12)}: ${at}${why}`;
    }
    default:
      return reason satisfies never;
  }
}

function operationsOf({ plan, diff }: PlanReport): readonly string[] {
  const runs = new Set(diff.missing.map(({ key }) => key));
  const rows = new Map<OpName, { runs: number; cached: number; seconds: number }>();
  for (const { op, key, estimate } of plan.nodes) {
    const row = rows.get(op) ?? { runs: 0, cached: 0, seconds: 0 };
    if (runs.has(key)) {
      row.runs++;
      row.seconds += estimate.seconds;
    }
    if (diff.status.get(key)?.status === "cached") row.cached++;
    rows.set(op, row);
  }
  const table = [["operation", "runs", "cached", "time"]];
  for (const [op, row] of rows) {
    if (row.runs > 0) table.push([op, `${row.runs}`, `${row.cached}`, duration(row.seconds)]);
  }
  return table.length === 1 ? ["Nothing to run: every result is there."] : aligned(table);
}

function aligned(table: readonly (readonly string[])[]): readonly string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}

function summaryOf({ study, plan }: PlanReport, summary: PlanJsonSummary): readonly string[] {
  const { cells, nodes, cached, runs, requested, sharedSavings, estimate, provisional } = summary;
  const rest = nodes - cached - runs;
  return [
    `${study.name}: ${plural(cells, "cell")}, ${plural(nodes, "node")}: ${runs} to run (${summary.invalidated} changed), ${cached} cached${rest > 0 ? `, ${rest} not needed` : ""}`,
    `Sharing: ${requested} asked for, ${nodes} distinct; saves ${duration(sharedSavings)} of computing`,
    ...(runs > 0 ? [estimateText(estimate, provisional > 0)] : []),
    ...(provisional > 0 ? [provisionalText(plan.nodes)] : []),
  ];
}

function estimateText({ seconds, bytes, memory, basis }: PlanJsonSummary["estimate"], provisional: boolean): string {
  const time = provisional ? "time unknown without the data" : `${duration(seconds)} on one worker`;
  return `Estimate: ${time}, ${size(bytes)} of disk, ${size(memory)} of memory at most (${BASIS[basis]})`;
}

const BASIS = {
  measured: "basis: measured on this machine",
  extrapolated: "basis: extrapolated from other models on this machine",
  default: "basis: rates of an ordinary two-core machine",
} as const;

function provisionalText(nodes: readonly PlanNode[]): string {
  const names = new Set<string>();
  for (const node of nodes) {
    if (node.provisional && node.inputs.length === 0 && node.resource) names.add(node.resource.name);
  }
  return `Provisional: sizes of ${[...names].join(", ")} are unknown here (no data, no lock); keys will change when they are known`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
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
