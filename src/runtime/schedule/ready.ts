/** The tasks that are ready, those of a group together, and which of them comes first. */

import { comesFirst, type Entry } from "./entry.js";
import type { Footprint } from "./memory.js";
import { type Gap, ReadyTree, type Want } from "./tree.js";

/** What starts together: a ready task, or all ready ones of a group. */
export interface Unit {
  /** The one of them that comes first. */
  readonly first: Entry;
  readonly entries: readonly Entry[];
  /** One pass serves a group, so it needs the memory of its largest member. */
  readonly need: Footprint;
  readonly seconds: number;
  readonly company: Entry["company"];
}

type Growing = { -readonly [K in keyof Omit<Unit, "entries">]: Unit[K] } & { readonly entries: Entry[] };

/** Once so many additions have come after a ready task, it goes first: work that keeps being added does not put it off. */
const PATIENCE = 64;

export class ReadyTasks {
  private readonly tree = new ReadyTree<Growing>((a, b) => comesFirst(a.first, b.first));
  private readonly units = new Map<Entry, Growing>();
  private readonly groups = new Map<string, Growing>();
  /** In the order in which they became ready; some have started since, or were ready once more. */
  private readonly queue: { readonly entry: Entry; readonly since: number }[] = [];
  private head = 0;
  private readonly readySince = new Map<Entry, number>();

  /** How many nodes of the tree were looked at so far. */
  get visits(): number {
    return this.tree.visits;
  }

  /** @param additions how many times tasks have been added to the scheduler */
  add(entry: Entry, additions: number): void {
    this.readySince.set(entry, additions);
    this.queue.push({ entry, since: additions });
    const { group, need, company, task } = entry;
    let unit = group === undefined ? undefined : this.groups.get(group);
    if (unit === undefined) {
      unit = { first: entry, entries: [entry], need, seconds: task.seconds, company };
      if (group !== undefined) this.groups.set(group, unit);
    } else {
      this.tree.remove(unit);
      join(unit, entry);
    }
    this.units.set(entry, unit);
    this.tree.insert(unit, wantOf(unit));
  }

  remove(unit: Unit): void {
    const known = this.units.get(unit.first);
    if (known === undefined) throw new RangeError(`task ${unit.first.task.id} is not ready`);
    this.tree.remove(known);
    for (const entry of known.entries) {
      this.units.delete(entry);
      this.readySince.delete(entry);
      if (entry.group !== undefined) this.groups.delete(entry.group);
    }
  }

  unitOf(entry: Entry | undefined): Unit | undefined {
    return entry && this.units.get(entry);
  }

  first(): Unit | undefined {
    return this.tree.first();
  }

  firstWithin(gaps: readonly Gap[]): Unit | undefined {
    return this.tree.firstWithin(gaps);
  }

  /** The longest ready of those that have lost patience. */
  overtaken(additions: number): Unit | undefined {
    for (let next = this.queue[this.head]; next !== undefined; next = this.queue[++this.head]) {
      const { entry, since } = next;
      if (this.readySince.get(entry) !== since) continue;
      return additions - since > PATIENCE ? this.units.get(entry) : undefined;
    }
    return undefined;
  }
}

function join(unit: Growing, entry: Entry): void {
  unit.entries.push(entry);
  if (comesFirst(entry, unit.first)) unit.first = entry;
  unit.need = {
    whole: Math.max(unit.need.whole, entry.need.whole),
    host: Math.max(unit.need.host, entry.need.host),
    own: Math.max(unit.need.own, entry.need.own),
  };
  unit.seconds += entry.task.seconds;
  if (entry.company === "alone") unit.company = "alone";
}

/** Beside others, a task that has to be alone fits nowhere. */
export function wantOf({ need, seconds, company }: Unit): Want {
  return company === "alone" ? NOWHERE : { ...need, seconds };
}
const NOWHERE: Want = {
  whole: Number.POSITIVE_INFINITY,
  host: Number.POSITIVE_INFINITY,
  own: Number.POSITIVE_INFINITY,
  seconds: Number.POSITIVE_INFINITY,
};
