/**
 * Studies whose trainings stop early, by the built command, on every engine that is here: what the results, the report and
 * the plan say of it, and that a killed run ends where one that was left alone ends.
 */

import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readJournal } from "../../src/runtime/journal/journal.js";
import { ensureBuilt } from "../built.js";
import { describeTensorflow } from "../support/tensorflow.js";
import { UNMINDED } from "../support/unminded.js";
import { childrenOf, project, read, remove, start, xferc } from "./command.js";

// no accuracy gets better by more than 1: after the checks at 4 and 8 steps that of 12 is the second without improvement
const STUDY = `study early { seed 3; repeats 1 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [8], stem: small, size: 28 px)
recipe r {
  optimizer adam(lr: 1e-2); batch 32 images; for 40 steps
  schedule plateau(patience: 1 checks)
  select best(target.metric, on: val) every 4 steps
  stop early(patience: 2 checks, min_delta: 1)
  checkpoint every 1 steps
}
recipe head = r with { freeze backbone; schedule constant; stop early(patience: 1 checks, min_delta: 1) }
recipe whole = r with { stop never }
recipe waits = r with { average ema(decay: 0.9); unfreeze units from head every 6 steps; stop early(patience: 2 checks, min_delta: 1, after: 12 steps) }
recipe swept = r with { schedule cosine() }
source before = pretrain(on: digits_few, using: r, keep: [4, 8] steps)
source further = pretrain(on: digits_few, using: r, from: before.at(8 steps))
experiment main {
  vary train in [r, whole, waits]
  model mini; target digits_few; init transfer; source further
  measure test = score(target.metric)
  measure goal = steps_to(value: 1.5)
  measure area = curve_area()  // xfer-ignore early-stop-curve-area: what is said of it is what is asked
}
experiment staged {
  model mini; target digits_few; init random; train head then r
  measure test = score(target.metric)
}
experiment chosen {
  model mini; target digits_few; init random; train swept
  tune swept.lr in [1e-3, 1e-2, 1e-1] { best target.metric on val; refit train + val }
  measure test = score(target.metric)
}
table t from main { rows train; columns number; cell trained }
`;

interface Row {
  readonly [column: string]: string;
}

