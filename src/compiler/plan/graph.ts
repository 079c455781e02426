/** The graph under construction: hash-consing by key, inputs before users, who needs what. */

import type { Location } from "../diagnostics.js";
import type { CellId } from "../study.js";
import { nodeKey } from "./key.js";
import { remembered } from "./memo.js";
import type { Estimate, InputRef, NodeKey, NumericSignature, OpName, OpParams, PlanNode } from "./types.js";
import { OP_VERSIONS } from "./versions.js";

/** A node on its way: the same object however often it is asked for. */
export interface Vertex {
  readonly node: PlanNode;
  readonly inputs: readonly Vertex[];
  /** Of the last cell that asked; 0 while none did. */
  visit: number;
}

/** One output of a vertex. */
export interface Output {
  readonly vertex: Vertex;
  readonly output: string;
  /** References to it by role, of an output that many nodes read: one object each. */
  readonly refs?: Map<string, InputRef>;
}

function refOf({ vertex, output, refs }: Output, role: string): InputRef {
  if (!refs) return { role, node: vertex.node.key, output };
  return remembered(refs, role, () => ({ role, node: vertex.node.key, output }));
}

export interface NodeRequest<K extends OpName> {
  readonly op: K;
  readonly params: OpParams[K];
  readonly inputs: readonly (readonly [role: string, from: Output])[];
  /** Whether the engine's arithmetic is in the numbers. */
  readonly computedBy: "engine" | "host";
  readonly label: string;
  readonly location: Location;
  /** Images a training takes at once, where that is fewer than its batch. */
  readonly microBatch?: number | undefined;
  /** True where facts this node's own parameters hold are not known yet. */
  readonly unknown?: true | undefined;
  readonly estimate: () => Estimate;
  readonly resource?: PlanNode["resource"];
  readonly notes?: readonly string[] | undefined;
  readonly checkpoint?: PlanNode["checkpoint"];
}

export class Graph {
  readonly #byKey = new Map<NodeKey, Vertex>();
  readonly #split = new Map<number, NumericSignature>();
  #visit = 0;

  constructor(
    private readonly signature: NumericSignature,
    private readonly estimates: "made" | "left out" = "made",
  ) {}

  node<K extends OpName>(request: NodeRequest<K>): Vertex {
    const { op, params } = request;
    const version = OP_VERSIONS[op];
    const inputs = request.inputs.map(([role, from]) => refOf(from, role));
    const signature = request.computedBy === "engine" ? this.#signature(request.microBatch) : null;
    const key = nodeKey({ op, version, params, inputs, signature });
    const known = this.#byKey.get(key);
    if (known) return known;
    const vertices = request.inputs.map(([, { vertex }]) => vertex);
    const node = {
      key,
      op,
      version,
      params,
      inputs,
      signature,
      label: request.label,
      cells: NO_CELLS,
      location: request.location,
      provisional: request.unknown === true || vertices.some((vertex) => vertex.node.provisional),
      estimate: this.estimates === "made" ? request.estimate() : NOTHING,
    };
    if (request.resource) Object.assign(node, { resource: request.resource });
    if (request.notes && request.notes.length > 0) Object.assign(node, { notes: request.notes });
    if (request.checkpoint) Object.assign(node, { checkpoint: request.checkpoint });
    // the members above are those of NodeOf<K>; TypeScript cannot see that this makes one member of the union
    const vertex: Vertex = { node: node as unknown as PlanNode, inputs: vertices, visit: 0 };
    this.#byKey.set(key, vertex);
    return vertex;
  }

  /** One object for each, so that it is digested once. */
  #signature(microBatch: number | undefined): NumericSignature {
    if (microBatch === undefined) return this.signature;
    return remembered(this.#split, microBatch, () => ({ ...this.signature, microBatch }));
  }

  /** Marks everything behind these roots as needed by the cell; how many nodes that is. */
  require(roots: readonly Vertex[], cell: CellId): number {
    const visit = ++this.#visit;
    const pending = [...roots];
    let count = 0;
    for (let vertex = pending.pop(); vertex; vertex = pending.pop()) {
      if (vertex.visit === visit) continue;
      addCell(vertex, cell);
      vertex.visit = visit;
      count++;
      for (const input of vertex.inputs) if (input.visit !== visit) pending.push(input);
    }
    return count;
  }

  /** Nodes some cell requires, inputs first: a node is made after its inputs, and what nobody required is dropped. */
  needed(): readonly PlanNode[] {
    const nodes: PlanNode[] = [];
    for (const { node, visit } of this.#byKey.values()) if (visit > 0) nodes.push(node);
    return nodes;
  }
}

const NOTHING: Estimate = { seconds: 0, bytes: 0, memory: 0, deviceMemory: 0, flops: 0, basis: "default" };
const NO_CELLS: readonly CellId[] = [];

/** Most nodes are of one cell: an array of exactly one, which grows only when another asks. */
function addCell({ node, visit }: Vertex, cell: CellId): void {
  const open: { cells: readonly CellId[] } = node;
  if (visit === 0) open.cells = [cell];
  else if (open.cells.at(-1) !== cell) (open.cells as CellId[]).push(cell);
}
