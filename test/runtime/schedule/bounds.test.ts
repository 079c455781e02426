/** How good schedules are, and what finding them costs: bounds that hold for any graph, figures for a named family. */

import { describe, expect, it } from "vitest";
import { type Inventory, Scheduler, simulate, type Task } from "../../../src/runtime/schedule/index.js";
import { family, graphOf, lowerBound, SEEDS, SHAPES } from "../../support/graphs.js";
import fc from "../../support/properties.js";

const GB = 1e9;
const slots = (count: number): Inventory => ({
  hostBytes: 64 * GB,
  places: [{ name: "cpu", memoryBytes: undefined }],
  slots: new Array<number>(count).fill(0),
});
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

describe("identical slots", () => {
  const graphs = fc
    .array(
      fc.record({
        seconds: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double({ min: 0, max: 100, noNaN: true })),
        after: fc.array(fc.nat(), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 60 },
    )
    .map((drawn) =>
      drawn.map(({ seconds, after }, index): Task => {
        const ids = index === 0 ? [] : after.map((pick) => `t${pick % index}`);
        return { id: `t${index}`, seconds, after: [...new Set(ids)], memory: GB, deviceMemory: 0 };
      }),
    );

  it("are never used worse than (2 − 1/m) times what no schedule can beat", () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 1, max: 8 }), (tasks, m) => {
        const { seconds } = simulate(tasks, slots(m));
        const bound = lowerBound(tasks, m);
        expect(seconds).toBeGreaterThanOrEqual(bound * (1 - 1e-9));
        expect(seconds).toBeLessThanOrEqual((2 - 1 / m) * bound * (1 + 1e-9));
      }),
      { numRuns: 500 },
    );
  });

  it("one of them is never idle", () => {
    fc.assert(
      fc.property(graphs, (tasks) => {
        const work = tasks.reduce((sum, { seconds }) => sum + seconds, 0);
        expect(simulate(tasks, slots(1)).seconds).toBeCloseTo(work, 6);
      }),
    );
  });

  it("are used within a tenth of that by half of the family of graphs of 10,000 tasks", { timeout: 300_000 }, () => {
    const ratios: number[] = [];
    for (const { name, seed, tasks } of family(10_000)) {
      const ratio = simulate(tasks, slots(8)).seconds / lowerBound(tasks, 8);
      expect(ratio, `${name}, seed ${seed}`).toBeLessThanOrEqual(2 - 1 / 8 + 1e-9);
      ratios.push(ratio);
    }
    expect(ratios.length).toBe(SEEDS.length * Object.keys(SHAPES).length);
    expect(median(ratios)).toBeLessThanOrEqual(1.1);
  });
});

describe("what deciding costs", () => {
  /** Nodes of the ready tree looked at, with every task needing another amount of a memory that is always short. */
  function visits(name: string, count: number, inventory: Inventory): number {
    const { tasks } = graphOf(name, 1, count);
    const needs = tasks.map((task, index): Task => {
      const deviceMemory = (1 + ((index * 7919) % 1000) / 40) * GB;
      return { ...task, memory: deviceMemory + ((index * 104_729) % 1000) * 1e6, deviceMemory };
    });
    const scheduler = new Scheduler(needs, inventory, "keep-going");
    const running: { readonly at: number; readonly tasks: readonly string[] }[] = [];
    const seconds = new Map(needs.map(({ id, seconds: own }) => [id, own]));
    let now = 0;
    for (;;) {
      for (const { tasks: ids } of scheduler.next(now)) {
        running.push({ at: now + ids.reduce((sum, id) => sum + (seconds.get(id) ?? 0), 0), tasks: ids });
      }
      running.sort((a, b) => b.at - a.at);
      const ended = running.pop();
      if (ended === undefined) break;
      now = ended.at;
      for (const id of ended.tasks) scheduler.finished(id);
    }
    expect(scheduler.remaining).toEqual([]);
    return scheduler.visits;
  }
  const gpus: Inventory = {
    hostBytes: 32 * GB,
    places: [24, 40, 80].map((size, index) => ({ name: `cuda:${index}`, memoryBytes: size * GB })),
    slots: [0, 1, 2, 0, 1, 2, 0, 1, 2],
  };

  it.each([
    ["layered: a thousand wide", slots(8)],
    ["study: one source, many inits", slots(8)],
    ["layered: a thousand wide", gpus],
    ["study: one source, many inits", gpus],
    ["tree: reduced by fours", gpus],
  ])("grows with the tasks and hardly more: %s", (name, inventory) => {
    const [some, many] = [visits(name, 2000, inventory), visits(name, 8000, inventory)];
    // four times the tasks; sixteen would be quadratic
    expect(many / some).toBeLessThan(6);
    // several searches a task, each of a few times the logarithm
    expect(many).toBeLessThan(8000 * 200);
  });
});
