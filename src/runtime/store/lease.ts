/**
 * Who computes a node: a lease for each, in `leases/`, as a hard link to its holder's file. Usable by any process on any
 * host that shares the folder. Nothing here waits, and nothing has to be tidied up by hand: a dead holder's lease is
 * taken over, a holder that was paused finds out, and since results go to the first writer, being wrong about either
 * costs time and never a number.
 *
 * A dead holder's lease `KEY` is taken over by linking `KEY.1`, which one process alone can do, and moving that over
 * `KEY`; dead in between, it is taken over by `KEY.2`. So names from `KEY` upwards are a chain without gaps, and the last
 * one has the lease.
 */

import { join } from "node:path";
import type { NodeKey } from "../../compiler/plan/types.js";
import { explainSystemError } from "./errors.js";
import {
  clockOf,
  codeOf,
  draftIn,
  exists,
  type FileSystem,
  isAbsent,
  lacksLinks,
  nodeFileSystem,
} from "./filesystem.js";
import { type Heartbeat, type StartHeartbeat, threadHeartbeat } from "./heartbeat.js";
import { type Holder, isGone, newHolder, parseHolder, printHolder, type Sign } from "./holder.js";
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
/** A lease that is written without links has its holder's file elsewhere. */
const ELSEWHERE = -1;

/** @throws StoreError where the folder cannot be written. */
export async function openLeases(cache: string, options: LeaseOptions): Promise<Leases> {
  const { run, everyMs = HEARTBEAT_MS, files = nodeFileSystem, heartbeat = threadHeartbeat, now } = options;
  const holder = newHolder({ run, everyMs });
  const leases = new LeasesOnDisk(cache, holder, files, new Observer(now));
  await leases.open(heartbeat);
  return leases;
}

interface Top {
  readonly generation: number;
  readonly sign: Sign | undefined;
}

class LeasesOnDisk implements Leases {
  private readonly mine = new Set<NodeKey>();
  /** Leases of the dead that are being removed just now, by taking them over for a moment. */
  private readonly tidying = new Map<NodeKey, Promise<void>>();
  private heart: Heartbeat | undefined;

  constructor(
    private readonly cache: string,
    readonly holder: Holder,
    private readonly files: FileSystem,
    private readonly observer: Observer,
  ) {}

  async open(heartbeat: StartHeartbeat): Promise<void> {
    await this.explained(async () => {
      for (const folder of ["holders", "leases", "tmp"]) await this.files.makeFolder(join(this.cache, folder));
      await this.files.writeNew(this.ownFile, printHolder(this.holder, 0));
    });
    this.heart = heartbeat(this.ownFile, this.holder);
  }

