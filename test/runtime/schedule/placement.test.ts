/** Placement on invented machines: from one processor to eight GPUs of different sizes. */

import { describe, expect, it } from "vitest";
import type { CpuDevice, CudaDevice, Device, WebGpuDevice } from "../../../src/runtime/devices/types.js";
import { type Inventory, planSlots, Scheduler, simulate, type Task } from "../../../src/runtime/schedule/index.js";
import { CONTEXT_BYTES } from "../../../src/runtime/schedule/inventory.js";
import fc from "../../support/properties.js";

const GB = 1e9;
const cpu = (cores: number, memoryBytes = 64 * GB): CpuDevice => ({
  kind: "cpu",
  name: "processor",
  cores,
  memoryBytes,
  freeBytes: memoryBytes,
});
const gpu = (index: number, memoryBytes: number | null, freeBytes = memoryBytes): CudaDevice => ({
  kind: "cuda",
  index,
  uuid: `GPU-${index}`,
  name: "card",
  memoryBytes,
  freeBytes,
  computeCapability: "8.0",
  driver: "550",
});
const task = (id: string, memory: number, deviceMemory: number, seconds = 1): Task => ({
  id,
  after: [],
  seconds,
  memory,
  deviceMemory,
});

describe("slots", () => {
  it.each<[string, CpuDevice, readonly Device[], Parameters<typeof planSlots>[2], readonly number[]]>([
    ["one a core", cpu(4), [cpu(4)], { threads: 1 }, [0, 0, 0, 0]],
    ["one where threads take all cores", cpu(4), [cpu(4)], { threads: 8 }, [0]],
    ["as many as asked for", cpu(4), [cpu(4)], { threads: 1, jobs: 2 }, [0, 0]],
    ["several a GPU, four at most", cpu(32), [gpu(0, 40 * GB)], { threads: 1 }, [0, 0, 0, 0]],
    ["in turn over the GPUs", cpu(4), [gpu(0, 40 * GB), gpu(1, 40 * GB)], { threads: 1 }, [0, 1, 0, 1]],
    ["one a GPU where jobs are fewer", cpu(32), [gpu(0, 40 * GB), gpu(1, 40 * GB)], { threads: 1, jobs: 2 }, [0, 1]],
    [
      "on the first GPUs where jobs are fewest",
      cpu(32),
      [gpu(0, 8 * GB), gpu(1, 8 * GB)],
      { threads: 1, jobs: 1 },
      [0],
    ],
    ["fewer on a small GPU", cpu(32), [gpu(0, 6 * GB)], { threads: 1 }, [0, 0]],
    ["one where memory is not known", cpu(32), [gpu(0, null)], { threads: 1 }, [0]],
  ])("are %s", (_, host, devices, wish, slots) => {
    expect(planSlots(host, devices, wish).slots).toEqual(slots);
  });

  it("leave memory for contexts, for the system, and for who else is on the device", () => {
    const of = (device: Device, jobs: number) =>
      planSlots(cpu(8), [device], { threads: 1, jobs }).places[0]?.memoryBytes;
    expect(of(gpu(0, 40 * GB), 1)).toBeLessThan(40 * GB * 0.8);
    expect(of(gpu(0, 40 * GB), 4)).toBeLessThan((of(gpu(0, 40 * GB), 1) ?? 0) - 3 * CONTEXT_BYTES);
    expect(of(gpu(0, 40 * GB, 10 * GB), 1)).toBeLessThan(10 * GB);
    expect(of(gpu(0, 1 * GB), 4)).toBe(0);
    expect(of(cpu(8), 2)).toBeUndefined();
    const software: WebGpuDevice = { kind: "webgpu", name: "lavapipe", hardware: "software", limits: null };
    expect(of(software, 1)).toBeUndefined();
  });
});

