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

export interface Room {
  readonly slot: number;
  /** Idle slots whose workers have to be let go first. */
  readonly recycle: readonly number[];
}

interface Holding {
  readonly state: "running" | "idle";
  readonly host: number;
  readonly own: number;
}

export class MemoryBook {
  private readonly holdings = new Map<number, Holding>();

  constructor(private readonly inventory: Inventory) {}

  /**
   * A free slot where the need fits: on the place with the fewest running and then the most room, without letting a
   * worker go if that is possible. A need larger than the machine still gets its turn, when nothing else runs: the
   * estimate may be wrong, waiting for ever certainly is.
   */
  find(need: MemoryNeed, free: readonly number[]): Room | undefined {
    const slots = this.byPlace(free);
    for (const slot of slots) if (this.overflow(need, slot, []) === 0) return { slot, recycle: [] };
    for (const slot of slots) {
      const recycle = this.recycling(need, slot);
      if (recycle !== undefined) return { slot, recycle };
    }
    const slot = this.roomiest(free);
    if (slot === undefined) return undefined;
    const recycle = this.idleBeside(slot);
    if (!this.isBusy()) return { slot, recycle };
    const isFree = this.isLargest(this.place(slot)) && !this.isBusy(this.inventory.slots[slot]);
    return this.isBeyond(need) && isFree && this.fitsHost(need, slot, recycle) ? { slot, recycle } : undefined;
  }

  idleBeside(slot: number): readonly number[] {
    return this.idle().filter((other) => other !== slot);
  }

  take({ slot, recycle }: Room, need: MemoryNeed): void {
    for (const other of recycle) this.holdings.delete(other);
    this.holdings.set(slot, { state: "running", ...this.split(need, slot) });
  }

  release(slot: number): void {
    const holding = this.holdings.get(slot);
    if (holding !== undefined) this.holdings.set(slot, { ...holding, state: "idle" });
  }

  /** The slot's worker is gone, and all it held with it. */
  forget(slot: number): void {
    this.holdings.delete(slot);
  }

  /** What is held now; for tests. */
  held(place: number): { readonly host: number; readonly own: number } {
    const here = [...this.holdings].filter(([slot]) => this.inventory.slots[slot] === place);
    return { host: sum([...this.holdings.values()].map(({ host }) => host)), own: sum(here.map(([, { own }]) => own)) };
  }

  private split({ memory, deviceMemory }: MemoryNeed, slot: number): { readonly host: number; readonly own: number } {
    if (this.place(slot).memoryBytes === undefined) return { host: memory, own: 0 };
    return { host: memory - deviceMemory, own: deviceMemory };
  }

  /** Bytes by which the need in this slot would exceed the host's memory or the place's, the slots `without` being empty. */
  private overflow(need: MemoryNeed, slot: number, without: readonly number[]): number {
    const place = this.inventory.slots[slot];
    let { host, own } = this.split(need, slot);
    for (const [other, holding] of this.holdings) {
      if (other === slot || without.includes(other)) continue;
      host += holding.host;
      if (this.inventory.slots[other] === place) own += holding.own;
    }
    const most = this.place(slot).memoryBytes ?? Number.POSITIVE_INFINITY;
    return Math.max(0, host - this.inventory.hostBytes) + Math.max(0, own - most);
  }

  /** The fewest workers to let go, the largest first; undefined where all of them would not do. */
  private recycling(need: MemoryNeed, slot: number): readonly number[] | undefined {
    const candidates = this.idleBeside(slot).toSorted((a, b) => this.sizeOf(b) - this.sizeOf(a));
    const chosen: number[] = [];
    for (const other of candidates) {
      const before = this.overflow(need, slot, chosen);
      if (before > this.overflow(need, slot, [...chosen, other])) chosen.push(other);
      if (this.overflow(need, slot, chosen) === 0) return chosen;
    }
    return undefined;
  }

  private byPlace(free: readonly number[]): readonly number[] {
    const load = this.inventory.places.map((_, place) => {
      const here = [...this.holdings].filter(([slot]) => this.inventory.slots[slot] === place);
      const running = here.filter(([, { state }]) => state === "running");
      const most = this.inventory.places[place]?.memoryBytes ?? 0;
      return { running: running.length, room: most - sum(running.map(([, { own }]) => own)) };
    });
    const of = (slot: number) => load[this.inventory.slots[slot] ?? 0] ?? { running: 0, room: 0 };
    return free.toSorted((a, b) => {
      const [x, y] = [of(a), of(b)];
      if (x.running !== y.running) return x.running - y.running;
      return x.room === y.room ? a - b : y.room - x.room;
    });
  }

  private roomiest(free: readonly number[]): number | undefined {
    const room = (slot: number): number => this.place(slot).memoryBytes ?? this.inventory.hostBytes;
    return free.toSorted((a, b) => (room(b) === room(a) ? a - b : room(b) - room(a)))[0];
  }

  private idle(): number[] {
    return [...this.holdings].flatMap(([slot, { state }]) => (state === "idle" ? [slot] : []));
  }

  /** Whether a worker runs, in one place or anywhere. */
  private isBusy(place?: number): boolean {
    return [...this.holdings].some(
      ([slot, { state }]) => state === "running" && (place === undefined || this.inventory.slots[slot] === place),
    );
  }

  /** Larger than any place has memory, however empty. */
  private isBeyond({ deviceMemory }: MemoryNeed): boolean {
    return this.inventory.places.every(({ memoryBytes }) => memoryBytes !== undefined && deviceMemory > memoryBytes);
  }

  private isLargest({ memoryBytes = 0 }: Place): boolean {
    return this.inventory.places.every((other) => (other.memoryBytes ?? 0) <= memoryBytes);
  }

  private fitsHost(need: MemoryNeed, slot: number, without: readonly number[]): boolean {
    const others = [...this.holdings].filter(([other]) => other !== slot && !without.includes(other));
    const host = sum(others.map(([, holding]) => holding.host)) + this.split(need, slot).host;
    return host <= this.inventory.hostBytes;
  }

  private sizeOf(slot: number): number {
    const { host = 0, own = 0 } = this.holdings.get(slot) ?? {};
    return host + own;
  }

  private place(slot: number): Place {
    const place = this.inventory.places[this.inventory.slots[slot] ?? -1];
    if (place === undefined) throw new RangeError(`slot ${slot} is nowhere`);
    return place;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
