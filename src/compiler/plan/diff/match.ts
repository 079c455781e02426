/**
 * Which node of the run before a node takes the place of. Names are for people and never in keys, so a study may have
 * been renamed, reordered and changed at once: nodes are matched by label, then by the cell they belong to and their
 * operation, then by what they are computed from, each time the one with the fewest differences. Where nothing speaks
 * for a match there is none, and the node is new.
 */

import { remembered } from "../memo.js";
import type { NodeKey } from "../types.js";
import { differences, manifestDistance, member } from "./changes.js";
import type { RecordedCell, RecordedNode } from "./recorded.js";

/** Where a cell stands. */
export type PlacedCell = Omit<RecordedCell, "train">;

export interface MatchInput {
  /** Nodes the run before did not have, in the plan's order: inputs first. */
  readonly after: readonly RecordedNode[];
  /** Nodes of the run before that the plan has no longer. */
  readonly before: readonly RecordedNode[];
  readonly cells: { readonly after: readonly PlacedCell[]; readonly before: readonly PlacedCell[] };
}

export function matchNodes(input: MatchInput): ReadonlyMap<NodeKey, RecordedNode> {
  if (input.after.length === 0 || input.before.length === 0) return new Map();
  return new Matcher(input).run();
}

class Matcher {
  readonly #matched = new Map<NodeKey, RecordedNode>();
  readonly #taken = new Set<RecordedNode>();

  constructor(private readonly input: MatchInput) {}

  run(): ReadonlyMap<NodeKey, RecordedNode> {
    this.#byLabel();
    this.#byCell();
    this.#byInputs();
    this.#byContent();
    return this.#matched;
  }

  #open(): readonly RecordedNode[] {
    return this.input.after.filter(({ key }) => !this.#matched.has(key));
  }

  #match(node: RecordedNode, before: RecordedNode): void {
    this.#matched.set(node.key, before);
    this.#taken.add(before);
  }

  #byLabel(): void {
    const labels = new Map(this.input.before.map((node) => [`${node.op} ${node.label}`, node]));
    for (const node of this.input.after) {
      const before = labels.get(`${node.op} ${node.label}`);
      if (before && !this.#taken.has(before)) this.#match(node, before);
    }
  }

  /** Also one that was matched already: what repeats shared may now be each one's own. */
  #byCell(): void {
    const open = this.#open();
    if (open.length === 0) return;
    const cellOf = matchCells(this.input.cells.after, this.input.cells.before);
    const members = new Map<string, RecordedNode[]>();
    for (const node of this.input.before) {
      for (const cell of node.cells) remembered(members, `${node.op} ${cell}`, () => []).push(node);
    }
    for (const node of open) {
      const cell = node.cells.map((id) => cellOf.get(id)).find((id) => id !== undefined);
      const candidates = cell === undefined ? [] : (members.get(`${node.op} ${cell}`) ?? []);
      const free = candidates.filter((candidate) => !this.#taken.has(candidate));
      const before = this.#nearest(node, free.length > 0 ? free : candidates);
      if (before) this.#match(node, before);
    }
  }

  /** Computed from the same things: a cell of another name. An init is what it is computed from, so it is left out. */
  #byInputs(): void {
    const open = this.#open().filter(({ op, inputs }) => op !== "init" && inputs.length > 0);
    if (open.length === 0) return;
    const users = new Map<string, RecordedNode[]>();
    for (const node of this.input.before)
      remembered(
        users,
        inputsName(node, (key) => key),
        () => [],
      ).push(node);
    for (const node of open) {
      const name = inputsName(node, (key) => this.#matched.get(key)?.key ?? key);
      const free = (users.get(name) ?? []).filter((candidate) => !this.#taken.has(candidate));
      const before = this.#nearest(node, free);
      if (before) this.#match(node, before);
    }
  }

  /** The same files under another name, split or read otherwise. */
  #byContent(): void {
    for (const node of this.#open()) {
      const content = contentOf(node);
      if (content === undefined) continue;
      const before = this.input.before.find(
        (candidate) => candidate.op === node.op && !this.#taken.has(candidate) && contentOf(candidate) === content,
      );
      if (before) this.#match(node, before);
    }
  }

  #nearest(node: RecordedNode, candidates: readonly RecordedNode[]): RecordedNode | undefined {
    let nearest: { readonly node: RecordedNode; readonly distance: number } | undefined;
    for (const candidate of candidates) {
      const distance = this.#distance(node, candidate);
      if (!nearest || distance < nearest.distance) nearest = { node: candidate, distance };
    }
    return nearest?.node;
  }

  #distance(node: RecordedNode, before: RecordedNode): number {
    const known = new Set(before.inputs);
    const others = node.inputs.filter((key) => !known.has(this.#matched.get(key)?.key ?? key)).length;
    if (node.op !== "init") return others + differences(before.params, node.params).length;
    const manifests = [member(before.params, "manifest") ?? null, member(node.params, "manifest") ?? null] as const;
    return others + manifestDistance(...manifests);
  }
}

