import { describe, expect, it } from "vitest";
import { type Inventory, Scheduler, simulate, type Task } from "../../../src/runtime/schedule/index.js";
import fc from "../../support/properties.js";

const machine = (slots: number, hostBytes = 1e9): Inventory => ({
  hostBytes,
  places: [{ name: "cpu", memoryBytes: undefined }],
  slots: new Array<number>(slots).fill(0),
});
const task = (id: string, seconds: number, after: readonly string[] = [], memory = 0): Task => ({
  id,
  seconds,
  after,
  memory,
  deviceMemory: 0,
});
const started = (scheduler: Scheduler) => scheduler.next(0).flatMap(({ tasks }) => tasks);

describe("order", () => {
  it("takes the critical path first", () => {
    const tasks = [task("short", 5), task("head", 1), task("tail", 10, ["head"])];
    expect(simulate(tasks, machine(1)).starts.flatMap(({ tasks: ids }) => ids)).toEqual(["head", "tail", "short"]);
  });

  it("prefers, among equally long paths, what more work waits for", () => {
    const tasks = [
      task("plain", 2, []),
      task("after plain", 1, ["plain"]),
      task("shared", 2),
      task("x", 1, ["shared"]),
      task("y", 1, ["shared"]),
    ];
    expect(started(new Scheduler(tasks, machine(1), "keep-going"))).toEqual(["shared"]);
  });

  it("fills every slot and reuses the lowest free one", () => {
    const { starts, seconds } = simulate([task("a", 4), task("b", 3), task("c", 2), task("d", 1)], machine(2));
    expect(starts.map(({ tasks: [id], slot, at }) => [id, slot, at])).toEqual([
      ["a", 0, 0],
      ["b", 1, 0],
      ["c", 1, 3],
      ["d", 0, 4],
    ]);
    expect(seconds).toBe(5);
  });

  it("does not pack more than the memory holds, yet runs what is larger than the machine alone", () => {
    const tasks = [
      task("big", 5, [], 80),
      task("other", 4, [], 50),
      task("small", 3, [], 20),
      task("giant", 1, [], 500),
    ];
    const { starts } = simulate(tasks, machine(4, 100));
    expect(starts.map(({ tasks: [id], at }) => [id, at])).toEqual([
      ["big", 0],
      ["small", 0],
      ["other", 5],
      ["giant", 9],
    ]);
  });
});

describe("failure", () => {
  const tasks = [task("a", 1), task("b", 1, ["a"]), task("c", 1, ["b"]), task("d", 9)];

  it("skips everything downstream and keeps the rest going", () => {
    const scheduler = new Scheduler([...tasks, task("e", 1, ["d"])], machine(2), "keep-going");
    expect(started(scheduler)).toEqual(["d", "a"]);
    expect(scheduler.failed("a")).toEqual([
      { task: "b", because: "a" },
      { task: "c", because: "a" },
    ]);
    scheduler.finished("d");
    expect(started(scheduler)).toEqual(["e"]);
    expect(scheduler.remaining).toEqual([]);
  });

  it("lets go on what waited for its end alone, of itself and of what is skipped with it", () => {
    const behind = (id: string, ...others: readonly string[]): Task => ({ ...task(id, 9), behind: others });
    const tasks = [
      task("bad", 1),
      task("after bad", 1, ["bad"]),
      task("good", 2),
      task("long", 10),
      behind("x", "bad", "after bad", "good"),
    ];
    const scheduler = new Scheduler(tasks, machine(2), "keep-going");
    // what waits counts for the path of what it waits for
    expect(started(scheduler)).toEqual(["bad", "good"]);
    expect(scheduler.failed("bad")).toEqual([{ task: "after bad", because: "bad" }]);
    expect(started(scheduler)).toEqual(["long"]);
    scheduler.finished("good");
    expect(started(scheduler)).toEqual(["x"]);
    scheduler.finished("x");
    scheduler.add([behind("y", "bad", "good")]);
    expect(started(scheduler)).toEqual(["y"]);
  });

  it("starts nothing new under fail-fast", () => {
    const scheduler = new Scheduler([...tasks, task("e", 1, ["d"])], machine(2), "fail-fast");
    started(scheduler);
    scheduler.failed("a");
    scheduler.finished("d");
    expect(started(scheduler)).toEqual([]);
    expect(scheduler.remaining).toEqual(["e"]);
  });

  it("gives a returned task its turn again, after what it now waits for", () => {
    const scheduler = new Scheduler([task("a", 1)], machine(1), "keep-going");
    started(scheduler);
    scheduler.add([task("input again", 1)]);
    scheduler.returned("a", ["input again"]);
    expect(started(scheduler)).toEqual(["input again"]);
    scheduler.finished("input again");
    expect(started(scheduler)).toEqual(["a"]);
  });
});

