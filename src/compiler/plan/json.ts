/** The plan as a file: docs/ calls it plan.json, `xferc plan --format json` prints it. Written in pieces. */

import type { Json } from "../../catalog/types.js";
import type { CellId, CheckedStudy } from "../study.js";
import type { PlanDiff } from "./diff.js";
import { Lines } from "./lines.js";
import { shownParams } from "./summary.js";
import type { Estimate, NodeKey, NumericSignature, OpName, Plan, PlanNode, Reason, ResultBinding } from "./types.js";

export const PLAN_JSON_VERSION = 1;

export interface PlanJson {
  readonly version: typeof PLAN_JSON_VERSION;
  readonly study: string;
  readonly signature: NumericSignature;
  readonly nodes: readonly PlanJsonNode[];
  readonly cells: readonly PlanJsonCell[];
  readonly summary: PlanJsonSummary;
}

export interface PlanJsonNode {
  readonly key: NodeKey;
  readonly op: OpName;
  readonly version: number;
  readonly label: string;
  /** An init's manifest is given by origin: `{ sha256, groups: [{ origin, tensors }] }`. */
  readonly params: Json;
  readonly inputs: readonly NodeKey[];
  /** What each input is to the node, and which of the other node's outputs it is. */
  readonly roles: readonly { readonly role: string; readonly output: string }[];
  /** Null where the host computes it. */
  readonly signature: NumericSignature | null;
  readonly status: "cached" | "new" | "invalidated";
  readonly reason?: Reason;
  /** Not cached, and needed. */
  readonly runs: boolean;
  readonly provisional: boolean;
  readonly cells: readonly CellId[];
  readonly estimate: Estimate;
  readonly source: { readonly path: string; readonly line: number };
}

export interface PlanJsonCell {
  readonly id: CellId;
  readonly experiment: string;
  readonly point: ResultBinding["point"];
  readonly repeat: number;
  readonly seed: number;
  readonly train: NodeKey | null;
  readonly source: { readonly path: string; readonly line: number };
}

export interface PlanJsonSummary {
  readonly cells: number;
  readonly nodes: number;
  readonly cached: number;
  readonly new: number;
  readonly invalidated: number;
  readonly runs: number;
  readonly provisional: number;
  /** Nodes asked for, one by one, and what computing each only once saves. */
  readonly requested: number;
  readonly sharedSavings: number;
  /** Of what runs. */
  readonly estimate: Estimate;
}

export interface PlanReport {
  readonly study: CheckedStudy;
  readonly plan: Plan;
  readonly diff: PlanDiff;
  readonly signature: NumericSignature;
}

/** The file in pieces of one node or cell each: a large plan is never one string. */
export function* planJson(report: PlanReport): Generator<string> {
  const { study, plan, diff, signature } = report;
  const lines = new Lines(study.files);
  const runs = new Set(diff.missing.map(({ key }) => key));
  yield `{"version":${PLAN_JSON_VERSION},"study":${JSON.stringify(study.name)},"signature":${JSON.stringify(signature)}`;
  yield* list("nodes", plan.nodes, (node) => nodeJson(node, diff, runs, lines));
  yield* list("cells", cellsOf(study), (cell) => cellJson(cell, plan, lines));
  yield `,"summary":${JSON.stringify(summarize(report))}}\n`;
}

function* list<T>(name: string, items: Iterable<T>, json: (item: T) => unknown): Generator<string> {
  yield `,\n"${name}":[`;
  let separator = "\n";
  for (const item of items) {
    yield separator + JSON.stringify(json(item));
    separator = ",\n";
  }
  yield "]";
}

function nodeJson(node: PlanNode, diff: PlanDiff, runs: ReadonlySet<NodeKey>, lines: Lines): PlanJsonNode {
  const status = diff.status.get(node.key) ?? { status: "new", reason: { kind: "new" } };
  return {
    key: node.key,
    op: node.op,
    version: node.version,
    label: node.label,
    params: shownParams(node) as Json,
    inputs: node.inputs.map((input) => input.node),
    roles: node.inputs.map(({ role, output }) => ({ role, output })),
    signature: node.signature,
    ...status,
    runs: runs.has(node.key),
    provisional: node.provisional,
    cells: node.cells,
    estimate: node.estimate,
    source: { path: node.location.path, line: lines.lineOf(node.location) },
  };
}

function* cellsOf(study: CheckedStudy) {
  for (const { cells } of study.experiments) yield* cells;
}

type CheckedCell = CheckedStudy["experiments"][number]["cells"][number];

function cellJson(cell: CheckedCell, plan: Plan, lines: Lines): PlanJsonCell {
  const { id, experiment, repeat, seed, location } = cell;
  return {
    id,
    experiment,
    point: Object.fromEntries(Object.entries(cell.point).map(([axis, { value }]) => [axis, value])),
    repeat,
    seed,
    train: plan.training.get(id) ?? null,
    source: { path: location.path, line: lines.lineOf(location) },
  };
}

export function summarize({ study, plan, diff }: PlanReport): PlanJsonSummary {
  const counts = { cached: 0, new: 0, invalidated: 0 };
  for (const { status } of diff.status.values()) counts[status]++;
  return {
    cells: study.experiments.reduce((sum, { cells }) => sum + cells.length, 0),
    nodes: plan.nodes.length,
    ...counts,
    runs: diff.missing.length,
    provisional: plan.nodes.filter(({ provisional }) => provisional).length,
    requested: plan.sharing.requested,
    sharedSavings: plan.sharing.savedSeconds,
    estimate: totalEstimate(diff.missing),
  };
}

/** Seconds of one worker; memory of the largest node; the least sure basis among nodes that run a model. */
export function totalEstimate(nodes: readonly PlanNode[]): Estimate {
  let [seconds, bytes, memory, flops] = [0, 0, 0, 0];
  const bases = new Set<Estimate["basis"]>();
  for (const { estimate } of nodes) {
    seconds += estimate.seconds;
    bytes += estimate.bytes;
    flops += estimate.flops;
    memory = Math.max(memory, estimate.memory);
    if (estimate.flops > 0) bases.add(estimate.basis);
  }
  const basis = (["default", "extrapolated", "measured"] as const).find((each) => bases.has(each)) ?? "default";
  return { seconds, bytes, memory, flops, basis };
}