const two: Inventory = {
  hostBytes: 100,
  places: [
    { name: "cuda:0", memoryBytes: 40 },
    { name: "cuda:1", memoryBytes: 80 },
  ],
  slots: [0, 1, 0, 1],
};
const placed = (tasks: readonly Task[], inventory: Inventory) =>
  simulate(tasks, inventory).starts.map(({ tasks: [id], slot, at, recycle }) => [id, slot, at, recycle]);

describe("placement", () => {
  it("puts several small jobs on one GPU, and a large one where it fits", () => {
    const tasks = [task("large", 70, 60, 9), task("a", 20, 15, 3), task("b", 20, 15, 2), task("c", 20, 15, 1)];
    expect(placed(tasks, two)).toEqual([
      ["large", 1, 0, []],
      ["a", 0, 0, []],
      ["b", 2, 0, []],
      // the other GPU has room for one more
      ["c", 3, 0, []],
    ]);
  });

  it("runs what is larger than every GPU on the largest, when that is free", () => {
    const tasks = [task("giant", 95, 90, 9), task("a", 5, 5, 3), task("b", 5, 5, 2), task("c", 5, 5, 1)];
    const one = { ...two, slots: [0, 1] };
    expect(placed(tasks, one)).toEqual([
      ["giant", 1, 0, []],
      ["a", 0, 0, []],
      ["b", 0, 3, []],
      ["c", 0, 5, []],
    ]);
  });

  it("keeps to the host's memory as well", () => {
    const tasks = [task("a", 70, 10, 3), task("b", 60, 10, 2)];
    // 60 + 50 of the host's 100
    expect(placed(tasks, two).map(([, , at]) => at)).toEqual([0, 3]);
  });

  it("lets a worker go that is idle but still holds what the next task needs", () => {
    const one: Inventory = { hostBytes: 100, places: [{ name: "cuda:0", memoryBytes: 40 }], slots: [0, 0] };
    const tasks = [
      { ...task("first", 30, 30, 2) },
      { ...task("beside", 10, 10, 5) },
      { ...task("large", 35, 35, 1), after: ["beside"] },
    ];
    const scheduler = new Scheduler(tasks, one, "keep-going");
    expect(scheduler.next(0)).toEqual([
      { tasks: ["beside"], slot: 0, recycle: [] },
      { tasks: ["first"], slot: 1, recycle: [] },
    ]);
    scheduler.finished("first");
    scheduler.finished("beside");
    // in slot 0, whose worker closes its own programs; the other one's 30 are in the way
    expect(scheduler.next(0)).toEqual([{ tasks: ["large"], slot: 0, recycle: [1] }]);
  });

  it("needs no letting go of a worker that died", () => {
    const one: Inventory = { hostBytes: 100, places: [{ name: "cuda:0", memoryBytes: 40 }], slots: [0, 0] };
    const scheduler = new Scheduler([task("a", 5, 5), task("b", 30, 30, 2)], one, "keep-going");
    expect(scheduler.next(0).map(({ tasks: [id], slot }) => [id, slot])).toEqual([
      ["b", 0],
      ["a", 1],
    ]);
    scheduler.workerGone(0);
    scheduler.returned("b");
    scheduler.add([task("c", 35, 35, 3)]);
    expect(scheduler.next(0)).toEqual([{ tasks: ["c"], slot: 0, recycle: [] }]);
  });

  it("gives a task that found no memory the machine for itself", () => {
    const scheduler = new Scheduler(
      [task("a", 1, 1, 9), task("b", 1, 1, 5), task("c", 1, 1, 1)],
      { ...two, slots: [0, 1] },
      "keep-going",
    );
    expect(scheduler.next(0).flatMap(({ tasks }) => tasks)).toEqual(["a", "b"]);
    expect(scheduler.hasCompany("a")).toBe(true);
    scheduler.returned("a", [], "alone");
    expect(scheduler.hasCompany("b")).toBe(false);
    expect(scheduler.next(0).flatMap(({ tasks }) => tasks)).toEqual(["c"]);
    scheduler.finished("c");
    expect(scheduler.next(0)).toEqual([]);
    scheduler.finished("b");
    expect(scheduler.next(0)).toEqual([{ tasks: ["a"], slot: 1, recycle: [0] }]);
    scheduler.finished("a");
  });
});

