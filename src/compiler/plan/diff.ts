/** What a plan would run, and why: against the store, and against the plan of the run before. */

import type { Json } from "../../catalog/types.js";
import { canonicalJson } from "./canonical.js";
import type { PlanJson, PlanJsonNode } from "./json.js";
import { Lines, type SourceFiles } from "./lines.js";
import { remembered } from "./memo.js";
import { shownParams } from "./summary.js";
import type { NodeKey, NodeStatus, Plan, PlanNode, Reason } from "./types.js";
import { isDuration, settingOf, shownValue, signatureWords, studyWords } from "./words.js";

export interface DiffInput {
  readonly isCached: (key: NodeKey) => boolean;
  /** `plan.json` of the last run of this study. */
  readonly previous?: PlanJson | undefined;
  /** The study's files, for the lines of reasons. */
  readonly files: SourceFiles;
}

export interface PlanDiff {
  readonly status: ReadonlyMap<NodeKey, NodeStatus>;
  /** What is not in the store and needed for a result; a cached node needs none of its inputs. In the plan's order. */
  readonly missing: readonly PlanNode[];
}

const CACHED: NodeStatus = { status: "cached" };
const NEW: NodeStatus = { status: "new", reason: { kind: "new" } };

export function diffPlan(plan: Plan, { isCached, previous, files }: DiffInput): PlanDiff {
  const cached = new Set<NodeKey>();
  for (const { key } of plan.nodes) if (isCached(key)) cached.add(key);
  const reasons = previous && new Reasons(plan, new History(previous), new Lines(files));
  const status = new Map<NodeKey, NodeStatus>();
  for (const node of plan.nodes) {
    if (cached.has(node.key)) status.set(node.key, CACHED);
    else if (!reasons) status.set(node.key, NEW);
    else {
      const reason = reasons.of(node);
      status.set(node.key, { status: reason.kind === "new" ? "new" : "invalidated", reason });
    }
  }
  return { status, missing: missingNodes(plan, cached) };
}

function missingNodes(plan: Plan, cached: ReadonlySet<NodeKey>): readonly PlanNode[] {
  const needed = new Set<NodeKey>(plan.training.values());
  for (const { node } of plan.results) needed.add(node);
  // inputs come before their users, so one walk from the end meets every user first
  for (let index = plan.nodes.length - 1; index >= 0; index--) {
    const node = plan.nodes[index];
    if (!node || !needed.has(node.key) || cached.has(node.key)) continue;
    for (const input of node.inputs) needed.add(input.node);
  }
  return plan.nodes.filter(({ key }) => needed.has(key) && !cached.has(key));
}

/** Nodes of the run before, by the role they played in the study. */
class History {
  readonly keys = new Set<string>();
  readonly #byLabel = new Map<string, PlanJsonNode>();
  #byCell: Map<string, PlanJsonNode[]> | undefined;

  constructor(private readonly previous: PlanJson | undefined) {
    for (const node of previous?.nodes ?? []) {
      this.keys.add(node.key);
      this.#byLabel.set(`${node.op} ${node.label}`, node);
    }
  }

  /** The same label; or, where labels moved, of the same cell the node with the fewest differences. */
  counterpart(node: PlanNode): PlanJsonNode | undefined {
    const same = this.#byLabel.get(`${node.op} ${node.label}`);
    if (same) return same;
    const cell = node.cells[0];
    const candidates = cell === undefined ? [] : this.#ofCell(`${node.op} ${cell}`);
    let nearest: { readonly node: PlanJsonNode; readonly distance: number } | undefined;
    for (const candidate of candidates) {
      const distance = differences(candidate.params, shownParams(node) as Json).length;
      if (!nearest || distance < nearest.distance) nearest = { node: candidate, distance };
    }
    return nearest?.node;
  }

