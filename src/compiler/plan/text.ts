/** The short plan: what changed first and why, what runs, what sharing saves, what it will cost. The unchanged is counted. */

import { type PlanJsonSummary, type PlanReport, summarize } from "./json.js";
import { remembered } from "./memo.js";
import type { NodeKey, OpName, PlanNode, Reason } from "./types.js";

export interface PlanText {
  /** What changed since the last run, a group a change. */
  readonly changes: readonly string[];
  readonly operations: readonly string[];
  readonly summary: readonly string[];
}

export function planText(report: PlanReport): string {
  const { changes, operations, summary } = describePlan(report);
  return [...changes, ...(changes.length > 0 ? [""] : []), ...operations, "", ...summary, ""].join("\n");
}

const MOST_CHANGES = 20;

export function describePlan(report: PlanReport): PlanText {
  const summary = summarize(report);
  return { changes: changesOf(report), operations: operationsOf(report), summary: summaryOf(report, summary) };
}

/** Nodes that run again for one reason: those it is in, and what comes after them. */
interface Change {
  readonly why: string;
  readonly own: PlanNode[];
  readonly downstream: Map<OpName, number>;
}

function changesOf({ plan, diff }: PlanReport): readonly string[] {
  const nodes = new Map(plan.nodes.map((node) => [node.key, node]));
  const changes = new Map<string, Change>();
  for (const node of diff.missing) {
    const root = rootOf(node, diff.status, nodes);
    if (!root) continue;
    const why = `${root.node.location.path}${reasonText(root.reason)}`;
    const change = remembered(changes, why, () => ({ why, own: [], downstream: new Map() }));
    if (root.node === node) change.own.push(node);
    else change.downstream.set(node.op, (change.downstream.get(node.op) ?? 0) + 1);
  }
  const lines = [...changes.values()].map(changeText);
  const hidden = lines.length - MOST_CHANGES;
  return hidden > 0 ? [...lines.slice(0, MOST_CHANGES), `  and ${hidden} more changes (--format json has all)`] : lines;
}

/** Where an invalidated node's change began. */
function rootOf(
  node: PlanNode,
  status: PlanReport["diff"]["status"],
  nodes: ReadonlyMap<NodeKey, PlanNode>,
): { readonly node: PlanNode; readonly reason: Reason } | undefined {
  const own = status.get(node.key);
  if (own?.status !== "invalidated") return undefined;
  if (own.reason.kind !== "upstream") return { node, reason: own.reason };
  const cause = nodes.get(own.reason.node);
  const causes = cause && status.get(cause.key);
  return cause && causes && "reason" in causes ? { node: cause, reason: causes.reason } : { node, reason: own.reason };
}

function changeText({ why, own, downstream }: Change): string {
  const [first] = own;
  const more = own.length > 1 ? ` and ${own.length - 1} more like it` : "";
  const after = [...downstream].map(([op, count]) => `${count} ${op}`).join(", ");
  return [
    `~ ${why}`,
    ...(first ? [`    ${first.label}${more}`] : []),
    ...(after === "" ? [] : [`    and after ${own.length === 1 ? "it" : "them"}: ${after}`]),
  ].join("\n");
}

/** Why, in words, to follow the path of the file it is in. */
function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case "new":
      return ": not computed before";
    case "parameter":
      return `${reason.line === undefined ? "" : `:${reason.line}`}  ${reason.path}: ${reason.before} → ${reason.after}`;
    case "data":
      return `: the files of ${reason.dataset} are others than before`;
    case "version":
      return `: ${reason.op} computes other numbers since version ${reason.after} (was ${reason.before})`;
    case "engine":
      return `: another engine: ${reason.before} → ${reason.after}`;
    case "upstream":
      return `: what it is computed from has changed (${reason.node.slice(0, 12)})`;
    default:
      return reason satisfies never;
  }
}

function operationsOf({ plan, diff }: PlanReport): readonly string[] {
  const runs = new Set(diff.missing.map(({ key }) => key));
  const rows = new Map<OpName, { runs: number; cached: number; seconds: number; unknown: boolean }>();
  for (const { op, key, estimate, provisional } of plan.nodes) {
    const row = rows.get(op) ?? { runs: 0, cached: 0, seconds: 0, unknown: false };
    if (runs.has(key)) {
      row.runs++;
      row.seconds += estimate.seconds;
      row.unknown ||= provisional;
    }
    if (diff.status.get(key)?.status === "cached") row.cached++;
    rows.set(op, row);
  }
  const table = [["operation", "runs", "cached", "time"]];
  for (const [op, row] of rows) {
    if (row.runs > 0) table.push([op, `${row.runs}`, `${row.cached}`, row.unknown ? "?" : duration(row.seconds)]);
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
  const changed = summary.invalidated > 0 ? ` (${summary.invalidated} changed)` : "";
  const saved = provisional > 0 ? "" : `; saves ${duration(sharedSavings)} of computing`;
  return [
    `${study.name}: ${plural(cells, "cell")}, ${plural(nodes, "node")}: ${runs} to run${changed}, ${cached} cached${rest > 0 ? `, ${rest} not needed` : ""}`,
    `Sharing: ${requested} asked for, ${nodes} distinct${saved}`,
    ...(provisional > 0 ? provisionalText(plan.nodes) : runs > 0 ? [estimateText(estimate)] : []),
  ];
}

function estimateText({ seconds, bytes, memory, basis }: PlanJsonSummary["estimate"]): string {
  return `Estimate: ${duration(seconds)} on one worker, ${size(bytes)} of disk, ${size(memory)} of memory at most (${BASIS[basis]})`;
}

const BASIS = {
  measured: "basis: measured on this machine",
  extrapolated: "basis: extrapolated from other models on this machine",
  default: "basis: rates of one core of an ordinary machine",
} as const;

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
