/** The plan as a file: docs/ calls it plan.json, `xferc plan --format json` prints it. Written in pieces. */

import type { Json } from "../../catalog/types.js";
import type { CellId, CheckedStudy } from "../study.js";
import { causesOf } from "./causes.js";
import type { PlanDiff } from "./diff.js";
import { Lines } from "./lines.js";
import { remembered } from "./memo.js";
import type { NodeStatus, ParameterChange, Reason } from "./reason.js";
import { shownParams } from "./summary.js";
import type { Estimate, NodeKey, NumericSignature, OpName, Plan, PlanNode, ResultBinding } from "./types.js";

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
  /** What the nodes in the cache took when they were computed, in seconds. */
  readonly cacheSavings: number;
  /** Of what runs. */
  readonly estimate: Estimate;
  /** Why nodes run, a group a cause; `first` is one that is another itself. */
  readonly causes: readonly { readonly reason: Reason; readonly nodes: number; readonly first: NodeKey | null }[];
}

export interface PlanReport {
  readonly study: CheckedStudy;
  readonly plan: Plan;
  readonly diff: PlanDiff;
  readonly signature: NumericSignature;
  /** What the nodes in the cache took when they were computed. */
  readonly cacheSeconds?: number;
  /** How a plan that leaves this machine says paths and prose; as they are, where absent. */
  readonly shown?: Shown;
}
export interface Shown {
  readonly path: (path: string) => string;
  readonly text: (text: string) => string;
}
const AS_IT_IS: Shown = { path: (path) => path, text: (text) => text };

/** The file in pieces of one node or cell each: a large plan is never one string. */
export function* planJson(report: PlanReport): Generator<string> {
  const { study, plan, diff, signature, shown = AS_IT_IS } = report;
  const lines = new Lines(study.files);
  const runs = new Set(diff.missing.map(({ key }) => key));
  yield `{"version":${PLAN_JSON_VERSION},"study":${JSON.stringify(study.name)},"signature":${JSON.stringify(signature)}`;
  const texts = new Texts();
  const writer: Writer = { status: (key) => diff.status.get(key) ?? NEW, runs, lines, texts, shown };
  yield* list("nodes", plan.nodes, (node) => nodeText(node, writer));
  yield* list("cells", cellsOf(study), (cell) => JSON.stringify(cellJson(cell, plan, writer)));
  yield `,"summary":${JSON.stringify(shownSummary(summarize(report), shown))}}\n`;
}

function* list<T>(name: string, items: Iterable<T>, text: (item: T) => string): Generator<string> {
  yield `,\n"${name}":[`;
  let separator = "\n";
  for (const item of items) {
    yield separator + text(item);
    separator = ",\n";
  }
  yield "]";
}

/** JSON of what many nodes share (parameters, estimates, places), written once an object. */
class Texts {
  readonly #known = new WeakMap<object, string>();

