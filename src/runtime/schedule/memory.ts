/**
 * Who holds how much of which memory. A worker that is done keeps its programs and its engine's arenas, so an idle slot
 * still holds what its last task needed, until its worker is let go.
 */

import type { Inventory, Place } from "./inventory.js";

export interface MemoryNeed {
  /** Peak bytes while it runs, wherever they lie. */
  readonly memory: number;
  /** Of these, what lies on the device that computes. */
  readonly deviceMemory: number;
}

/** A need held against the machine: what is larger than all of a memory counts as all of it. */
export interface Footprint {
  /** Host bytes where it computes in the host's memory. */
  readonly whole: number;
  /** Host bytes where its device has a memory of its own. */
  readonly host: number;
  /** Bytes of that memory. */
  readonly own: number;
}

export interface Room {
  readonly slot: number;
  /** Idle slots whose workers have to be let go first. */
  readonly recycle: readonly number[];
}

interface Amounts {
  readonly host: number;
  readonly own: number;
}

interface Holding extends Amounts {
  readonly state: "running" | "idle";
}

/** What runs, by place: how many tasks, and what they hold. */
interface Load {
  host: number;
  readonly own: number[];
  readonly tasks: number[];
}

export class MemoryBook {
  private readonly holdings = new Map<number, Holding>();
  /** A memory without any room still serves one task at a time: the estimate may be wrong, waiting for ever certainly is. */
  readonly hostBytes: number;
  readonly ownBytes: readonly (number | undefined)[];
  /** The most of a device's memory that a task can be given; unlimited where it can compute in the host's instead. */
  private readonly most: number;

  constructor(private readonly inventory: Inventory) {
    this.hostBytes = Math.max(1, inventory.hostBytes);
    this.ownBytes = inventory.places.map(ownBytesOf);
    const used = [...new Set(inventory.slots)].map((place) => this.ownBytes[place]);
    this.most = Math.max(0, ...used.map((bytes) => bytes ?? Number.POSITIVE_INFINITY));
  }

  footprint({ memory, deviceMemory }: MemoryNeed): Footprint {
    return {
      whole: Math.min(memory, this.hostBytes),
      host: Math.min(memory - deviceMemory, this.hostBytes),
      own: Math.min(deviceMemory, this.most),
    };
  }

  placeOf(slot: number): number {
    const place = this.inventory.slots[slot];
    if (place === undefined) throw new RangeError(`there is no slot ${slot}`);
    return place;
  }

  /** What of a footprint lies where, on this place. */
  on(place: number, { whole, host, own }: Footprint): Amounts {
    return this.ownBytes[place] === undefined ? { host: whole, own: 0 } : { host, own };
  }

  /** What there is beside the tasks that run, on this place; idle workers can be let go. */
  beside(place: number): Amounts {
    const load = this.load();
    const most = this.ownBytes[place] ?? 0;
    return { host: this.hostBytes - load.host, own: most - (load.own[place] ?? 0) };
  }

  /**
   * The slot of these to start it in: on the place with the fewest running and then the most room, without letting a
   * worker go if that is possible.
   */
  find(need: Footprint, free: readonly number[]): Room | undefined {
    const slots = this.byPlace(free);
    for (const slot of slots) if (this.lacking(need, slot) === undefined) return { slot, recycle: [] };
    for (const slot of slots) {
      const recycle = this.recycling(need, slot);
      if (recycle !== undefined) return { slot, recycle };
    }
    return undefined;
  }

  /** The roomiest of these slots, with every other worker let go. */
  alone(free: readonly number[]): Room | undefined {
    const room = (slot: number): number => this.ownBytes[this.placeOf(slot)] ?? this.hostBytes;
    const slot = free.toSorted((a, b) => (room(b) === room(a) ? a - b : room(b) - room(a)))[0];
    return slot === undefined ? undefined : { slot, recycle: this.idleBeside(slot) };
  }

  take({ slot, recycle }: Room, need: Footprint): void {
    for (const other of recycle) this.holdings.delete(other);
    this.holdings.set(slot, { state: "running", ...this.on(this.placeOf(slot), need) });
  }

  release(slot: number): void {
    const holding = this.holdings.get(slot);
    if (holding !== undefined) this.holdings.set(slot, { ...holding, state: "idle" });
  }

  /** The slot's worker is gone, and all it held with it. */
  forget(slot: number): void {
    this.holdings.delete(slot);
  }

  holdingOf(slot: number): Amounts {
    return this.holdings.get(slot) ?? { host: 0, own: 0 };
  }

  /** Bytes by which it would exceed the memories, in this slot and beside all that is held; undefined where it would not. */
  private lacking(need: Footprint, slot: number): Amounts | undefined {
    const place = this.placeOf(slot);
    let { host, own } = this.on(place, need);
    for (const [other, holding] of this.holdings) {
      if (other === slot) continue;
      host += holding.host;
      if (this.placeOf(other) === place) own += holding.own;
    }
    const lack = { host: host - this.hostBytes, own: own - (this.ownBytes[place] ?? Number.POSITIVE_INFINITY) };
    return lack.host > 0 || lack.own > 0 ? lack : undefined;
  }

  /** The fewest workers to let go, the largest first; undefined where all of them would not do. */
  private recycling(need: Footprint, slot: number): readonly number[] | undefined {
    const place = this.placeOf(slot);
    let { host, own } = this.lacking(need, slot) ?? { host: 0, own: 0 };
    const chosen: number[] = [];
    for (const other of this.idleBeside(slot)) {
      if (host <= 0 && own <= 0) break;
      const holding = this.holdingOf(other);
      const here = this.placeOf(other) === place ? holding.own : 0;
      if (!(host > 0 && holding.host > 0) && !(own > 0 && here > 0)) continue;
      host -= holding.host;
      own -= here;
      chosen.push(other);
    }
    return host <= 0 && own <= 0 ? chosen : undefined;
  }

  private byPlace(free: readonly number[]): readonly number[] {
    const load = this.load();
    const tasks = (slot: number): number => load.tasks[this.placeOf(slot)] ?? 0;
    const room = (slot: number): number => {
      const place = this.placeOf(slot);
      return (this.ownBytes[place] ?? 0) - (load.own[place] ?? 0);
    };
    return free.toSorted((a, b) => {
      if (tasks(a) !== tasks(b)) return tasks(a) - tasks(b);
      return room(a) === room(b) ? a - b : room(b) - room(a);
    });
  }

  private load(): Load {
    const none = () => this.inventory.places.map(() => 0);
    const load: Load = { host: 0, own: none(), tasks: none() };
    for (const [slot, { state, host, own }] of this.holdings) {
      if (state !== "running") continue;
      const place = this.placeOf(slot);
      load.host += host;
      load.own[place] = (load.own[place] ?? 0) + own;
      load.tasks[place] = (load.tasks[place] ?? 0) + 1;
    }
    return load;
  }

  /** The largest first. */
  private idleBeside(slot: number): readonly number[] {
    const idle = [...this.holdings].filter(([other, { state }]) => other !== slot && state === "idle");
    return idle.toSorted(([, a], [, b]) => b.host + b.own - a.host - a.own).map(([other]) => other);
  }
}

function ownBytesOf({ memoryBytes }: Place): number | undefined {
  return memoryBytes === undefined ? undefined : Math.max(1, memoryBytes);
}
