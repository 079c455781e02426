/** What of a plan is done, given up and still open, as those who follow a run know it. Pure. */

import type { NodeKey, Plan, PlanNode } from "../../../compiler/plan/types.js";
import { stillToDo } from "../../coordinator/carried.js";
import { dataFirst } from "../../coordinator/data-first.js";
import type { Demand } from "../../coordinator/demand.js";
import type { Manifest } from "../../store/types.js";

interface Entry {
  readonly node: PlanNode;
  /** How many nodes that have to be done before are not. */
  waits: number;
  readonly users: NodeKey[];
  /** Those that wait for its end, whatever it is. */
  readonly watchers: NodeKey[];
}

export class Ledger {
  readonly manifests: Map<NodeKey, Manifest>;
  readonly failures: Map<NodeKey, string>;
  private readonly open = new Map<NodeKey, Entry>();
  private readonly able = new Set<NodeKey>();

  constructor(plan: Plan, { missing, found }: Demand, failed: ReadonlyMap<NodeKey, string>) {
    this.manifests = new Map(found);
    this.failures = new Map(failed);
    const nodes = new Map(plan.nodes.map((node) => [node.key, node]));
    const waits = dataFirst(plan.nodes);
    const labelOf = (key: NodeKey) => nodes.get(key)?.label ?? "an input";
    const due = stillToDo(missing, this.failures, { waits, labelOf });
    for (const node of due) this.open.set(node.key, { node, waits: 0, users: [], watchers: [] });
    for (const [key, entry] of this.open) {
      for (const other of new Set(waits.needs(entry.node))) {
        const before = this.open.get(other);
        if (before === undefined) continue;
        before.users.push(key);
        entry.waits += 1;
      }
      for (const other of waits.behind(entry.node)) {
        const before = this.open.get(other);
        if (before === undefined) continue;
        before.watchers.push(key);
        entry.waits += 1;
      }
      if (entry.waits === 0) this.able.add(key);
    }
  }

  /** Nodes that are neither done nor given up. */
  get left(): number {
    return this.open.size;
  }

  openNodes(): readonly PlanNode[] {
    return [...this.open.values()].map(({ node }) => node);
  }

  /** Open nodes that wait for nothing; someone may be at them. */
  ready(): readonly PlanNode[] {
    return [...this.able].flatMap((key) => this.open.get(key)?.node ?? []);
  }

  node(key: NodeKey): PlanNode | undefined {
    return this.open.get(key)?.node;
  }

  /** False where it was done or given up before. */
  finish(key: NodeKey, manifest: Manifest): boolean {
    const entry = this.open.get(key);
    if (entry === undefined) return false;
    this.remove(key);
    this.manifests.set(key, manifest);
    this.letOn(entry.users);
    this.letOn(entry.watchers);
    return true;
  }

  /** @returns the nodes that cannot be computed without it */
  giveUp(key: NodeKey, message: string): readonly PlanNode[] {
    const [first, ...skipped] = this.setAside(key);
    if (first === undefined) return [];
    this.failures.set(key, message);
    for (const { key: user } of skipped) this.failures.set(user, `needs ${first.label}, which failed: ${message}`);
    return skipped;
  }

  /** Neither done nor failed: it will be part of another plan. @returns it and all that needs it */
  setAside(key: NodeKey): readonly PlanNode[] {
    const removed: PlanNode[] = [];
    const watchers: NodeKey[] = [];
    const next = [key];
    for (let one = next.pop(); one !== undefined; one = next.pop()) {
      const entry = this.open.get(one);
      if (entry === undefined) continue;
      this.remove(one);
      removed.push(entry.node);
      watchers.push(...entry.watchers);
      next.push(...entry.users);
    }
    this.letOn(watchers);
    return removed;
  }

  /** One less to wait for. */
  private letOn(keys: readonly NodeKey[]): void {
    for (const key of keys) {
      const waiting = this.open.get(key);
      if (waiting === undefined) continue;
      waiting.waits -= 1;
      if (waiting.waits === 0) this.able.add(key);
    }
  }

  private remove(key: NodeKey): void {
    this.open.delete(key);
    this.able.delete(key);
  }
}