  of(value: object | null, json: () => unknown = () => value): string {
    return value === null ? "null" : remembered(this.#known, value, () => JSON.stringify(json()));
  }
}

const NEW: NodeStatus = { status: "new", reason: { kind: "new" } };

interface Writer {
  readonly status: (key: NodeKey) => NodeStatus;
  readonly runs: ReadonlySet<NodeKey>;
  readonly lines: Lines;
  readonly texts: Texts;
  readonly shown: Shown;
}

/** A `PlanJsonNode`, put together from texts. */
function nodeText(node: PlanNode, { status: statusOf, runs, lines, texts, shown }: Writer): string {
  const { key, op, version, inputs, provisional, location } = node;
  const found = statusOf(key);
  const status = texts.of(found, () => shownStatus(found, shown)).slice(1, -1);
  const label = shown.text(node.label);
  const params = op === "init" ? JSON.stringify(shownParams(node)) : texts.of(node.params);
  const source = texts.of(location, () => ({ path: shown.path(location.path), line: lines.lineOf(location) }));
  const roles = inputs.map(({ role, output }) => `{"role":"${role}","output":"${output}"}`).join();
  const keys = inputs.map((input) => `"${input.node}"`).join();
  return `{"key":"${key}","op":"${op}","version":${version},"label":${JSON.stringify(label)},"params":${params},"inputs":[${keys}],"roles":[${roles}],"signature":${texts.of(node.signature)},${status},"runs":${runs.has(key)},"provisional":${provisional},"cells":${JSON.stringify(node.cells)},"estimate":${texts.of(node.estimate)},"source":${source}}`;
}

function* cellsOf(study: CheckedStudy) {
  for (const { cells } of study.experiments) yield* cells;
}

type CheckedCell = CheckedStudy["experiments"][number]["cells"][number];

function cellJson(cell: CheckedCell, plan: Plan, { lines, shown }: Writer): PlanJsonCell {
  const { id, experiment, repeat, seed, location } = cell;
  return {
    id,
    experiment,
    point: Object.fromEntries(Object.entries(cell.point).map(([axis, { value }]) => [axis, value])),
    repeat,
    seed,
    train: plan.training.get(id) ?? null,
    source: { path: shown.path(location.path), line: lines.lineOf(location) },
  };
}

function shownStatus(status: NodeStatus, shown: Shown): NodeStatus {
  return status.status === "cached" ? status : { ...status, reason: shownReason(status.reason, shown) };
}

function shownSummary(summary: PlanJsonSummary, shown: Shown): PlanJsonSummary {
  const causes = summary.causes.map((cause) => ({ ...cause, reason: shownReason(cause.reason, shown) }));
  return { ...summary, causes };
}

function shownReason(reason: Reason, shown: Shown): Reason {
  switch (reason.kind) {
    case "failed":
      return { ...reason, message: shown.text(reason.message) };
    case "parameter": {
      const also = reason.also?.map((change) => shownChange(change, shown));
      return { ...reason, ...shownChange(reason, shown), ...(also ? { also } : {}) };
    }
    case "new":
    case "data":
    case "version":
    case "code":
    case "plugin":
    case "engine":
    case "upstream":
    case "lost":
      return reason;
    default:
      return reason satisfies never;
  }
}

function shownChange(change: ParameterChange, { path, text }: Shown): ParameterChange {
  const { before, after, file } = change;
  return { ...change, before: text(before), after: text(after), ...(file === undefined ? {} : { file: path(file) }) };
}

export function summarize({ study, plan, diff, cacheSeconds = 0 }: PlanReport): PlanJsonSummary {
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
    cacheSavings: cacheSeconds,
    estimate: totalEstimate(diff.missing),
    causes: causesOf(diff).map(({ reason, nodes, own }) => ({ reason, nodes, first: own[0]?.key ?? null })),
  };
}

/** Seconds of one worker; memory of the largest node; the least sure basis among nodes that run a model. */
export function totalEstimate(nodes: readonly PlanNode[]): Estimate {
  let [seconds, bytes, memory, deviceMemory, flops] = [0, 0, 0, 0, 0];
  const bases = new Set<Estimate["basis"]>();
  const from = new Set<string>();
  for (const { estimate } of nodes) {
    seconds += estimate.seconds;
    bytes += estimate.bytes;
    flops += estimate.flops;
    memory = Math.max(memory, estimate.memory);
    deviceMemory = Math.max(deviceMemory, estimate.deviceMemory);
    if (estimate.flops > 0) bases.add(estimate.basis);
    for (const name of estimate.from ?? []) from.add(name);
  }
  const basis = (["default", "extrapolated", "measured"] as const).find((each) => bases.has(each)) ?? "default";
  const names = basis === "extrapolated" && from.size > 0 ? { from: [...from].sort() } : {};
  const bound = nodes.some(({ estimate }) => estimate.atMost) ? { atMost: true as const } : {};
  return { seconds, bytes, memory, deviceMemory, flops, basis, ...names, ...bound };
}
