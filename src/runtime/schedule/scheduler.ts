/**
 * Decides what runs next and where; pure, so that it is tested with a simulated clock and invented machines. Tasks on
 * the longest remaining path come first; among equals the one that more work waits for. Where the first of all does not
 * fit beside what runs, it is promised its room, and later ones start only where that does not put it off.
 */

import { type Entry, measurePaths, type Task } from "./entry.js";
import type { Inventory } from "./inventory.js";
import { MemoryBook, type Room } from "./memory.js";
import { type Ending, gapsBeside } from "./promise.js";
import { ReadyTasks, type Unit, wantOf } from "./ready.js";
import { fits } from "./tree.js";

export type { Task } from "./entry.js";

export type FailurePolicy = "keep-going" | "fail-fast";

/** Tasks of one group, or a single one, for one worker. The slot is free again when all of them have ended. */
export interface Assignment {
  readonly tasks: readonly string[];
  readonly slot: number;
  /** Slots whose idle workers have to be let go before it starts: they hold memory it needs. */
  readonly recycle: readonly number[];
}

export interface Skip {
  readonly task: string;
  /** The task that failed. */
  readonly because: string;
}

interface Lease extends Ending {
  readonly company: Entry["company"];
  readonly size: number;
  left: number;
}

export class Scheduler {
  private readonly entries = new Map<string, Entry>();
  private readonly ready = new ReadyTasks();
  private additions = 0;
  private readonly freeSlots: number[];
  private readonly leases = new Map<string, Lease>();
  private readonly book: MemoryBook;
  /** The task that was promised its room. */
  private promised: Entry | undefined;
  private stopped = false;

  /** @throws RangeError where a task waits for one that is not there, or tasks wait for each other in a circle. */
  constructor(
    tasks: readonly Task[],
    inventory: Inventory,
    private readonly policy: FailurePolicy,
  ) {
    this.book = new MemoryBook(inventory);
    this.freeSlots = [...inventory.slots.keys()];
    this.add(tasks);
  }

  /** More tasks, waiting for each other or for any already here. */
  add(tasks: readonly Task[]): void {
    this.additions += 1;
    const added = tasks.map((task) => this.enter(task));
    for (const entry of added) {
      for (const id of entry.task.after) {
        const before = this.entry(id);
        before.dependents.push(entry.task.id);
        if (before.state !== "done") entry.open += 1;
      }
      for (const id of entry.task.behind ?? []) {
        const before = this.entry(id);
        if (hasEnded(before)) continue;
        before.watchers.push(entry.task.id);
        entry.open += 1;
      }
    }
    measurePaths(added, (id) => this.entry(id));
    for (const entry of added) this.makeReady(entry);
  }

  /**
   * What to start now. The caller tells of every task how it ended: `finished`, `failed` or `returned`.
   *
   * @param now seconds since any moment that stays the same
   */
  next(now: number): readonly Assignment[] {
    const started: Assignment[] = [];
    while (!this.stopped && this.freeSlots.length > 0) {
      const running = this.endings();
      if (running.some(({ company }) => company === "alone")) break;
      const pick = this.pick(now, running);
      if (pick === undefined) break;
      started.push(this.lease(pick.unit, pick.room, now));
    }
    return started;
  }

  /** Another process is at it: a running task gives its slot back and does not start again before `resumed`. */
  parked(id: string): void {
    this.release(id).state = "parked";
  }

  /** A parked task is ready again, with those of its group. */
  resumed(id: string): void {
    const entry = this.entry(id);
    if (entry.state !== "parked") throw new RangeError(`task ${id} is not parked`);
    entry.state = "waiting";
    this.makeReady(entry);
  }

  /** Of a running task, or a parked one that another process has done. */
  finished(id: string): void {
    const known = this.entry(id);
    const entry = known.state === "parked" ? known : this.release(id);
    entry.state = "done";
    this.letOn(entry.dependents);
    this.letOn(entry.watchers);
  }

  /** Marks all that waits for it as skipped and says which. Under `fail-fast` nothing new starts afterwards. */
  failed(id: string): readonly Skip[] {
    if (this.policy === "fail-fast") this.stopped = true;
    return this.setAside(id);
  }

