/**
 * Several runs on one cache compute every node once: whoever starts a node leases it first, and whoever finds it leased
 * goes on with other work and looks in from time to time.
 */

import type { NodeKey, PlanNode } from "../../compiler/plan/types.js";
import type { RunHolder } from "../journal/events.js";
import type { EventSink } from "../journal/journal.js";
import { hostAlias } from "../store/holder.js";
import type { HeldBy, Leases } from "../store/lease.js";
import type { Manifest, Store } from "../store/types.js";

/** What sharing asks of the run it belongs to. */
export interface SharingHost {
  /** Another run is at the task's node. */
  park(task: string): void;
  /** It left nothing; the task is to be computed here after all. */
  resume(task: string): void;
  /** It left this, whether the task was parked or about to start. */
  take(task: string, manifest: Manifest): void;
  /** Another run took over a node that the worker of this slot is computing. */
  interrupt(slot: number): void;
  /** The cache cannot be used any longer. */
  abandon(error: unknown): void;
}

export interface SharingOptions {
  readonly leases: Leases;
  readonly store: Pick<Store, "lookup">;
  readonly events: EventSink;
  readonly host: SharingHost;
}

interface Parked {
  readonly task: string;
  readonly node: PlanNode;
  /** Whether it may be computed here once no one else is at it. */
  readonly claim: "ours" | "theirs";
}
interface Held {
  readonly node: PlanNode;
  /** How often it was claimed: a retried node may be claimed anew before its last attempt has given it back. */
  claims: number;
  /** Of the worker that computes it now. */
  slot: number | undefined;
  lost: boolean;
}

/** Looks within one interval of a heartbeat; so many are needed to know a holder is silent. */
const LOOKS = 5;
const SOONEST_MS = 5;
const LATEST_MS = 1000;
/** Of nodes that are others' to compute, which may be many. */
const WATCHED_AT_ONCE = 16;

export class Sharing {
  private readonly parked = new Map<NodeKey, Parked>();
  private readonly held = new Map<NodeKey, Held>();
  /** Whom each node was last said to wait for. */
  private readonly told = new Map<NodeKey, string>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: SharingOptions) {
    this.later();
  }

  /** Whether others are being waited for. */
  get isWaiting(): boolean {
    return this.parked.size > 0;
  }

  /** Whether the task is to be computed here and now; if not, it was taken or parked. */
  async claim(task: string, node: PlanNode): Promise<boolean> {
    const { leases, store, host } = this.options;
    const taken = await leases.take(node.key);
    if (taken.status === "held") {
      this.wait({ task, node, claim: "ours" }, taken.by);
      return false;
    }
    const held = this.held.get(node.key) ?? { node, claims: 0, slot: undefined, lost: false };
    held.claims += 1;
    this.held.set(node.key, held);
    // Whoever had the lease before us published first and gave it back then.
    const manifest = await store.lookup(node.key);
    if (manifest === undefined) return true;
    await this.release(node);
    host.take(task, manifest);
    return false;
  }

  /** The task is another process' to compute: takes what it left, or parks the task until it did. */
  async watch(task: string, node: PlanNode): Promise<void> {
    const { store, host } = this.options;
    const manifest = await store.lookup(node.key);
    if (manifest !== undefined) return host.take(task, manifest);
    this.parked.set(node.key, { task, node, claim: "theirs" });
    host.park(task);
  }

  async release({ key }: PlanNode): Promise<void> {
    const held = this.held.get(key);
    if (held === undefined) return;
    held.claims -= 1;
    if (held.claims > 0) return;
    this.held.delete(key);
    await this.options.leases.release(key);
  }

  /** A worker is at these nodes, or no longer. */
  underway(nodes: readonly PlanNode[], slot: number | undefined): void {
    for (const { key } of nodes) {
      const held = this.held.get(key);
      if (held !== undefined) held.slot = slot;
    }
  }

  /** Whether another process took over what was claimed here. */
  isLost({ key }: PlanNode): boolean {
    return this.held.get(key)?.lost ?? false;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.looking;
    await this.options.leases.close();
  }

  private wait(parked: Parked, by: HeldBy): void {
    const { events, host } = this.options;
    const { key, op, label } = parked.node;
    this.parked.set(key, parked);
    host.park(parked.task);
    const holder = runHolder(by);
    const whom = holder?.run ?? "";
    if (this.told.get(key) !== whom) events.emit({ type: "node.waiting", node: key, op, label, holder });
    this.told.set(key, whom);
  }

  private later(): void {
    if (this.closed) return;
    const { everyMs } = this.options.leases.holder;
    const pause = Math.min(LATEST_MS, Math.max(SOONEST_MS, everyMs / LOOKS));
    // Not all runs at the same moment.
    const jitter = 0.8 + 0.4 * Math.random();
    this.timer = setTimeout(() => {
      this.looking = this.look()
        .catch((error: unknown) => this.options.host.abandon(error))
        .finally(() => this.later());
    }, pause * jitter);
  }

  private async look(): Promise<void> {
    const parked = [...this.parked.values()];
    for (const one of parked.filter(({ claim }) => claim === "ours")) await this.lookIn(one);
    for (const one of parked.filter(({ claim }) => claim === "theirs").slice(0, WATCHED_AT_ONCE)) {
      await this.lookIn(one);
      // Last in the order from now on, so that each has its turn.
      if (this.parked.delete(one.node.key)) this.parked.set(one.node.key, one);
    }
    for (const held of [...this.held.values()]) await this.lookAfter(held);
  }

  private async lookIn({ task, node: { key } }: Parked): Promise<void> {
    const { leases, store, host } = this.options;
    if ((await leases.look(key)).status === "held") return;
    const manifest = await store.lookup(key);
    if (this.closed || !this.parked.delete(key)) return;
    if (manifest === undefined) host.resume(task);
    else host.take(task, manifest);
  }

  /** Paused, with a closed lid or by a signal, this process may find its nodes in other hands. */
  private async lookAfter(held: Held): Promise<void> {
    const { key, op, label } = held.node;
    if (held.lost || (await this.options.leases.isOurs(key)) || this.held.get(key) !== held) return;
    held.lost = true;
    if (held.slot === undefined || this.closed) return;
    this.options.events.emit({ type: "lease.lost", node: key, op, label, worker: held.slot });
    this.options.host.interrupt(held.slot);
  }
}

/** As the journal and the screen name it. */
function runHolder(by: HeldBy): RunHolder | null {
  if (by === null) return null;
  return { run: by.run, host: by.host === hostAlias() ? null : by.host, pid: by.pid };
}
