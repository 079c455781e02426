/** What a run does when the machine, or whoever sits at it, gets in the way: no number may change by it. */

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/runtime/state/safetensors.js";
import { ensureBuilt } from "../built.js";
import { childrenOf, project, read, remove, SMALL, start, xferc } from "./command.js";

const folder = project({ "study.xfer": SMALL });
const RUN = ["run", "study.xfer", "--ui", "json"] as const;

beforeAll(async () => {
  await ensureBuilt();
  const { code, err } = await xferc(folder, ...RUN, "--cache", "quiet-cache", "--out", "quiet");
  expect(err).toBe("");
  expect(code).toBe(0);
}, 180_000);
afterAll(() => remove(folder));

function events(out: string): readonly { readonly [name: string]: unknown }[] {
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function expectSameNumbers(run: string): void {
  for (const name of ["results.csv", "summary.csv"]) {
    expect(read(folder, run, name), name).toBe(read(folder, "quiet", name));
  }
}

describe("a run", { timeout: 120_000 }, () => {
  it("gives the same bytes in another cache, with another number of workers", async () => {
    const { code } = await xferc(folder, ...RUN, "--cache", "one-cache", "--out", "one", "--jobs", "1");
    expect(code).toBe(0);
    expectSameNumbers("one");
  });

  it("survives a killed worker, and two runs at once on one cache, with the same numbers", async () => {
    const cache = ["--cache", "shared-cache", "--jobs", "1"];
    const first = start(folder, [...RUN, ...cache, "--out", "first"]);
    await first.seen(/"node.progress".*"loss"/);
    const second = start(folder, [...RUN, ...cache, "--out", "second"]);
    for (const worker of childrenOf(first.child.pid)) process.kill(worker, "SIGKILL");
    const [a, b] = [await first.ended, await second.ended];
    expect(events(a.out)).toContainEqual(expect.objectContaining({ type: "worker.lost" }));
    expect(events(a.out)).toContainEqual(expect.objectContaining({ type: "node.failed", willRetry: true }));
    expect([a.code, b.code]).toEqual([0, 0]);
    expectSameNumbers("first");
    expectSameNumbers("second");
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("stopped by %s, goes on in the same folder", async (signal) => {
    const words = ["run", "study.xfer", "--ui", "plain", "--cache", `${signal}-cache`, "--out", signal];
    const run = start(folder, words);
    await run.seen(/prepare digits_few\.train/);
    run.child.kill(signal);
    const { code, out } = await run.ended;
    expect(code).toBe(130);
    expect(out).toMatch(/Stopped after .* of 26 are finished and kept/);
    expect(out).toContain(`Resume with: xferc run study.xfer --cache ${signal}-cache --out ${signal}`);
    if (signal !== "SIGINT") return;
    const again = await xferc(folder, ...words);
    expect(again.code).toBe(0);
    expect(again.out).toMatch(/[1-9]\d* from the cache/);
    expectSameNumbers(signal);
    const third = await xferc(folder, ...words);
    expect(third).toMatchObject({ code: 2, err: expect.stringContaining(`${signal} holds another run`) });
  });

  it("goes on when its reader leaves", async () => {
    const run = start(folder, ["run", "study.xfer", "--ui", "plain", "--cache", "read-cache", "--out", "unread"]);
    await run.seen(/26 to compute/);
    run.child.stdout?.destroy();
    expect((await run.ended).code).toBe(0);
    expectSameNumbers("unread");
  });

  it("computes damaged blobs again", async () => {
    cpSync(join(folder, "quiet-cache"), join(folder, "flipped-cache"), { recursive: true });
    const blobs = join(folder, "flipped-cache", "blobs");
    for (const shard of readdirSync(blobs)) {
      for (const name of readdirSync(join(blobs, shard))) flip(join(blobs, shard, name));
    }
    rmResults(join(folder, "flipped-cache"));
    const { code, out } = await xferc(folder, ...RUN, "--cache", "flipped-cache", "--out", "mended");
    expect(out).toContain("was altered and is computed again");
    const failed = events(out).filter(({ willRetry }) => willRetry === false);
    expect(failed).toEqual([]);
    expect(code).toBe(0);
    expectSameNumbers("mended");
  });

  it("says which cell failed and finishes the others", async () => {
    const study = SMALL.replace("vary init", "vary rate in [0.001, 100]\n  vary init")
      .replace("train short", "train short with { optimizer sgd(lr: rate, l2: 1) }")
      .replace("rows init", "rows rate, init")
      .replace("color init }", "color init; dash rate }");
    writeFileSync(join(folder, "hot.xfer"), study);
    const words = ["run", "hot.xfer", "--ui", "plain", "--cache", "quiet-cache", "--set", "repeats=1"];
    const { code, out } = await xferc(folder, ...words, "--out", "hot", "--checkpoint-every", "5steps");
    expect(code).toBe(3);
    expect(out).toMatch(
      /✗ train main\[rate: 100, init: RI\]#1: the loss is NaN at step \d+ \(learning rate 100, the last finite loss [\d.e+]+ at step \d+\)/,
    );
    // What is kept of it can be looked at anywhere: plain weights under the model's own names.
    const [, step, place] = /The weights after step (\d+) are kept in the cache: (\S+)/.exec(out) ?? [];
    expect(Number(step)).toBeGreaterThan(0);
    const weights = readSafetensors(readFileSync(join(folder, "quiet-cache", place ?? "")), "weights");
    expect([...weights.keys()]).toContain("conv1.weight");
    for (const { data } of weights.values()) expect(data.every(Number.isFinite)).toBe(true);
    // Whether and when something was kept is chance, so the results do not tell of it.
    const again = await xferc(folder, ...words, "--out", "hot again", "--checkpoint-every", "7steps");
    expect(again.out).toMatch(/resumed at step \d+ of 30/);
    expect(read(folder, "hot again", "results.csv")).toBe(read(folder, "hot", "results.csv"));
    expect(out).toContain("Try the failed part again with: xferc run hot.xfer");
    const results = read(folder, "hot", "results.csv");
    expect(results).toMatch(/^main,100,RI,,1,7,test,top1,,,failed,.*the loss is NaN/m);
    expect(results).toMatch(/^main,0\.001,RI,,1,7,test,top1,,[\d.]+,ok,/m);
    expect(read(folder, "hot", "report", "index.html")).toContain("the loss is NaN");

    const fast = await xferc(folder, ...words, "--cache", "fast-cache", "--out", "fast", "--fail-fast", "--jobs", "1");
    expect(fast.code).toBe(3);
    expect(fast.out.match(/✗ train main/g)).toHaveLength(1);
    expect(read(folder, "fast", "results.csv")).toMatch(/failed,.*the loss is NaN/);
    expect(read(folder, "fast", "report", "index.html")).toMatch(/not run yet/);
  });

  it("tells every event as one line of JSON, and plain lines have no escape codes", async () => {
    const json = await xferc(folder, ...RUN, "--cache", "quiet-cache", "--out", "json");
    expect(events(json.out).at(-1)).toMatchObject({ type: "run.finished", computed: 0, cached: 26 });
    const plain = await xferc(folder, "run", "study.xfer", "--ui", "plain", "--cache", "quiet-cache", "--out", "plain");
    expect(plain.out).not.toContain("\u001b");
  });

  it("shows what the study says as text, and its report is made again anywhere", async () => {
    const page = read(folder, "quiet", "report", "index.html");
    expect(page).not.toMatch(/<script>alert|<b>this/);
    cpSync(join(folder, "quiet"), join(folder, "elsewhere"), { recursive: true });
    for (const name of ["report/index.html", "results.csv", "tables"]) {
      rmSync(join(folder, "elsewhere", name), { recursive: true });
    }
    expect((await xferc(folder, "report", "elsewhere")).code).toBe(0);
    expectSameNumbers("elsewhere");
    expect(read(folder, "elsewhere", "report", "index.html")).toBe(page);
    expect(read(folder, "elsewhere", "tables", "t.md")).toBe(read(folder, "quiet", "tables", "t.md"));
  });
});

describe("a place that cannot be written", { timeout: 60_000 }, () => {
  it("is named before anything is computed, where it is --out", async () => {
    writeFileSync(join(folder, "file"), "");
    const cache = ["--cache", "quiet-cache"];
    const file = await xferc(folder, ...RUN, ...cache, "--out", "file");
    expect(file).toMatchObject({ code: 2, err: expect.stringContaining("file is no folder") });
    const below = await xferc(folder, ...RUN, ...cache, "--out", "file/deep");
    expect(below).toMatchObject({ code: 2, err: expect.stringContaining("a part of this path is no folder") });
  });

  // A device that is always full; a file system of one's own needs rights a test may not have.
  const full = existsSync("/dev/full");
  const skipped = full ? "" : " (skipped: this system has no /dev/full)";
  it.skipIf(!full)(`is said to be full, and its run folder is gone on with${skipped}`, async () => {
    const out = join(folder, "full");
    const cache = ["--cache", "quiet-cache", "--out", "full"];
    await xferc(folder, ...RUN, ...cache);
    rmSync(join(out, "plan.json"));
    symlinkSync("/dev/full", join(out, "plan.json"));
    // As if this very process were still writing into it.
    const started = read(out, "events.ndjson").split('{"at"').slice(0, 2).join('{"at"');
    writeFileSync(join(out, "events.ndjson"), started.replace(/"pid":\d+/, `"pid":${process.pid}`));
    const writing = setInterval(() => utimesSync(join(out, "events.ndjson"), new Date(), new Date()), 200);
    const early = await xferc(folder, ...RUN, ...cache);
    clearInterval(writing);
    expect(early).toMatchObject({ code: 2, err: expect.stringContaining("another run is writing into full") });
    utimesSync(join(out, "events.ndjson"), 1, 1);
    const full = await xferc(folder, ...RUN, ...cache);
    expect(full.err).toContain("The disk is full: nothing more can be written to");
    expect(full.err).toContain("the same command resumes");
    expect(full.code).toBe(3);
    rmSync(join(out, "plan.json"));
    utimesSync(join(out, "events.ndjson"), 1, 1);
    expect((await xferc(folder, ...RUN, ...cache)).code).toBe(0);
    expectSameNumbers("full");
  });

  it("is a cache that is no folder", async () => {
    const { code, out } = await xferc(folder, "run", "study.xfer", "--ui", "plain", "--cache", "file", "--out", "none");
    expect(out).toMatch(/The cache .*file is not a folder\..*--cache DIR/);
    expect(code).toBe(3);
  });
});

/** One bit, in the middle. */
function flip(path: string): void {
  const data = readFileSync(path);
  const middle = data.length >> 1;
  data[middle] = (data[middle] ?? 0) ^ 1;
  writeFileSync(path, data);
}

/** Results alone are forgotten, so that their inputs are read again. */
function rmResults(cache: string): void {
  const actions = join(cache, "actions");
  for (const shard of readdirSync(actions)) {
    for (const name of readdirSync(join(actions, shard))) {
      const path = join(actions, shard, name);
      if (/"op":"(score|predict|probe\.knn)"/.test(readFileSync(path, "utf8"))) rmSync(path);
    }
  }
}
