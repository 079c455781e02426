/** Nothing ready waits for ever, however much else there is; and whatever happens, no memory is promised twice. */

import { describe, expect, it } from "vitest";
import { type Inventory, Scheduler, type Task } from "../../../src/runtime/schedule/index.js";
import fc from "../../support/properties.js";

const cpu = (slots: number, hostBytes = 100): Inventory => ({
  hostBytes,
  places: [{ name: "cpu", memoryBytes: undefined }],
  slots: new Array<number>(slots).fill(0),
});
const gpus = (sizes: readonly number[], each: number): Inventory => ({
  hostBytes: 1000,
  places: sizes.map((memoryBytes, index) => ({ name: `cuda:${index}`, memoryBytes })),
  slots: Array.from({ length: sizes.length * each }, (_, slot) => slot % sizes.length),
});
const task = (id: string, seconds: number, memory = 0, deviceMemory = 0): Task => ({
  id,
  after: [],
  seconds,
  memory: memory + deviceMemory,
  deviceMemory,
});

interface Stream {
  readonly inventory: Inventory;
  readonly first: readonly Task[];
  /** Two of them are there at any time, for ever. */
  readonly small: (index: number) => Task;
  /** What a task takes in truth; its estimate unless given. */
  readonly truth?: (task: Task) => number;
}

/** How many small tasks started before every first one had; stops in despair after 3,000. */
function smallOnesBefore({ inventory, first, small, truth = ({ seconds }) => seconds }: Stream): number {
  const scheduler = new Scheduler(first, inventory, "keep-going");
  const tasks = new Map(first.map((one) => [one.id, one]));
  const left = new Set(tasks.keys());
  let made = 0;
  const more = () => {
    const added = small(made++);
    tasks.set(added.id, added);
    scheduler.add([added]);
  };
  for (let slot = 0; slot < inventory.slots.length + 2; slot++) more();
  const running: { readonly ids: readonly string[]; readonly until: number }[] = [];
  let now = 0;
  for (let started = 0; started < 3000; ) {
    for (const { tasks: ids } of scheduler.next(now)) {
      const seconds = ids.map((id) => truth(tasks.get(id) ?? task(id, 0))).reduce((a, b) => a + b, 0);
      running.push({ ids, until: now + seconds });
      for (const id of ids) {
        left.delete(id);
        if (!id.startsWith("small")) continue;
        started += 1;
        more();
      }
    }
    if (left.size === 0) return started;
    running.sort((a, b) => b.until - a.until);
    const ended = running.pop();
    if (ended === undefined) throw new Error("nothing runs and nothing starts");
    now = ended.until;
    for (const id of ended.ids) scheduler.finished(id);
  }
  return Number.POSITIVE_INFINITY;
}

