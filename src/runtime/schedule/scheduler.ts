/**
 * Decides what runs next and where; pure, so that it is tested with a simulated clock and invented machines. Tasks on
 * the longest remaining path come first; among equals the one that more work waits for.
 */

import { Heap } from "./heap.js";
import type { Inventory } from "./inventory.js";
import { MemoryBook, type MemoryNeed, type Room } from "./memory.js";

export interface Task extends MemoryNeed {
  readonly id: string;
  /** Ids of tasks that must be done before. */
  readonly after: readonly string[];
  readonly seconds: number;
  /** Ready tasks of one group go to one slot together; none waits for the rest of its group. */
  readonly group?: string;
}

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

type TaskState = "waiting" | "running" | "parked" | "done" | "failed" | "skipped";

interface Entry {
  readonly task: Task;
  readonly order: number;
  readonly dependents: string[];
  /** Seconds from its start to the end of all that waits for it, if nothing else had to run. */
  path: number;
  /** How many tasks it still waits for. */
  open: number;
  state: TaskState;
  /** Given up after a lost attempt, so that one bad probe cannot take its group down three times. */
  group: string | undefined;
  /** `alone`: on a machine of its own, so that no neighbour's memory can be what it lacks. */
  company: "any" | "alone";
}

interface Lease {
  readonly slot: number;
  readonly company: Entry["company"];
  readonly size: number;
  left: number;
}

function comesFirst(a: Entry, b: Entry): boolean {
  if (a.path !== b.path) return a.path > b.path;
  if (a.dependents.length !== b.dependents.length) return a.dependents.length > b.dependents.length;
  return a.order < b.order;
}

export class Scheduler {
  private readonly entries = new Map<string, Entry>();
  private readonly ready = new Heap<Entry>(comesFirst);
  private readonly freeSlots: number[];
  private readonly readyGroups = new Map<string, Entry[]>();
  private readonly leases = new Map<string, Lease>();
  private readonly book: MemoryBook;
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
    const added = tasks.map((task) => this.enter(task));
    for (const entry of added) {
      for (const id of entry.task.after) {
        const before = this.entry(id);
        before.dependents.push(entry.task.id);
        if (before.state !== "done") entry.open += 1;
      }
    }
    measurePaths(added, (id) => this.entry(id));
    for (const entry of added) this.makeReady(entry);
  }

  /** What to start now. The caller tells of every task how it ended: `finished`, `failed` or `returned`. */
  next(): readonly Assignment[] {
    const started: Assignment[] = [];
    const tooLarge: Entry[] = [];
    // many tasks need the same; room that is not there for one is not there for the next
    const refused = new Set<string>();
    while (!this.stopped && this.freeSlots.length > 0) {
      const entry = this.ready.pop();
      if (entry === undefined) break;
      if (entry.state !== "waiting" || entry.open > 0) continue;
      const members = this.members(entry);
      const { memory, deviceMemory } = needOf(members);
      const need = `${memory} ${deviceMemory} ${entry.company}`;
      const room = refused.has(need) ? undefined : this.roomFor(members);
      if (room !== undefined) started.push(this.lease(members, room));
      else {
        tooLarge.push(entry);
        refused.add(need);
      }
    }
    for (const entry of tooLarge) this.ready.push(entry);
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
    for (const name of entry.dependents) {
      const dependent = this.entry(name);
      dependent.open -= 1;
      this.makeReady(dependent);
    }
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

  /** A task that will go back to waiting is not ready before it is let go. */
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

  /** One pass serves a group, so it needs the memory of its largest member. */
  private roomFor(members: readonly Entry[]): Room | undefined {
    const running = [...this.leases.values()];
    if (running.some(({ company }) => company === "alone")) return undefined;
    const room = this.book.find(needOf(members), this.freeSlots);
    if (room === undefined || members.every(({ company }) => company === "any")) return room;
    return running.length > 0 ? undefined : { slot: room.slot, recycle: this.book.idleBeside(room.slot) };
  }

  private enter(task: Task): Entry {
    const entry: Entry = {
      task,
      order: this.entries.size,
      dependents: [],
      path: task.seconds,
      open: 0,
      state: "waiting",
      group: task.group,
      company: "any",
    };
    this.entries.set(task.id, entry);
    return entry;
  }

  private makeReady(entry: Entry): void {
    if (entry.open > 0 || entry.state !== "waiting") return;
    this.ready.push(entry);
    const { group } = entry;
    if (group === undefined) return;
    const members = this.readyGroups.get(group);
    if (members === undefined) this.readyGroups.set(group, [entry]);
    else members.push(entry);
  }

  /** The entry and every ready one of its group. */
  private members(entry: Entry): readonly Entry[] {
    const { group } = entry;
    if (group === undefined) return [entry];
    const members = this.readyGroups.get(group) ?? [];
    return [
      entry,
      ...members.filter(
        (member) => member !== entry && member.group === group && member.state === "waiting" && member.open === 0,
      ),
    ];
  }

  private lease(entries: readonly Entry[], room: Room): Assignment {
    const { slot, recycle } = room;
    const alone = entries.some(({ company }) => company === "alone");
    const lease: Lease = { slot, company: alone ? "alone" : "any", size: entries.length, left: entries.length };
    this.freeSlots.splice(this.freeSlots.indexOf(slot), 1);
    this.book.take(room, needOf(entries));
    for (const entry of entries) {
      entry.state = "running";
      this.leases.set(entry.task.id, lease);
      if (entry.group !== undefined) this.readyGroups.delete(entry.group);
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

  private entry(id: string): Entry {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new RangeError(`no task ${id}`);
    return entry;
  }
}

function needOf(entries: readonly Entry[]): MemoryNeed {
  return {
    memory: Math.max(...entries.map(({ task }) => task.memory)),
    deviceMemory: Math.max(...entries.map(({ task }) => task.deviceMemory)),
  };
}

/** Fills in every entry's `path`, from the last tasks back to the first. */
function measurePaths(added: readonly Entry[], entry: (id: string) => Entry): void {
  const mine = new Set(added.map(({ task }) => task.id));
  const open = new Map(added.map(({ task }) => [task.id, task.after.filter((id) => mine.has(id)).length]));
  const order = added.filter(({ task }) => open.get(task.id) === 0);
  for (const before of order) {
    for (const id of before.dependents) {
      const left = (open.get(id) ?? 0) - 1;
      open.set(id, left);
      if (left === 0) order.push(entry(id));
    }
  }
  if (order.length !== added.length) throw new RangeError("tasks wait for each other in a circle");
  for (const before of order.reverse()) {
    let longest = 0;
    for (const id of before.dependents) longest = Math.max(longest, entry(id).path);
    before.path = before.task.seconds + longest;
  }
}