function inputsName({ op, inputs, roles }: RecordedNode, keyOf: (key: NodeKey) => string): string {
  return `${op} ${inputs.map((key, index) => `${roles[index]?.role}:${roles[index]?.output}:${keyOf(key)}`).join(" ")}`;
}

/** What is told from other files by its digest. */
export const isFile = (op: string): boolean => ["weights.import", "predictions.import", "features.import"].includes(op);

function contentOf({ op, params }: RecordedNode): string | undefined {
  const content = op === "dataset.index" ? member(params, "fingerprint") : isFile(op) && member(params, "digest");
  return typeof content === "string" ? content : undefined;
}

// ── cells ────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Each cell's counterpart: the one of its name; else, where an experiment or its axes were renamed, the one at the same
 * points in the experiment that has most of them.
 */
export function matchCells(after: readonly PlacedCell[], before: readonly PlacedCell[]): ReadonlyMap<string, string> {
  const [names, known] = [new Set(after.map(({ id }) => id)), new Set(before.map(({ id }) => id))];
  const matched = new Map(after.filter(({ id }) => known.has(id)).map(({ id }) => [id, id]));
  const gone = byExperiment(before.filter(({ id }) => !names.has(id)));
  for (const cells of byExperiment(after.filter(({ id }) => !known.has(id))).values()) {
    let most: { readonly experiment: string; readonly pairs: readonly (readonly [string, string])[] } | undefined;
    for (const [experiment, others] of gone) {
      const pairs = sameplaced(cells, others);
      if (pairs.length > (most?.pairs.length ?? 0)) most = { experiment, pairs };
    }
    for (const [id, counterpart] of most?.pairs ?? []) matched.set(id, counterpart);
    if (most) gone.delete(most.experiment);
  }
  return matched;
}

function byExperiment(cells: readonly PlacedCell[]): Map<string, PlacedCell[]> {
  const groups = new Map<string, PlacedCell[]>();
  for (const cell of cells) remembered(groups, cell.experiment, () => []).push(cell);
  return groups;
}

function sameplaced(cells: readonly PlacedCell[], others: readonly PlacedCell[]): [string, string][] {
  const axes = (of: readonly PlacedCell[]) =>
    Object.keys(of[0]?.point ?? {})
      .sort()
      .join();
  // points are held against each other by axis, or, where the axes have other names, whatever their axis is
  const place = axes(cells) === axes(others) ? namedPlace : anyPlace;
  const places = new Map(others.map((cell) => [place(cell), cell.id]));
  return cells.flatMap((cell): [string, string][] => {
    const counterpart = places.get(place(cell));
    return counterpart === undefined ? [] : [[cell.id, counterpart]];
  });
}

function namedPlace({ point, repeat }: PlacedCell): string {
  return JSON.stringify([repeat, ...Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function anyPlace({ point, repeat }: PlacedCell): string {
  return JSON.stringify([repeat, ...Object.values(point).map(String).sort()]);
}
