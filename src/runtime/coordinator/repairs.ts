/** Damaged inputs made again: one repair after the other, so that no damage is mended twice. */

import type { NodeKey, PlanNode } from "../../compiler/plan/types.js";
import type { DiskStore } from "../store/index.js";
import type { BlobRef, Manifest } from "../store/types.js";
import { makes } from "./manifests.js";

export interface RepairHost {
  readonly nodes: ReadonlyMap<NodeKey, PlanNode>;
  /** Of what is finished; a retracted one is taken out. */
  readonly manifests: Map<NodeKey, Manifest>;
  readonly store: Pick<DiskStore, "isWhole" | "lookup" | "retract">;
  /** A new task that makes a node again after other tasks. @returns its name */
  schedule(node: PlanNode, after: readonly string[]): string;
}

export type Repair =
  /** The damage came back, or belongs to no input. */
  | { readonly kind: "hopeless" }
  /** What to wait for before the input is read again. */
  | { readonly kind: "begun"; readonly waitFor: readonly string[] };

export class Repairs {
  /** Tasks and the inputs that were made again for them. */
  private readonly begun = new Set<string>();
  /** Tasks that make a retracted node again. */
  private readonly remaking = new Map<NodeKey, string>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly host: RepairHost) {}

  /** The task that makes a node again; undefined where none does. */
  makerOf(key: NodeKey): string | undefined {
    return this.remaking.get(key);
  }

  /** There is a result again. */
  done(key: NodeKey): void {
    this.remaking.delete(key);
  }

  /** A blob that `task` read is damaged: takes its maker's manifest out of use and schedules the maker again. */
  mend(task: string, ref: BlobRef, inputs: readonly Manifest[]): Promise<Repair> {
    const used = inputs.find((manifest) => makes(manifest, ref));
    // Each input may be found damaged once: with a torn cache a node meets one after the other.
    const repair = `${task} ${used?.key ?? ""}`;
    if (used === undefined || this.begun.has(repair)) return Promise.resolve({ kind: "hopeless" });
    this.begun.add(repair);
    const mended = this.last.then(async (): Promise<Repair> => {
      // Another reader may have found the same damage first; then the maker is at work, or done already.
      const isMended = this.host.manifests.get(used.key) !== used || (await this.host.store.isWhole(ref));
      const again = isMended ? this.remaking.get(used.key) : await this.makeAgain(used.key);
      return { kind: "begun", waitFor: again === undefined ? [] : [again] };
    });
    this.last = mended;
    return mended;
  }

  /** @returns the task to wait for. */
  private async makeAgain(key: NodeKey): Promise<string> {
    const underway = this.remaking.get(key);
    if (underway !== undefined) return underway;
    const { nodes, manifests, store } = this.host;
    const node = nodes.get(key);
    if (node === undefined) throw new Error(`internal error: no node ${key} in the plan`);
    await store.retract(key);
    const after: string[] = [];
    for (const input of node.inputs) {
      const manifest = manifests.get(input.node) ?? (await store.lookup(input.node));
      if (manifest !== undefined) manifests.set(input.node, manifest);
      else after.push(await this.makeAgain(input.node));
    }
    manifests.delete(key);
    const name = this.host.schedule(node, after);
    this.remaking.set(key, name);
    return name;
  }
}
