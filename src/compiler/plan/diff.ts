/** What a plan would run, and why: against the store, and against the plan of the run before. */

import type { Json } from "../../catalog/types.js";
import type { Cell } from "../study.js";
import { matchNodes, type PlacedCell } from "./diff/match.js";
import { type Places, placesIn } from "./diff/places.js";
import { Reasons, type Unfinished } from "./diff/reasons.js";
import type { RecordedNode, RecordedPlan } from "./diff/recorded.js";
import { Lines, type SourceFiles } from "./lines.js";
import type { NodeStatus } from "./reason.js";
import { shownParams } from "./summary.js";
import type { NodeKey, Plan, PlanNode } from "./types.js";

export interface DiffInput {
  readonly isCached: (key: NodeKey) => boolean;
  /** `plan.json` of the last run of this study. */
  readonly previous?: RecordedPlan | undefined;
  /** Nodes that run did not finish. */
  readonly unfinished?: ReadonlyMap<string, Unfinished> | undefined;
  /** Whether the store found a node's result damaged. */
  readonly isDamaged?: ((key: NodeKey) => boolean) | undefined;
  /** The study's files, for the lines of reasons. */
  readonly files: SourceFiles;
  readonly overrides?: readonly string[] | undefined;
  /** The study's, for the lines of models, and to know renamed cells again. */
  readonly cells?: readonly Cell[] | undefined;
}

export interface PlanDiff {
  readonly status: ReadonlyMap<NodeKey, NodeStatus>;
  /** What is not in the store and needed for a result; a cached node needs none of its inputs. In the plan's order. */
  readonly missing: readonly PlanNode[];
  /** Of nodes the run before did not have: the one whose place each takes. */
  readonly counterparts: ReadonlyMap<NodeKey, NodeKey>;
}

const CACHED: NodeStatus = { status: "cached" };
const NEW: NodeStatus = { status: "new", reason: { kind: "new" } };

export function diffPlan(plan: Plan, input: DiffInput): PlanDiff {
  const cached = new Set<NodeKey>();
  for (const { key } of plan.nodes) if (input.isCached(key)) cached.add(key);
  const counterparts = new Map<NodeKey, NodeKey>();
  const reasons = input.previous && reasonsFor(plan, input, cached, input.previous, counterparts);
  const status = new Map<NodeKey, NodeStatus>();
  for (const { key } of plan.nodes) {
    if (cached.has(key)) status.set(key, CACHED);
    else if (!reasons) status.set(key, NEW);
    else {
      const reason = reasons.of(key);
      status.set(key, { status: reason.kind === "new" ? "new" : "invalidated", reason });
    }
  }
  return { status, missing: missingNodes(plan, cached), counterparts };
}

function reasonsFor(
  plan: Plan,
  input: DiffInput,
  cached: ReadonlySet<NodeKey>,
  previous: RecordedPlan,
  counterparts: Map<NodeKey, NodeKey>,
): Reasons {
  const known = new Map<string, RecordedNode>(previous.nodes.map((node) => [node.key, node]));
  const current = new Set(plan.nodes.map(({ key }) => key));
  const recorded = new Recorder(plan, input.files);
  const cells = input.cells ?? [];
  const matched = matchNodes({
    after: plan.nodes.flatMap(({ key }) => (known.has(key) || cached.has(key) ? [] : (recorded.node(key) ?? []))),
    before: previous.nodes.filter(({ key }) => !current.has(key)),
    cells: { after: cells.map(placedCell), before: previous.cells },
  });
  for (const [key, before] of matched) counterparts.set(key, before.key);
  return new Reasons({
    node: (key) => recorded.node(key) ?? known.get(key),
    known,
    matched,
    places: lazyPlaces(input, cells),
    runs: (key) => current.has(key) && !cached.has(key),
    unfinished: input.unfinished ?? new Map(),
    isDamaged: input.isDamaged ?? (() => false),
  });
}

function lazyPlaces({ files, overrides = [] }: DiffInput, cells: readonly Cell[]): Places {
  let places: Places | undefined;
  return {
    of(node, path) {
      places ??= placesIn({ files, overrides, cells: new Map(cells.map((cell) => [cell.id as string, cell])) });
      return places.of(node, path);
    },
  };
}

function placedCell({ id, experiment, point, repeat }: Cell): PlacedCell {
  const values = Object.fromEntries(Object.entries(point).map(([axis, { value }]) => [axis, value]));
  return { id, experiment, point: values, repeat };
}

/** Nodes as a plan file has them, made when asked for: of a plan that is wholly cached none are. */
class Recorder {
  readonly #nodes: ReadonlyMap<NodeKey, PlanNode>;
  readonly #made = new Map<NodeKey, RecordedNode>();
  readonly #lines: Lines;

  constructor(plan: Plan, files: SourceFiles) {
    this.#nodes = new Map(plan.nodes.map((node) => [node.key, node]));
    this.#lines = new Lines(files);
  }

  node(key: NodeKey): RecordedNode | undefined {
    const node = this.#nodes.get(key);
    if (!node) return undefined;
    let made = this.#made.get(key);
    if (!made) {
      made = this.#record(node);
      this.#made.set(key, made);
    }
    return made;
  }

  #record(node: PlanNode): RecordedNode {
    const { key, op, version, label, inputs, signature, cells, location } = node;
    return {
      key,
      op,
      version,
      label,
      ...(node.resource === undefined ? {} : { reads: node.resource.name }),
      params: shownParams(node) as Json,
      inputs: inputs.map((input) => input.node),
      roles: inputs.map(({ role, output }) => ({ role, output })),
      signature,
      cells,
      source: { path: location.path, line: this.#lines.lineOf(location) },
    };
  }
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
