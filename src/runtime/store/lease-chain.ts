/**
 * The files of leases. A name in `leases/`, `KEY`, is its holder's until it removes it: no name is ever moved or written
 * over. Where all names of a node are of dead holders, the next one, `KEY.1`, takes it over: one process alone can create
 * it, looks again whether nothing else has changed, and removes the dead ones. Whoever sees another living name beside its
 * own steps back. So a node is free where no name of it has a living holder, whatever was left half done.
 */

import { join } from "node:path";
import type { NodeKey } from "../../compiler/plan/types.js";
import { codeOf, type FileSystem, isAbsent, lacksLinks } from "./filesystem.js";
import { type Holder, parseHolder, printHolder, type Sign } from "./holder.js";

/** A name of a lease that exists. */
export interface Claim {
  readonly name: string;
  readonly generation: number;
  /** Undefined where it cannot be read: one just being written, or a foreign file. */
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

  /** All names of a node's lease, from `KEY` upwards; none where it is free. */
  async claims(key: string): Promise<readonly Claim[]> {
    const found: Claim[] = [];
    for (const name of await this.files.list(join(this.cache, "leases"))) {
      if (name !== key && !name.startsWith(`${key}.`)) continue;
      const generation = name === key ? 0 : Number(name.slice(key.length + 1));
      if (!Number.isSafeInteger(generation) || this.path(key, generation) !== join(this.cache, "leases", name))
        continue;
      const sign = await this.read(this.path(key, generation));
      if (sign !== undefined) found.push({ name, generation, sign: sign === "unreadable" ? undefined : sign });
    }
    return found.sort((a, b) => a.generation - b.generation);
  }

  isOwnClaim({ sign }: Claim): boolean {
    return sign?.holder.id === this.holder.id;
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

  /**
   * Takes a lease that is free, or of which all names are dead ones.
   * @returns the generation it has now; undefined where something changed meanwhile
   */
  async climb(key: NodeKey, dead: readonly Claim[]): Promise<number | undefined> {
    const generation = (dead.at(-1)?.generation ?? -1) + 1;
    if (!(await this.link(this.path(key, generation)))) return undefined;
    // Who created a name before us is seen now; who does so later sees ours.
    const now = await this.claims(key);
    const own = now.find((claim) => claim.generation === generation);
    const others = now.filter((claim) => claim !== own);
    if (own === undefined || !this.isOwnClaim(own) || !others.every((one) => dead.some((then) => isSame(one, then)))) {
      await this.removeOwn(key, generation);
      return undefined;
    }
    for (const one of dead) await this.files.remove(this.path(key, one.generation));
    return generation;
  }

  async removeOwn(key: NodeKey, generation: number): Promise<void> {
    const path = this.path(key, generation);
    if (await this.isOwn(path)) await this.files.remove(path);
  }

  private async link(path: string): Promise<boolean> {
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

function isSame(a: Claim, b: Claim): boolean {
  return a.generation === b.generation && a.sign?.holder.id === b.sign?.holder.id;
}