describe("a ready task starts", () => {
  it("though it is large and small ones never end", () => {
    const big = task("big", 10, 90);
    const stream = { inventory: cpu(3), first: [big], small: (index: number) => task(`small ${index}`, 3, 20) };
    // the first that fill the machine, and none once the large one was promised its room
    expect(smallOnesBefore(stream)).toBeLessThanOrEqual(6);
  });

  it("though small ones with more work behind them never end", () => {
    const big = task("big", 10, 90);
    const stream = { inventory: cpu(3), first: [big], small: (index: number) => task(`small ${index}`, 50, 20) };
    expect(smallOnesBefore(stream)).toBeLessThanOrEqual(100);
  });

  it("though it is unimportant and others never end", () => {
    const stream = {
      inventory: cpu(2),
      first: [task("unimportant", 0.1)],
      small: (index: number) => task(`small ${index}`, 5),
    };
    expect(smallOnesBefore(stream)).toBeLessThanOrEqual(100);
  });

  it("though it fits one GPU of eight, and that one is never free", () => {
    const stream = {
      inventory: gpus([8, 8, 16, 16, 24, 24, 40, 80], 2),
      first: [task("big", 60, 1, 70)],
      small: (index: number) => task(`small ${index}`, 1 + (index % 7), 1, 6),
    };
    expect(smallOnesBefore(stream)).toBeLessThanOrEqual(200);
  });

  it("though every estimate of the others is ten times too low", () => {
    const stream = {
      inventory: cpu(3),
      first: [task("big", 10, 90)],
      small: (index: number) => task(`small ${index}`, 1, 20),
      truth: ({ id, seconds }: Task) => (id.startsWith("small") ? seconds * 10 : seconds),
    };
    expect(smallOnesBefore(stream)).toBeLessThanOrEqual(100);
  });

  it("on any machine, beside any endless work", () => {
    const amount = fc.integer({ min: 0, max: 120 });
    const shapes = fc.record({ seconds: fc.integer({ min: 0, max: 20 }), host: amount, device: amount });
    const machines = fc.oneof(
      fc.integer({ min: 1, max: 6 }).map((count) => cpu(count)),
      fc
        .tuple(
          fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 }),
          fc.integer({ min: 1, max: 3 }),
        )
        .map(([sizes, each]) => gpus(sizes, each)),
    );
    fc.assert(
      fc.property(
        machines,
        fc.array(shapes, { minLength: 1, maxLength: 6 }),
        fc.array(
          fc.record({
            seconds: fc.integer({ min: 1, max: 30 }),
            host: amount,
            device: amount,
            factor: fc.integer({ min: 1, max: 5 }),
          }),
          {
            minLength: 1,
            maxLength: 5,
          },
        ),
        (inventory, first, others) => {
          const of = (index: number) => others[index % others.length] ?? { seconds: 1, host: 0, device: 0, factor: 1 };
          const started = smallOnesBefore({
            inventory,
            first: first.map(({ seconds, host, device }, index) => task(`first ${index}`, seconds, host, device)),
            small: (index) => task(`small ${index}`, of(index).seconds, of(index).host, of(index).device),
            truth: ({ id, seconds }) => (id.startsWith("small") ? seconds * of(Number(id.slice(6))).factor : seconds),
          });
          expect(started).toBeLessThan(1500);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("while a large task waits for its room", () => {
  const names = (scheduler: Scheduler, now: number) => scheduler.next(now).flatMap(({ tasks }) => tasks);

  it("others start that are over by then, or fit beside it", () => {
    const scheduler = new Scheduler([task("long", 100, 60), task("large", 90, 50)], cpu(4), "keep-going");
    expect(names(scheduler, 0)).toEqual(["long"]);
    // `large` will have room after 100 seconds, with 50 to spare
    scheduler.add([task("fits beside it", 80, 30), task("and over by then", 50, 10)]);
    expect(names(scheduler, 40)).toEqual(["fits beside it", "and over by then"]);
  });

  it("nothing starts that would put it off", () => {
    const scheduler = new Scheduler([task("long", 100, 60), task("large", 90, 90)], cpu(4), "keep-going");
    expect(names(scheduler, 0)).toEqual(["long"]);
    scheduler.add([task("more important", 95, 20), task("late", 80, 20), task("in time", 60, 20)]);
    expect(names(scheduler, 30)).toEqual(["in time"]);
    scheduler.finished("in time");
    expect(names(scheduler, 85)).toEqual([]);
    scheduler.finished("long");
    expect(names(scheduler, 90)).toEqual(["large"]);
    scheduler.finished("large");
    expect(names(scheduler, 180)).toEqual(["more important", "late"]);
  });

  it("nothing more starts in the shadow of a task that runs longer than it should", () => {
    const scheduler = new Scheduler(
      [task("long", 100, 60), task("large", 90, 90), task("a", 50, 20), task("b", 1, 20)],
      cpu(4),
      "keep-going",
    );
    expect(names(scheduler, 0)).toEqual(["long", "a", "b"]);
    scheduler.add([task("c", 1, 20)]);
    scheduler.finished("b");
    expect(names(scheduler, 100)).toEqual([]);
  });

  it("it loses its promise with what it needs", () => {
    const scheduler = new Scheduler([task("long", 100, 60), task("large", 90, 90)], cpu(4), "keep-going");
    expect(names(scheduler, 0)).toEqual(["long"]);
    scheduler.add([task("more important", 500, 50)]);
    scheduler.finished("long");
    expect(names(scheduler, 1)).toEqual(["large"]);
    scheduler.returned("large", [], "any");
    expect(names(scheduler, 2)).toEqual(["more important"]);
  });
});

describe("whatever happens", () => {
  const machines = fc.oneof(
    fc.integer({ min: 1, max: 5 }).map((count) => cpu(count)),
    fc.constantFrom(gpus([40], 3), gpus([10, 80], 2), gpus([8, 16, 24, 40, 40, 48, 80, 80], 2)),
  );
  const works = fc.array(
    fc.record({
      seconds: fc.integer({ min: 0, max: 9 }),
      host: fc.integer({ min: 0, max: 60 }),
      device: fc.integer({ min: 0, max: 90 }),
      group: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      after: fc.array(fc.nat(), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 25 },
  );
  const fates = fc.infiniteStream(
    fc.record({
      fate: fc.constantFrom(
        "finished",
        "finished",
        "finished",
        "failed",
        "returned",
        "alone",
        "lost",
        "parked",
        "held",
      ),
      pick: fc.nat(),
      seconds: fc.integer({ min: 0, max: 5 }),
    }),
  );

  it("every task ends or is skipped, once, after its inputs, and no memory is promised twice", () => {
    fc.assert(
      fc.property(works, machines, fates, (drawn, inventory, happenings) => {
        const tasks = drawn.map(({ seconds, host, device, group, after }, index): Task => {
          const ids = index === 0 ? [] : after.map((pick) => `t${pick % index}`);
          const own = { ...task(`t${index}`, seconds, host, device), after: [...new Set(ids)] };
          // members of a group never wait for each other: those here have no inputs
          return group === undefined || ids.length > 0 ? own : { ...own, group: `g${group}` };
        });
        const byId = new Map(tasks.map((one) => [one.id, one]));
        const scheduler = new Scheduler(tasks, inventory, "keep-going");
        /** What each slot holds by our own count, idle ones included. */
        const held = new Map<number, { host: number; own: number; ids: Set<string> }>();
        const ended = new Set<string>();
        const parked: string[] = [];
        const waiting: string[] = [];
        let troubles = 0;
        let now = 0;
        const running = () => [...held].flatMap(([slot, { ids }]) => [...ids].map((id) => [slot, id] as const));
        for (;;) {
          for (const { slot, tasks: ids, recycle } of scheduler.next(now)) {
            for (const other of [slot, ...recycle]) {
              expect(held.get(other)?.ids.size ?? 0, "a running worker is let go").toBe(0);
              held.delete(other);
            }
            const hasOwn = inventory.places[inventory.slots[slot] ?? -1]?.memoryBytes !== undefined;
            const needs = ids.map((id) => {
              const { memory, deviceMemory, after } = byId.get(id) ?? task(id, 0);
              for (const before of after) expect(ended.has(before), `${id} before ${before}`).toBe(true);
              expect(ended.has(id), `${id} twice`).toBe(false);
              return hasOwn ? { host: memory - deviceMemory, own: deviceMemory } : { host: memory, own: 0 };
            });
            const host = Math.max(...needs.map((need) => need.host));
            const own = Math.max(...needs.map((need) => need.own));
            held.set(slot, { host, own, ids: new Set(ids) });
            const sole = (amounts: readonly number[], most: number) =>
              amounts.reduce((a, b) => a + b, 0) <= most || amounts.filter((amount) => amount > 0).length === 1;
            const all = [...held.values()];
            expect(
              sole(
                all.map((one) => one.host),
                inventory.hostBytes,
              ),
              "host memory",
            ).toBe(true);
            for (const [place, { memoryBytes }] of inventory.places.entries()) {
              const here = [...held].filter(([other]) => inventory.slots[other] === place).map(([, one]) => one.own);
              expect(sole(here, memoryBytes ?? 0), `memory of ${place}`).toBe(true);
            }
          }
          const { value: event } = happenings.next();
          now += event.seconds;
          const underway = running();
          const [slot, id] = underway[event.pick % Math.max(1, underway.length)] ?? [];
          if (slot === undefined || id === undefined) {
            const resumed = parked.pop();
            const released = waiting.pop();
            if (resumed !== undefined) scheduler.resumed(resumed);
            if (released !== undefined) scheduler.letGo(released);
            if (resumed === undefined && released === undefined) break;
            continue;
          }
          const fate = troubles++ < 40 ? event.fate : "finished";
          held.get(slot)?.ids.delete(id);
          switch (fate) {
            case "finished":
              scheduler.finished(id);
              ended.add(id);
              break;
            case "failed":
              ended.add(id);
              for (const skip of scheduler.failed(id)) ended.add(skip.task);
              break;
            case "lost":
              scheduler.workerGone(slot);
              for (const other of [id, ...(held.get(slot)?.ids ?? [])]) scheduler.returned(other);
              held.delete(slot);
              break;
            case "parked":
              scheduler.parked(id);
              parked.push(id);
              break;
            case "held":
              scheduler.hold(id);
              scheduler.returned(id);
              waiting.push(id);
              break;
            default:
              scheduler.returned(id, [], fate === "alone" ? "alone" : "any");
          }
        }
        expect(scheduler.remaining).toEqual([]);
        expect([...ended].sort()).toEqual([...byId.keys()].sort());
      }),
      { numRuns: 400 },
    );
  });
});