  /** As `failed`, but no failure: it will be part of another plan. */
  setAside(id: string): readonly Skip[] {
    const entry = this.release(id);
    entry.state = "failed";
    const skipped: Skip[] = [];
    const open = [...entry.dependents];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const dependent = this.entry(name);
      if (dependent.state !== "waiting") continue;
      dependent.state = "skipped";
      skipped.push({ task: name, because: id });
      open.push(...dependent.dependents);
    }
    for (const ended of [id, ...skipped.map(({ task }) => task)]) this.letOn(this.entry(ended).watchers);
    return skipped;
  }

  /**
   * A running task goes back to waiting, from now on without its group: its attempt was lost, or other tasks have to be
   * done first. One that found no memory may ask to be alone.
   */
  returned(id: string, waitFor: readonly string[] = [], company: "any" | "alone" = "any"): void {
    const entry = this.release(id);
    entry.state = "waiting";
    entry.group = undefined;
    if (company === "alone") entry.company = company;
    for (const name of waitFor) {
      const before = this.entry(name);
      if (before.state === "done") continue;
      before.dependents.push(id);
      entry.open += 1;
    }
    this.makeReady(entry);
  }

  /** The slot's worker is gone, with all the memory it held. */
  workerGone(slot: number): void {
    this.book.forget(slot);
  }

  /** Whether another task runs at this moment, or shares its pass: its memory may be what `id` lacked. */
  hasCompany(id: string): boolean {
    const lease = this.leases.get(id);
    return (lease?.size ?? 0) > 1 || [...this.leases.values()].some((other) => other !== lease);
  }

  /** A running task that will go back to waiting is not ready before it is let go. */
  hold(id: string): void {
    this.entry(id).open += 1;
  }

  letGo(id: string): void {
    const entry = this.entry(id);
    entry.open -= 1;
    this.makeReady(entry);
  }

  /** Nothing new starts from now on. */
  stop(): void {
    this.stopped = true;
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  get running(): readonly string[] {
    return [...this.leases.keys()];
  }

  /** Tasks that never started. */
  get remaining(): readonly string[] {
    return [...this.entries.values()].filter(({ state }) => state === "waiting").map(({ task }) => task.id);
  }

  /** How often a ready task was looked at so far; what deciding costs grows with it. */
  get visits(): number {
    return this.ready.visits;
  }

  /** What was promised its room or has waited for too long, or else what comes first; where there is no room, what fits. */
  private pick(now: number, running: readonly Lease[]): { readonly unit: Unit; readonly room: Room } | undefined {
    const first = this.ready.unitOf(this.promised) ?? this.ready.overtaken(this.additions) ?? this.ready.first();
    if (first === undefined) return undefined;
    const room = this.roomFor(first, running);
    if (room !== undefined) return { unit: first, room };
    this.promised = first.first;
    const gaps = gapsBeside(first, { now, book: this.book, running, free: this.freeSlots });
    const unit = this.ready.firstWithin(gaps);
    if (unit === undefined) return undefined;
    const places = new Set(gaps.filter((gap) => fits(wantOf(unit), gap)).map(({ place }) => place));
    const slots = this.freeSlots.filter((slot) => places.has(this.book.placeOf(slot)));
    const beside = this.book.find(unit.need, slots);
    return beside && { unit, room: beside };
  }

  private roomFor({ need, company }: Unit, running: readonly Lease[]): Room | undefined {
    if (company === "any") return this.book.find(need, this.freeSlots);
    return running.length > 0 ? undefined : this.book.alone(this.freeSlots);
  }

  private enter(task: Task): Entry {
    const entry: Entry = {
      task,
      order: this.entries.size,
      dependents: [],
      watchers: [],
      need: this.book.footprint(task),
      path: task.seconds,
      followers: 0,
      open: 0,
      state: "waiting",
      group: task.group,
      company: "any",
    };
    this.entries.set(task.id, entry);
    return entry;
  }

  /** One less to wait for. */
  private letOn(names: readonly string[]): void {
    for (const name of names) {
      const entry = this.entry(name);
      entry.open -= 1;
      this.makeReady(entry);
    }
  }

  private makeReady(entry: Entry): void {
    if (entry.open > 0 || entry.state !== "waiting") return;
    this.ready.add(entry, this.additions);
  }

  private lease(unit: Unit, { slot, recycle }: Room, now: number): Assignment {
    const { entries, need, seconds, company } = unit;
    const lease: Lease = { slot, endsAt: now + seconds, company, size: entries.length, left: entries.length };
    this.freeSlots.splice(this.freeSlots.indexOf(slot), 1);
    this.book.take({ slot, recycle }, need);
    this.ready.remove(unit);
    for (const entry of entries) {
      if (entry === this.promised) this.promised = undefined;
      entry.state = "running";
      this.leases.set(entry.task.id, lease);
    }
    return { slot, tasks: entries.map(({ task }) => task.id), recycle };
  }

  private release(id: string): Entry {
    const entry = this.entry(id);
    const lease = this.leases.get(id);
    if (entry.state !== "running" || lease === undefined) throw new RangeError(`task ${id} is not running`);
    this.leases.delete(id);
    lease.left -= 1;
    if (lease.left === 0) {
      this.freeSlots.push(lease.slot);
      this.freeSlots.sort((a, b) => a - b);
      this.book.release(lease.slot);
    }
    return entry;
  }

  /** A lease for each slot in use. */
  private endings(): readonly Lease[] {
    return [...new Set(this.leases.values())];
  }

  private entry(id: string): Entry {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new RangeError(`no task ${id}`);
    return entry;
  }
}

function hasEnded({ state }: Entry): boolean {
  return state === "done" || state === "failed" || state === "skipped";
}