describe("groups", () => {
  const probe = (id: string, after: readonly string[]): Task => ({ ...task(id, 1, after, 30), group: "state" });

  it("go to one slot together, those that are ready", () => {
    const scheduler = new Scheduler(
      [
        task("train", 5),
        task("elsewhere", 4),
        probe("cka", ["train"]),
        probe("knn", ["train"]),
        probe("across", ["train", "elsewhere"]),
      ],
      machine(2, 50),
      "keep-going",
    );
    started(scheduler);
    scheduler.finished("train");
    expect(scheduler.next(0)).toEqual([{ slot: 0, tasks: ["cka", "knn"], recycle: [] }]);
    scheduler.finished("elsewhere");
    expect(scheduler.next(0)).toEqual([]); // 30 + 30 would not fit
    scheduler.finished("cka");
    expect(scheduler.next(0)).toEqual([]); // the slot is busy until all of the group have ended
    scheduler.finished("knn");
    expect(scheduler.next(0)).toEqual([{ slot: 0, tasks: ["across"], recycle: [] }]);
  });

  it("let a member whose attempt was lost run alone", () => {
    const scheduler = new Scheduler([probe("a", []), probe("b", []), probe("c", [])], machine(2), "keep-going");
    expect(started(scheduler)).toEqual(["a", "b", "c"]);
    for (const id of ["a", "b", "c"]) scheduler.returned(id);
    expect(scheduler.next(0)).toEqual([
      { slot: 0, tasks: ["a"], recycle: [] },
      { slot: 1, tasks: ["b"], recycle: [] },
    ]);
  });
});

describe("wrong tasks", () => {
  it("are refused", () => {
    expect(() => new Scheduler([task("a", 1, ["nowhere"])], machine(1), "keep-going")).toThrow("no task nowhere");
    expect(() => new Scheduler([task("a", 1, ["b"]), task("b", 1, ["a"])], machine(1), "keep-going")).toThrow("circle");
    expect(() => new Scheduler([task("a", 1)], machine(1), "keep-going").finished("a")).toThrow("not running");
  });
});

describe("any graph on any machine", () => {
  const graphs = fc
    .array(
      fc.record({
        seconds: fc.integer({ min: 0, max: 9 }),
        memory: fc.integer({ min: 0, max: 60 }),
        after: fc.array(fc.nat(), { maxLength: 3 }),
      }),
      {
        minLength: 1,
        maxLength: 30,
      },
    )
    .map((drawn) =>
      drawn.map(({ seconds, memory, after }, index) =>
        task(`t${index}`, seconds, index === 0 ? [] : [...new Set(after.map((pick) => `t${pick % index}`))], memory),
      ),
    );

  it("runs every task once, after its inputs, one a slot, within memory", () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 1, max: 5 }), (tasks, slots) => {
        const { starts } = simulate(tasks, machine(slots, 100));
        const by = new Map(starts.map((start) => [start.tasks[0], start]));
        expect(by.size).toBe(tasks.length);
        expect(starts.length).toBe(tasks.length);
        for (const { id, after } of tasks) {
          for (const before of after) expect(by.get(before)?.until).toBeLessThanOrEqual(by.get(id)?.at ?? -1);
        }
        for (const { at } of starts) {
          const now = starts.filter((other) => other.at <= at && at < other.until);
          expect(new Set(now.map(({ slot }) => slot)).size).toBe(now.length);
          const memory = now.reduce(
            (sum, { tasks: [id] }) => sum + (tasks.find((one) => one.id === id)?.memory ?? 0),
            0,
          );
          expect(memory).toBeLessThanOrEqual(100);
        }
      }),
      { numRuns: 100 },
    );
  });
});