/** Machines: a cpu of some cores, or up to eight GPUs of 2 to 80 GB; and more jobs than slots. */
const machines = fc.oneof(
  fc.integer({ min: 1, max: 8 }).map((cores) => planSlots(cpu(cores), [cpu(cores)], { threads: 1 })),
  fc
    .record({
      sizes: fc.array(fc.integer({ min: 2, max: 80 }), { minLength: 1, maxLength: 8 }),
      cores: fc.integer({ min: 1, max: 64 }),
      jobs: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    })
    .map(({ sizes, cores, jobs }) =>
      planSlots(
        cpu(cores),
        sizes.map((size, index) => gpu(index, size * GB)),
        { threads: 1, jobs },
      ),
    ),
);
const works = fc
  .array(
    fc.record({
      seconds: fc.integer({ min: 0, max: 9 }),
      device: fc.integer({ min: 0, max: 60 }),
      host: fc.integer({ min: 0, max: 20 }),
      after: fc.array(fc.nat(), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((drawn) =>
    drawn.map(
      ({ seconds, device, host, after }, index): Task => ({
        ...task(`t${index}`, (device + host) * GB, device * GB, seconds),
        after: index === 0 ? [] : [...new Set(after.map((pick) => `t${pick % index}`))],
      }),
    ),
  );

describe("any work on any machine", () => {
  it("is done once and in order, and no memory is ever promised twice", () => {
    fc.assert(
      fc.property(works, machines, (tasks, inventory) => {
        const { starts } = simulate(tasks, inventory);
        const byId = new Map(tasks.map((one) => [one.id, one]));
        expect(starts.flatMap(({ tasks: ids }) => ids).sort()).toEqual([...byId.keys()].sort());
        /** What each slot holds, by our own count. */
        const held = new Map<number, { host: number; own: number; until: number }>();
        for (const { slot, at, until, tasks: ids, recycle } of starts) {
          const place = inventory.places[inventory.slots[slot] ?? -1];
          const one = byId.get(ids[0] ?? "");
          if (place === undefined || one === undefined) throw new Error("started what is not there");
          for (const before of one.after) {
            expect(starts.find(({ tasks: [id] }) => id === before)?.until).toBeLessThanOrEqual(at);
          }
          for (const other of [slot, ...recycle]) {
            expect(held.get(other)?.until ?? 0, "a running worker is let go").toBeLessThanOrEqual(at);
            held.delete(other);
          }
          const own = place.memoryBytes === undefined ? 0 : one.deviceMemory;
          held.set(slot, { host: one.memory - own, own, until });
          // what is larger than a memory has it for itself
          const sole = (amounts: readonly number[], most: number) =>
            amounts.reduce((total, amount) => total + amount, 0) <= most ||
            amounts.filter((amount) => amount > 0).length === 1;
          expect(
            sole(
              [...held.values()].map(({ host }) => host),
              inventory.hostBytes,
            ),
          ).toBe(true);
          for (const [index, { memoryBytes = 0 }] of inventory.places.entries()) {
            const here = [...held].filter(([other]) => inventory.slots[other] === index).map(([, of]) => of.own);
            expect(sole(here, memoryBytes)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("takes no longer than on one worker, and uses every GPU it can", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 30 }), (gpus, count) => {
        const devices = Array.from({ length: gpus }, (_, index) => gpu(index, 16 * GB));
        const inventory = planSlots(cpu(64), devices, { threads: 1, jobs: gpus });
        const tasks = Array.from({ length: count }, (_, i) => task(`t${i}`, 2 * GB, GB));
        const { starts, seconds } = simulate(tasks, inventory);
        expect(seconds).toBe(Math.ceil(count / gpus));
        expect(new Set(starts.map(({ slot }) => slot)).size).toBe(Math.min(count, gpus));
      }),
    );
  });
});
