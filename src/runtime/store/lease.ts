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
import { type Claim, LeaseChain } from "./lease-chain.js";
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
  /** Releases all, removes what was left by those who died meanwhile, and ends the heartbeat. */
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
const HEARTBEAT_MS = 5000;

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
  /** Generations of the leases we hold. */
  private readonly mine = new Map<NodeKey, number>();
  private readonly busy = new Map<NodeKey, Promise<void>>();

  constructor(
    private readonly chain: LeaseChain,
    private readonly observer: Observer,
    private readonly heart: Heartbeat,
  ) {}

  get holder(): Holder {
    return this.chain.holder;
  }

  take(key: NodeKey): Promise<Taken> {
    return this.alone(key, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        if (await this.isStillOurs(key)) return { status: "ours" };
        const claims = await this.chain.claims(key);
        const standing = this.standing(claims);
        if (standing.status === "held") return standing;
        const generation = await this.chain.climb(key, claims);
        if (generation === undefined) continue;
        this.mine.set(key, generation);
        return { status: "ours" };
      }
      return { status: "held", by: null };
    });
  }

  async look(key: NodeKey): Promise<Standing> {
    return this.explained(async () => this.standing(await this.chain.claims(key)));
  }

  async isOurs(key: NodeKey): Promise<boolean> {
    return this.explained(() => this.isStillOurs(key));
  }

  async release(key: NodeKey): Promise<void> {
    await this.alone(key, async () => {
      const generation = this.mine.get(key);
      this.mine.delete(key);
      if (generation !== undefined) await this.chain.removeOwn(key, generation);
    });
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
        await this.alone(name as NodeKey, () => this.sweepOne(name as NodeKey, now));
      }
      await this.sweepHolders(now);
    } catch {
      // Another process sweeps too: leftovers hurt no one.
    }
  }

  async close(): Promise<void> {
    const { files, ownFile } = this.chain;
    await this.heart.stop();
    await this.sweep();
    try {
      for (const key of [...this.mine.keys()]) await this.release(key);
      await files.remove(`${ownFile}.keys`);
      await files.remove(ownFile);
    } catch {
      // What stays behind is a dead holder's.
    }
  }

  private async isStillOurs(key: NodeKey): Promise<boolean> {
    const generation = this.mine.get(key);
    return generation !== undefined && this.chain.isOwn(this.chain.path(key, generation));
  }

  /** Free where all names are of the dead, or left by ourselves. Looks at every one: silence is known by many looks. */
  private standing(claims: readonly Claim[]): Standing {
    const living = claims.filter((claim) => !this.isOver(claim) && !this.chain.isOwnClaim(claim));
    const [first] = living;
    return first === undefined ? { status: "free" } : { status: "held", by: first.sign?.holder ?? null };
  }

  private isOver({ name, sign }: Claim): boolean {
    if (sign === undefined) return this.observer.isQuiet(name, 0, this.holder.everyMs);
    return this.observer.isOver(sign);
  }

  /** By taking it over, as anyone would who needs the node, and giving it back. */
  private async sweepOne(key: NodeKey, now: number): Promise<void> {
    const claims = await this.chain.claims(key);
    if (claims.length === 0 || this.mine.has(key)) return;
    for (const claim of claims) if (!(await this.isLongOver(key, claim, now))) return;
    const generation = await this.chain.climb(key, claims);
    if (generation !== undefined) await this.chain.removeOwn(key, generation);
  }

  /** By its process, or by the file system's own clock. */
  private async isLongOver(key: NodeKey, { generation, sign }: Claim, now: number): Promise<boolean> {
    if (sign !== undefined && isGone(sign.holder)) return true;
    const { modifiedMs } = await this.chain.files.status(this.chain.path(key, generation));
    return sign?.holder.id !== this.holder.id && now - modifiedMs > DAY_MS;
  }

  /** One thing at a time with a lease, within this process. */
  private async alone<T>(key: NodeKey, work: () => Promise<T>): Promise<T> {
    const before = this.busy.get(key) ?? Promise.resolve();
    const done = before.then(() => this.explained(work));
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    this.busy.set(key, settled);
    try {
      return await done;
    } finally {
      if (this.busy.get(key) === settled) this.busy.delete(key);
    }
  }

  private async sweepHolders(now: number): Promise<void> {
    const { cache, files } = this.chain;
    const folder = join(cache, "holders");
    for (const name of await files.list(folder)) {
      const path = join(folder, name);
      if (name.endsWith(".keys")) {
        if (!(await exists(files, path.slice(0, -".keys".length)))) await files.remove(path);
      } else if (await this.hasLongEnded(path, now)) {
        await files.remove(path);
        await files.remove(`${path}.keys`);
      }
    }
  }

  private async hasLongEnded(path: string, now: number): Promise<boolean> {
    const sign = await this.chain.read(path);
    // It ended this moment, and has tidied up itself.
    if (sign === undefined) return false;
    if (sign !== "unreadable" && isGone(sign.holder)) return true;
    const { modifiedMs } = await this.chain.files.status(path);
    return now - modifiedMs > DAY_MS;
  }

  private async explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainSystemError(error, this.chain.cache);
    }
  }
}
