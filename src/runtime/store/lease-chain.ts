/**
 * The files of leases. A dead holder's `KEY` is taken over by linking `KEY.1`, which one process alone can do, and moving
 * that over `KEY`; dead in between, it is taken over by `KEY.2`. So names from `KEY` upwards are a chain without gaps, and
 * the last one has the lease.
 */

import { join } from "node:path";
import type { NodeKey } from "../../compiler/plan/types.js";
import { codeOf, draftIn, exists, type FileSystem, isAbsent, lacksLinks } from "./filesystem.js";
import { type Holder, parseHolder, printHolder, type Sign } from "./holder.js";
import { setAside } from "./quarantine.js";

/** The end of a chain. */
export interface Top {
  readonly generation: number;
  /** Undefined where it cannot be read: one just being taken, or a foreign file. */
  readonly sign: Sign | undefined;
}

/** A lease that is written without links has its holder's file elsewhere. */
const ELSEWHERE = -1;

export class LeaseChain {
  constructor(
    readonly cache: string,
    readonly holder: Holder,
    readonly files: FileSystem,
  ) {}

  get ownFile(): string {
    return this.fileOf(this.holder.id);
  }

  path(key: string, generation: number): string {
    return join(this.cache, "leases", generation === 0 ? key : `${key}.${generation}`);
  }

  async writeOwnFile(): Promise<void> {
    for (const folder of ["holders", "leases", "tmp"]) await this.files.makeFolder(join(this.cache, folder));
    await this.files.writeNew(this.ownFile, printHolder(this.holder, 0));
  }

  /** Undefined where no one has it. */
  async top(key: string): Promise<Top | undefined> {
    let top: Top | undefined;
    for (let generation = 0; ; generation++) {
      const sign = await this.read(this.path(key, generation));
      if (sign === undefined) return top;
      top = { generation, sign: sign === "unreadable" ? undefined : sign };
    }
  }

  async isOwn(path: string): Promise<boolean> {
    const sign = await this.read(path);
    return sign !== undefined && sign !== "unreadable" && sign.holder.id === this.holder.id;
  }

  async read(path: string): Promise<Sign | "unreadable" | undefined> {
    const data = await this.readFile(path);
    if (data === undefined) return undefined;
    const sign = parseHolder(data);
    if (sign === undefined) return "unreadable";
    if (sign.beat !== ELSEWHERE) return sign;
    const elsewhere = await this.readFile(this.fileOf(sign.holder.id));
    return (elsewhere && parseHolder(elsewhere)) ?? sign;
  }

  /** Takes a free lease, or that of the dead `below`. False where the chain changed meanwhile. */
  async climb(key: NodeKey, below: Top | undefined): Promise<boolean> {
    const generation = below === undefined ? 0 : below.generation + 1;
    if (!(await this.claim(this.path(key, generation)))) return false;
    if (!(await this.isTop(key, generation, below))) {
      await this.removeOwn(this.path(key, generation));
      return false;
    }
    // Only the one who holds the end of the chain gets here, so each step replaces the dead one that was looked at.
    for (let step = generation; step > 0; step--) await this.replace(this.path(key, step), this.path(key, step - 1));
    return true;
  }

  /** Never another's: moved aside first, looked at there, and put back where someone has taken over since. */
  async removeOwn(path: string): Promise<void> {
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

  private async replace(from: string, to: string): Promise<void> {
    try {
      await this.files.rename(from, to);
    } catch (error) {
      // A folder has the name; none of ours.
      if (!["EISDIR", "ENOTEMPTY", "EEXIST"].includes(codeOf(error))) throw error;
      await setAside(this.files, this.cache, to);
      await this.files.rename(from, to);
    }
  }

  /** Whether what we just linked ends the chain, and still stands on the dead holder we looked at. */
  private async isTop(key: NodeKey, generation: number, below: Top | undefined): Promise<boolean> {
    if (await exists(this.files, this.path(key, generation + 1))) return false;
    if (!(await this.isOwn(this.path(key, generation)))) return false;
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
    return this.create(path, printHolder(this.holder, ELSEWHERE));
  }

  /** Paused for longer than a day, we were swept away as dead: the file is made anew. False, so that the caller looks again. */
  private async comeBack(): Promise<false> {
    for (const folder of ["holders", "leases"]) await this.files.makeFolder(join(this.cache, folder));
    await this.create(this.ownFile, printHolder(this.holder, 0));
    return false;
  }

  /** False where the name is taken. */
  private async create(path: string, data: Uint8Array): Promise<boolean> {
    try {
      await this.files.writeNew(path, data);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
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

  private fileOf(id: string): string {
    return join(this.cache, "holders", id);
  }
}