function suiteOf(engine: "onnx" | "tensorflow"): void {
  let folder = "";
  let rows: readonly Row[] = [];
  const RUN = ["run", "study.xfer", "--ui", "json", "--engine", engine];

  beforeAll(async () => {
    await ensureBuilt();
    folder = project({ "study.xfer": STUDY, "xfer.config.json": UNMINDED });
    const { code, err } = await xferc(folder, ...RUN, "--cache", "quiet-cache", "--out", "quiet");
    expect(err).toBe("");
    expect(code).toBe(0);
    rows = Papa.parse<Row>(read(folder, "quiet", "results.csv").trim(), { header: true }).data;
  }, 240_000);
  afterAll(() => remove(folder));

  const trained = (experiment: string, where: Row = {}) =>
    Object.fromEntries(
      rows.flatMap((row) =>
        row.experiment === experiment &&
        row.measure === "trained" &&
        Object.entries(where).every(([column, value]) => row[column] === value)
          ? [[row.number, Number(row.value)]]
          : [],
      ),
    );

  it("say in the results how long they trained and whether they stopped", () => {
    const stopped = trained("main", { train: "r" });
    expect(stopped).toMatchObject({ steps: 12, budget: 40, stopped: 1 });
    expect([4, 8, 12]).toContain(stopped.selected);
    expect(trained("main", { train: "waits" })).toMatchObject({ steps: 20, stopped: 1 });
    expect(trained("main", { train: "whole" })).toMatchObject({ steps: 40, budget: 40, stopped: 0 });
  });

  it("count for each stage apart", () => {
    expect(trained("staged", { stage: "1" })).toMatchObject({ steps: 8, stopped: 1 });
    expect(trained("staged", { stage: "2" })).toMatchObject({ steps: 12, stopped: 1 });
  });

  it("are refitted for as long as the chosen trial took to its selected state", () => {
    const trials = readJournal(join(folder, "quiet", "events.ndjson")).flatMap((event) =>
      event.type === "node.finished" && /^train chosen#1 trial/.test(event.label) ? [event.summary ?? ""] : [],
    );
    expect(trials).toHaveLength(3);
    for (const summary of trials) expect(summary).toMatch(/at step \d+ of 12, stopped early \(40 at most\)/);
    const found = trials.map((summary) => Number(/at step (\d+)/.exec(summary)?.[1]));
    const refit = trained("chosen");
    // a budget in steps is as many on both splits together
    expect(refit).toMatchObject({ budget: 40, stopped: 1, selected: refit.steps });
    expect(found).toContain(refit.steps);
  });

  it("are right-censored at the step they stopped at, and say that areas are of what there is", () => {
    const goals = rows.filter(({ measure, train }) => measure === "goal" && train === "r");
    expect(goals).toHaveLength(1);
    for (const { status, above, reason } of goals) {
      expect({ status, above }).toEqual({ status: "not_reached", above: "12" });
      expect(reason).toContain("within 12 steps, when it stopped early");
    }
    const whole = rows.find(({ measure, train }) => measure === "goal" && train === "whole");
    expect(whole).toMatchObject({ status: "not_reached", above: "40", reason: expect.not.stringContaining("early") });
    const report = JSON.parse(read(folder, "quiet", "report", "data.json"));
    const said = report.probeWarnings.filter(({ of }: { of: string }) => of === "main.area");
    expect(said).toMatchObject([{ message: expect.stringContaining("before it stopped early"), times: 2 }]);
  });

  it("say in the report where each stage ended, and draw no further", () => {
    const report = JSON.parse(read(folder, "quiet", "report", "data.json"));
    const cell = report.cells.find(({ id }: { id: string }) => id === "staged#1");
    expect(cell.stopped).toEqual([
      { recipe: expect.stringContaining("head"), at: 8, of: 40 },
      { recipe: "r", at: 12, of: 40 },
    ]);
    const [curve] = report.histories[cell.history].curves;
    expect(curve.points.at(-1)[0]).toBe(12);
    const page = read(folder, "quiet", "report", "index.html");
    expect(page).toContain("<dt>stopped early</dt><dd>head: after step 8 of 40</dd>");
  });

  it("are planned for at most so long", async () => {
    const { out } = await xferc(folder, "plan", "study.xfer", "--engine", engine, "--cache", "empty-cache");
    expect(out).toMatch(/train +\d+ +0 +≤ /);
    expect(out).toMatch(/Estimate: at most .*; trainings that stop early take less/);
    const shown = await xferc(
      folder,
      "plan",
      "study.xfer",
      "--engine",
      engine,
      "--cache",
      "empty-cache",
      "--format",
      "json",
    );
    expect(JSON.parse(shown.out).summary.estimate.atMost).toBe(true);
  });

  it("end with the same numbers where the run was killed", async () => {
    const words = [...RUN, "--cache", "kill-cache", "--out", "kill", "--jobs", "1"];
    const run = start(folder, words);
    await run.seen(/"node.checkpoint".*"step":(8|9|10|11),/);
    const workers = childrenOf(run.child.pid);
    run.child.kill("SIGKILL");
    await run.ended;
    for (const worker of workers) {
      try {
        process.kill(worker, "SIGKILL");
      } catch {
        // gone by itself
      }
    }
    expect((await xferc(folder, ...words)).code).toBe(0);
    const journal = readJournal(join(folder, "kill", "events.ndjson"));
    expect(journal.some(({ type }) => type === "node.resumed")).toBe(true);
    for (const name of ["results.csv", "summary.csv"]) {
      expect(read(folder, "kill", name), name).toBe(read(folder, "quiet", name));
    }
  }, 240_000);
}

describe("trainings on onnx that stop early", { timeout: 120_000 }, () => suiteOf("onnx"));
describeTensorflow("trainings on tensorflow that stop early", () => suiteOf("tensorflow"));
