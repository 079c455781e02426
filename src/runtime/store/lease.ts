/**
 * Who computes a node: a lease for each, in `leases/`, as a hard link to its holder's file. Usable by any process on any
 * host that shares the folder. Nothing here waits, and nothing has to be tidied up by hand: a dead holder's lease is
 * taken over, a holder that was paused finds out, and since results go to the first writer, being wrong about either
 * costs time and never a number.
 */

import { join } from "node:path";
import type { NodeKey } from "../../compiler/plan/types.js";
import { explainSystemError } from "./errors.js";
import { clockOf, draftIn, exists, type FileSystem, nodeFileSystem } from "./filesystem.js";
import { type Heartbeat, type StartHeartbeat, threadHeartbeat } from "./heartbeat.js";
import { type Holder, isGone, newHolder } from "./holder.js";
import { LeaseChain, type Top } from "./lease-chain.js";
import { Observer } from "./observer.js";

/** Null where the lease cannot be read: one just being taken, or a foreign file. */
export type HeldBy = Holder | null;

export type Taken = { readonly status: "ours" } | { readonly status: "held"; readonly by: HeldBy };
export type Standing = { readonly status: "free" } | { readonly status: "held"; readonly by: HeldBy };

export interface Leases {
  readonly holder: Holder;
  /** Takes the node where no living process has it. Never waits. */
  take(key: NodeKey): Promise<Taken>;
  /** Gives it back; what someone else took over in the meantime stays theirs. */
  release(key: NodeKey): Promise<void>;
  /** Whether it is still ours; no longer, where we were paused for so long that another took over. */
  isOurs(key: NodeKey): Promise<boolean>;
  /** Whether it could be taken. Has to be asked again and again: a silent holder is known by several looks. */
  look(key: NodeKey): Promise<Standing>;
  /** What this process will still read and write: nothing of it is collected as garbage while it lives. */
  pin(keys: Iterable<NodeKey>): Promise<void>;
  /** Removes leases of the dead, as far as that is known at once. */
  sweep(): Promise<void>;
  /** Releases all and ends the heartbeat. */
  close(): Promise<void>;
}

export interface LeaseOptions {
  /** The run this process works for. */
  readonly run: string;
  readonly everyMs?: number;
  readonly files?: FileSystem;
  readonly heartbeat?: StartHeartbeat;
  /** Milliseconds that only ever grow. */
  readonly now?: () => number;
}

/** With `MISSED` of them, half a minute until a silent holder is given up. */
export const HEARTBEAT_MS = 5000;

const ROUNDS = 8;
const DAY_MS = 86_400_000;

/** @throws StoreError where the folder cannot be written. */
export async function openLeases(cache: string, options: LeaseOptions): Promise<Leases> {
  const { run, everyMs = HEARTBEAT_MS, files = nodeFileSystem, heartbeat = threadHeartbeat, now } = options;
  const chain = new LeaseChain(cache, newHolder({ run, everyMs }), files);
  try {
    await chain.writeOwnFile();
  } catch (error) {
    throw explainSystemError(error, cache);
  }
  return new LeasesOnDisk(chain, new Observer(now), heartbeat(chain.ownFile, chain.holder));
}

class LeasesOnDisk implements Leases {
  private readonly mine = new Set<NodeKey>();
  /** Leases of the dead that are being removed just now, by taking them over for a moment. */
  private readonly tidying = new Map<NodeKey, Promise<void>>();

  constructor(
    private readonly chain: LeaseChain,
    private readonly observer: Observer,
    private readonly heart: Heartbeat,
  ) {}

  get holder(): Holder {
    return this.chain.holder;
  }

