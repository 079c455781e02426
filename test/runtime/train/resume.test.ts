/** A training that is broken off anywhere, any number of times, ends as if it never was: bit for bit. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EngineId, openEngine } from "../../../src/runtime/engine/index.js";
import fc from "../../support/properties.js";
import { describeTensorflow } from "../../support/tensorflow.js";
import { tinyResnet, tinyVit } from "../ops/harness.js";
import { type Break, lively, printed, quickFiles, Trainings } from "./resuming.js";

const fp16 = (initial_scale: number) => ({ id: "fp16", version: 1, params: { initial_scale, growth_interval: 3 } });
const drops = { drop_rate: 0.1, proj_drop_rate: 0.1, drop_path_rate: 0.2 };
const dropping = { ...tinyVit(10), params: { ...tinyVit(10).params, ...drops } };

for (const id of ["onnx", "reference"] as const) {
  describe(`a training on ${id}`, { timeout: 240_000 }, () => anyBreak(id));
}
describeTensorflow("a training on tensorflow", () => anyBreak("tensorflow"));

function anyBreak(id: EngineId): void {
  // The interpreter is slow: a single epoch.
  const short = id === "reference" ? { duration: { value: 4, unit: "steps" as const } } : {};
  const precision = fp16(id === "reference" ? 2 ** 19 : 2 ** 22);
  let trainings: readonly Trainings[];
  let unbroken: readonly { readonly printed: ReturnType<typeof printed>; readonly calls: number }[];

  beforeAll(async () => {
    const engine = await openEngine(id, { device: "cpu", threads: 1 });
    trainings = [
      await Trainings.of(engine, lively(dropping, { precision, ...short })),
      await Trainings.of(engine, lively(tinyResnet(10), short)),
      // Pieces of 10 and 4 images, and of 10 and 6 in the last batch of an epoch.
      await Trainings.of(engine, lively(dropping, { precision, ...short }), 10),
    ];
    const runs = [];
    for (const training of trainings) {
      const { result, calls } = await training.run({});
      runs.push({ printed: printed(result), calls });
    }
    unbroken = runs;
  }, 120_000);
  afterAll(() => {
    for (const training of trainings) training.close();
  });

  it("has checks of several batches, skipped steps, a partial batch and a falling rate to lose", () => {
    const [mixed] = unbroken;
    const history = JSON.parse(mixed?.printed?.history ?? "{}");
    expect(history.skipped).toBeGreaterThan(0);
    if (id !== "reference") expect(new Set(history.steps.lr).size).toBeGreaterThan(3);
    expect(mixed?.calls).toBeGreaterThanOrEqual(history.checks.length * 2 + 4);
  });

  it("of batches in pieces is nearly the one of whole batches", () => {
    const [mixed, , pieces] = unbroken.map((one) => JSON.parse(one.printed?.history ?? "{}"));
    expect(pieces.steps.loss).not.toEqual(mixed.steps.loss);
    pieces.steps.loss.forEach((loss: number, i: number) => {
      expect(Math.abs(loss - mixed.steps.loss[i])).toBeLessThan(0.05);
    });
  });

  it("ends with the same bits wherever it is broken off, once", async () => {
    for (const [index, training] of trainings.entries()) {
      const { printed: expected, calls } = unbroken[index] as (typeof unbroken)[number];
      for (let at = 1; at <= calls; at++) {
        const how = at % 2 === 0 ? "kill" : "stop";
        const work = training.partial(`once ${at}`);
        const broken = await training.run({ work, until: { how, at } });
        if (at < calls) expect(broken.result).toBeUndefined();
        const { result, notes } = await training.run({ work });
        expect(printed(result), `${how} at call ${at}`).toEqual(expected);
        // The first checkpoint is of step 2; a stop is one of any step.
        if (how === "stop" && at > 1) expect(notes[0]).toMatchObject({ kind: "resumed" });
      }
    }
  });

  it("ends with the same bits in another process's session", async () => {
    const [training] = trainings;
    const work = training?.partial("moved");
    if (training === undefined || work === undefined) throw new Error("no training");
    await training.run({ work, until: { how: "stop", at: 7 } });
    const engine = await openEngine(id, { device: "cpu", threads: 1 });
    const { result, notes } = await training.run({ work: training.partial("moved"), engine });
    expect(notes[0]).toMatchObject({ kind: "resumed" });
    expect(printed(result)).toEqual(unbroken[0]?.printed);
  });

  it("ends with the same bits however often it is broken off", async () => {
    const breaks = fc.array(fc.record({ how: fc.constantFrom("kill", "stop"), at: fc.integer({ min: 1, max: 12 }) }), {
      minLength: 2,
      maxLength: 6,
    });
    let run = 0;
    const property = fc.asyncProperty(
      breaks,
      fc.integer({ min: 1, max: 4 }),
      fc.nat(2),
      async (times, every, which) => {
        const training = trainings[which] as Trainings;
        const name = `often ${run++}`;
        const interval = { value: every, unit: "steps" as const };
        for (const until of times as readonly Break[]) {
          const work = training.partial(name);
          const { result } = await training.run({ work, every: interval, until });
          if (result !== undefined) break;
        }
        const { result } = await training.run({ work: training.partial(name), every: interval });
        expect(printed(result)).toEqual(unbroken[which]?.printed);
      },
    );
    await fc.assert(property, { numRuns: id === "reference" ? 4 : 12 });
  });
}

describe("checkpoints", { timeout: 60_000 }, () => {
  let training: Trainings;
  let expected: ReturnType<typeof printed>;
  beforeAll(async () => {
    training = await Trainings.of(await openEngine("onnx", { device: "cpu", threads: 1 }), lively(tinyVit(10)));
    expected = printed((await training.run({})).result);
  });
  afterAll(() => training.close());

  const everyStep = { value: 1, unit: "steps" } as const;
  const filesOf = (name: string) => {
    const folder = join(training.folder, "partial");
    const [key] = training.partial(name).place({ digest: "", bytes: 0 }).slice("partial/".length).split(".");
    return readdirSync(folder).flatMap((file) => (file.startsWith(key ?? "?") ? [join(folder, file)] : []));
  };
  const snapshots = (name: string) => filesOf(name).filter((file) => file.endsWith(".json"));
  /** Broken off in the check after step 6. */
  const broken = async (name: string) => {
    const work = training.partial(name);
    const { notes } = await training.run({ work, every: everyStep, until: { how: "kill", at: 11 } });
    return notes.flatMap((note) => (note.kind === "checkpoint" ? [note.step] : []));
  };

  it("are two at most, and gone when they are cleared", async () => {
    expect((await broken("two")).length).toBeGreaterThan(3);
    expect(snapshots("two")).toHaveLength(2);
    await training.partial("two").clear();
    expect(filesOf("two")).toEqual([]);
  });

  it.each([
    ["flipped", (path: string) => writeFileSync(path, flipped(readFileSync(path)))],
    ["torn", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 40))],
    ["empty", (path: string) => writeFileSync(path, "")],
    ["missing", (path: string) => rmSync(path)],
  ])("that are %s are said to be, and the one before or the start serves", async (kind, damage) => {
    for (const ending of [".json", ".safetensors"]) {
      for (const which of ["newest", "all"]) {
        const name = `${kind} ${ending} ${which}`;
        const steps = await broken(name);
        const last = Math.max(...steps);
        const newest = filesOf(name).filter((file) => ending === ".safetensors" || file.includes(`.${last}.`));
        for (const path of which === "all" ? filesOf(name) : newest) if (path.endsWith(ending)) damage(path);
        const { result, notes } = await training.run({ work: training.partial(name), every: everyStep });
        expect(printed(result), name).toEqual(expected);
        // A snapshot that is not there was never made.
        if (kind === "missing" && ending === ".json") continue;
        expect(notes[0]).toMatchObject({ kind: "warning", message: expect.stringContaining(`at step ${last} is`) });
      }
    }
  });

  it("of another engine or format are not used, and not complained of", async () => {
    await broken("foreign");
    const other = { ...training.engine, open: training.engine.open.bind(training.engine) };
    const signature = { ...training.engine.signature, engineVersion: "0.0.1" };
    const { result, notes } = await training.run({
      work: training.partial("foreign"),
      engine: { ...other, signature },
    });
    expect(printed(result)).toEqual(expected);
    expect(notes.filter(({ kind }) => kind !== "checkpoint")).toEqual([]);
  });

  it("that cannot be written are complained of once, and change nothing", async () => {
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
    const files = { ...quickFiles, writeNew: () => Promise.reject(full) };
    const { result, notes } = await training.run({ work: training.partial("full", files), every: everyStep });
    expect(printed(result)).toEqual(expected);
    expect(notes).toEqual([
      { kind: "warning", message: expect.stringMatching(/no checkpoint .* step 1 \(The disk is full/) },
    ]);
  });

  it("say how much time it took in all", async () => {
    let now = 0;
    const clock = () => {
      now += 1000;
      return now;
    };
    const work = training.partial("time");
    await training.run({ work, every: everyStep, until: { how: "stop", at: 8 }, now: clock });
    const { result } = await training.run({ work: training.partial("time"), now: clock });
    expect(result?.resumed?.seconds).toBeGreaterThan(5);
  });
});

function flipped(data: Buffer): Buffer {
  const middle = data.length >> 1;
  data[middle] = (data[middle] ?? 0) ^ 1;
  return data;
}