  /** Made when first asked for: a plan without new labels never needs it. */
  #ofCell(role: string): readonly PlanJsonNode[] {
    if (!this.#byCell) {
      this.#byCell = new Map();
      for (const node of this.previous?.nodes ?? []) {
        for (const cell of node.cells) remembered(this.#byCell, `${node.op} ${cell}`, () => []).push(node);
      }
    }
    return this.#byCell.get(role) ?? [];
  }
}

class Reasons {
  readonly #nodes: ReadonlyMap<NodeKey, PlanNode>;
  readonly #known = new Map<NodeKey, Reason>();

  constructor(
    plan: Plan,
    private readonly history: History,
    private readonly lines: Lines,
  ) {
    this.#nodes = new Map(plan.nodes.map((node) => [node.key, node]));
  }

  of(node: PlanNode): Reason {
    let reason = this.#known.get(node.key);
    if (!reason) {
      reason = this.#find(node);
      this.#known.set(node.key, reason);
    }
    return reason;
  }

  #find(node: PlanNode): Reason {
    const before = this.history.keys.has(node.key) ? undefined : this.history.counterpart(node);
    if (!before) return { kind: "new" };
    return this.#own(node, before) ?? this.#upstream(node, before) ?? { kind: "new" };
  }

  /** A change in the node itself. */
  #own(node: PlanNode, before: PlanJsonNode): Reason | undefined {
    if (before.version !== node.version) {
      return { kind: "version", op: node.op, before: before.version, after: node.version };
    }
    const [change] = differences(before.params, shownParams(node) as Json);
    if (change) {
      if (change.path === "fingerprint" || (node.op === "weights.import" && change.path === "digest")) {
        return { kind: "data", dataset: node.resource?.name ?? node.label };
      }
      const line = this.#line(node, change.path);
      const path = studyWords(change.path, shownParams(node) as Json);
      return { kind: "parameter", path, before: shownValue(change.before), after: shownValue(change.after), line };
    }
    const engine = before.signature;
    if (engine && node.signature && canonicalJson(engine) !== canonicalJson(node.signature)) {
      return { kind: "engine", before: signatureWords(engine), after: signatureWords(node.signature) };
    }
    return undefined;
  }

  /** The first input that is another than before, followed to where the change began. */
  #upstream(node: PlanNode, before: PlanJsonNode): Reason | undefined {
    const known = new Set(before.inputs);
    const changed = node.inputs.find((input) => !known.has(input.node));
    const source = changed && this.#nodes.get(changed.node);
    if (!source) return undefined;
    const cause = this.of(source);
    return { kind: "upstream", node: cause.kind === "upstream" ? cause.node : source.key };
  }

  #line(node: PlanNode, path: string): number {
    const setting = settingOf(path);
    const found = setting === undefined ? undefined : this.lines.lineOfSetting(node.location, setting);
    return found ?? this.lines.lineOf(node.location);
  }
}

export interface Difference {
  /** Dotted: `recipe.optimizer.lr`. */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Leaves that differ, in the order of their names. A duration is a leaf, and so is one choice put in place of another. */
export function differences(before: Json | undefined, after: Json | undefined, path = ""): readonly Difference[] {
  if (before === after) return [];
  const [left, right] = [membersOf(before), membersOf(after)];
  if (!left || !right || left.get("id") !== right.get("id"))
    return canonical(before) === canonical(after) ? [] : [{ path, before, after }];
  return [...new Set([...left.keys(), ...right.keys()])]
    .sort()
    .flatMap((name) => differences(left.get(name), right.get(name), joined(path, name)));
}

function membersOf(value: Json | undefined): ReadonlyMap<string, Json> | undefined {
  if (typeof value !== "object" || value === null || isDuration(value)) return undefined;
  return new Map(Object.entries(value));
}

/** `params` says nothing to a reader: `recipe.optimizer.lr`. */
function joined(path: string, name: string): string {
  if (name === "params") return path;
  return path === "" ? name : `${path}.${name}`;
}

function canonical(value: Json | undefined): string {
  return value === undefined ? "" : canonicalJson(value);
}