  async take(key: NodeKey): Promise<Taken> {
    await this.tidying.get(key);
    return this.explained(async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const top = await this.chain.top(key);
        if (top !== undefined && !this.isOver(key, top)) return this.standing(key, top);
        if (await this.chain.climb(key, top)) {
          this.mine.add(key);
          return { status: "ours" };
        }
      }
      return { status: "held", by: null };
    });
  }

  async look(key: NodeKey): Promise<Standing> {
    return this.explained(async () => {
      const top = await this.chain.top(key);
      if (top === undefined || this.isOver(key, top)) return { status: "free" };
      return { status: "held", by: top.sign?.holder ?? null };
    });
  }

  async isOurs(key: NodeKey): Promise<boolean> {
    return this.explained(() => this.chain.isOwn(this.chain.path(key, 0)));
  }

  async release(key: NodeKey): Promise<void> {
    if (this.mine.delete(key) && (await this.isOurs(key))) {
      await this.explained(() => this.chain.removeOwn(this.chain.path(key, 0)));
    }
  }

  async pin(keys: Iterable<NodeKey>): Promise<void> {
    const { cache, files, ownFile } = this.chain;
    const data = new TextEncoder().encode([...keys, ""].join("\n"));
    await this.explained(async () => {
      const draft = draftIn(join(cache, "tmp"));
      await files.writeNew(draft, data);
      await files.rename(draft, `${ownFile}.keys`);
    });
  }

  async sweep(): Promise<void> {
    const { cache, files } = this.chain;
    try {
      const now = await clockOf(files, join(cache, "tmp"));
      const names = await files.list(join(cache, "leases"));
      for (const name of new Set(names.map((one) => one.split(".")[0] ?? ""))) {
        const key = name as NodeKey;
        if (this.mine.has(key) || !(await this.isLongOver(key, now))) continue;
        const done = this.sweepOne(key).finally(() => this.tidying.delete(key));
        this.tidying.set(key, done);
        await done;
      }
      await this.sweepHolders(now);
    } catch {
      // Another process sweeps too: leftovers hurt no one.
    }
  }

  async close(): Promise<void> {
    const { files, ownFile } = this.chain;
    await this.heart.stop();
    try {
      for (const key of [...this.mine]) await this.release(key);
      await files.remove(`${ownFile}.keys`);
      await files.remove(ownFile);
    } catch {
      // What stays behind is a dead holder's.
    }
  }

  private isOver(key: NodeKey, { generation, sign }: Top): boolean {
    if (sign === undefined) return this.observer.isQuiet(`${key}.${generation}`, 0, this.holder.everyMs);
    return sign.holder.id !== this.holder.id && this.observer.isOver(sign);
  }

  private standing(key: NodeKey, { sign }: Top): Taken {
    if (sign === undefined || sign.holder.id !== this.holder.id) return { status: "held", by: sign?.holder ?? null };
    this.mine.add(key);
    return { status: "ours" };
  }

  /** By its process, or by the file system's own clock. */
  private async isLongOver(key: NodeKey, now: number): Promise<boolean> {
    const top = await this.chain.top(key);
    if (top === undefined) return false;
    if (top.sign !== undefined && isGone(top.sign.holder)) return true;
    const { modifiedMs } = await this.chain.files.status(this.chain.path(key, top.generation));
    return top.sign?.holder.id !== this.holder.id && now - modifiedMs > DAY_MS;
  }

  /** By taking it over, as anyone would who needs the node, and giving it back. */
  private async sweepOne(key: NodeKey): Promise<void> {
    const top = await this.chain.top(key);
    if (top === undefined || top.sign?.holder.id === this.holder.id) return;
    if (await this.chain.climb(key, top)) await this.chain.removeOwn(this.chain.path(key, 0));
  }

  private async sweepHolders(now: number): Promise<void> {
    const { cache, files } = this.chain;
    const folder = join(cache, "holders");
    for (const name of await files.list(folder)) {
      const path = join(folder, name);
      if (name.endsWith(".keys")) {
        if (!(await exists(files, path.slice(0, -".keys".length)))) await files.remove(path);
        continue;
      }
      const sign = await this.chain.read(path);
      const { modifiedMs } = await files.status(path);
      const gone = sign !== undefined && sign !== "unreadable" && isGone(sign.holder);
      if (gone || now - modifiedMs > DAY_MS) await files.remove(path);
    }
  }

  private async explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainSystemError(error, this.chain.cache);
    }
  }
}