  async take(key: NodeKey): Promise<Taken> {
    await this.tidying.get(key);
    return this.explained(async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const top = await this.top(key);
        if (top !== undefined && !this.isOver(key, top)) return this.standing(key, top);
        if (await this.climb(key, top)) {
          this.mine.add(key);
          return { status: "ours" };
        }
      }
      return { status: "held", by: null };
    });
  }

  async look(key: NodeKey): Promise<Standing> {
    return this.explained(async () => {
      const top = await this.top(key);
      if (top === undefined || this.isOver(key, top)) return { status: "free" };
      return { status: "held", by: top.sign?.holder ?? null };
    });
  }

  async isOurs(key: NodeKey): Promise<boolean> {
    const sign = await this.explained(() => this.read(this.path(key, 0)));
    return sign !== undefined && sign !== "unreadable" && sign.holder.id === this.holder.id;
  }

  async release(key: NodeKey): Promise<void> {
    if (this.mine.delete(key) && (await this.isOurs(key))) {
      await this.explained(() => this.removeOwn(this.path(key, 0)));
    }
  }

  async pin(keys: Iterable<NodeKey>): Promise<void> {
    const data = new TextEncoder().encode([...keys, ""].join("\n"));
    await this.explained(async () => {
      const draft = draftIn(join(this.cache, "tmp"));
      await this.files.writeNew(draft, data);
      await this.files.rename(draft, `${this.ownFile}.keys`);
    });
  }

  async sweep(): Promise<void> {
    try {
      const now = await clockOf(this.files, join(this.cache, "tmp"));
      const names = await this.files.list(join(this.cache, "leases"));
      for (const key of new Set(names.map((name) => name.split(".")[0] ?? ""))) {
        if (this.mine.has(key as NodeKey) || !(await this.isLongOver(key, now))) continue;
        const done = this.sweepOne(key as NodeKey).finally(() => this.tidying.delete(key as NodeKey));
        this.tidying.set(key as NodeKey, done);
        await done;
      }
      await this.sweepHolders(now);
    } catch {
      // Another process sweeps too: leftovers hurt no one.
    }
  }

  async close(): Promise<void> {
    await this.heart?.stop();
    try {
      for (const key of [...this.mine]) await this.release(key);
      await this.files.remove(`${this.ownFile}.keys`);
      await this.files.remove(this.ownFile);
    } catch {
      // What stays behind is a dead holder's.
    }
  }

  /** One step: takes a free lease, or that of the dead `below`. False where the chain changed meanwhile. */
  private async climb(key: NodeKey, below: Top | undefined): Promise<boolean> {
    const generation = below === undefined ? 0 : below.generation + 1;
    if (!(await this.claim(this.path(key, generation)))) return false;
    if (!(await this.isTop(key, generation, below))) {
      await this.removeOwn(this.path(key, generation));
      return false;
    }
    // Only the one who holds the end of the chain gets here, so each step replaces the dead one that was looked at.
    for (let step = generation; step > 0; step--) {
      await this.files.rename(this.path(key, step), this.path(key, step - 1));
    }
    return true;
  }

  /** Whether what we just linked ends the chain, and still stands on the dead holder we looked at. */
  private async isTop(key: NodeKey, generation: number, below: Top | undefined): Promise<boolean> {
    if (await exists(this.files, this.path(key, generation + 1))) return false;
    const own = await this.read(this.path(key, generation));
    if (own === undefined || own === "unreadable" || own.holder.id !== this.holder.id) return false;
    if (below === undefined) return true;
    const under = await this.read(this.path(key, below.generation));
    if (under === undefined) return false;
    return under === "unreadable" ? below.sign === undefined : under.holder.id === below.sign?.holder.id;
  }

  private async claim(path: string): Promise<boolean> {
    try {
      await this.files.link(this.ownFile, path);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      if (isAbsent(error)) return this.comeBack();
      if (!lacksLinks(error)) throw error;
    }
    try {
      await this.files.writeNew(path, printHolder(this.holder, ELSEWHERE));
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
  }

  /** Paused for longer than a day, we were swept away as dead: the file is made anew. False, so that the caller looks again. */
  private async comeBack(): Promise<false> {
    await this.files.makeFolder(join(this.cache, "holders"));
    await this.files.makeFolder(join(this.cache, "leases"));
    await this.files.writeNew(this.ownFile, printHolder(this.holder, 0)).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
    return false;
  }

  /** Undefined where no one has it. */
  private async top(key: NodeKey): Promise<Top | undefined> {
    let top: Top | undefined;
    for (let generation = 0; ; generation++) {
      const sign = await this.read(this.path(key, generation));
      if (sign === undefined) return top;
      top = { generation, sign: sign === "unreadable" ? undefined : sign };
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

  private async read(path: string): Promise<Sign | "unreadable" | undefined> {
    const data = await this.readFile(path);
    if (data === undefined) return undefined;
    const sign = parseHolder(data);
    if (sign === undefined) return "unreadable";
    if (sign.beat !== ELSEWHERE) return sign;
    const elsewhere = await this.readFile(this.fileOf(sign.holder.id));
    return (elsewhere && parseHolder(elsewhere)) ?? sign;
  }

  private async readFile(path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.files.readFile(path);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      if (codeOf(error) === "EISDIR" || codeOf(error) === "EACCES") return new Uint8Array(0);
      throw error;
    }
  }

  /** Never another's: moved aside first, looked at there, and put back where someone has taken over since. */
  private async removeOwn(path: string): Promise<void> {
    const aside = draftIn(join(this.cache, "tmp"));
    try {
      await this.files.rename(path, aside);
    } catch (error) {
      if (isAbsent(error)) return;
      throw error;
    }
    const sign = await this.read(aside);
    if (sign !== undefined && sign !== "unreadable" && sign.holder.id !== this.holder.id) {
      await this.files.link(aside, path).catch(() => undefined);
    }
    await this.files.remove(aside);
  }

  /** By its process, or by the file system's own clock. */
  private async isLongOver(key: string, now: number): Promise<boolean> {
    const top = await this.top(key as NodeKey);
    if (top === undefined) return false;
    if (top.sign !== undefined && isGone(top.sign.holder)) return true;
    const { modifiedMs } = await this.files.status(this.path(key, top.generation));
    return top.sign?.holder.id !== this.holder.id && now - modifiedMs > DAY_MS;
  }

  /** By taking it over, as anyone would who needs the node, and giving it back. */
  private async sweepOne(key: NodeKey): Promise<void> {
    const top = await this.top(key);
    if (top === undefined || top.sign?.holder.id === this.holder.id || !(await this.climb(key, top))) return;
    await this.removeOwn(this.path(key, 0));
  }

  private async sweepHolders(now: number): Promise<void> {
    const folder = join(this.cache, "holders");
    for (const name of await this.files.list(folder)) {
      const path = join(folder, name);
      if (name.endsWith(".keys")) {
        if (!(await exists(this.files, path.slice(0, -".keys".length)))) await this.files.remove(path);
        continue;
      }
      const sign = await this.read(path);
      const { modifiedMs } = await this.files.status(path);
      const gone = sign !== undefined && sign !== "unreadable" && isGone(sign.holder);
      if (gone || now - modifiedMs > DAY_MS) await this.files.remove(path);
    }
  }

  private get ownFile(): string {
    return this.fileOf(this.holder.id);
  }

  private fileOf(id: string): string {
    return join(this.cache, "holders", id);
  }

  private path(key: string, generation: number): string {
    return join(this.cache, "leases", generation === 0 ? key : `${key}.${generation}`);
  }

  private async explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainSystemError(error, this.cache);
    }
  }
}
