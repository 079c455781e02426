import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../src/index.js";
import { readJournal } from "../../src/runtime/journal/journal.js";
import { ensureBuilt, root } from "../built.js";
import { newProject, type Outcome, TINY, xferc } from "./harness.js";

const project = newProject({ "study.xfer": TINY });
beforeAll(ensureBuilt, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

const runFolders = () => {
  const folder = join(project, "runs", "tiny");
  return existsSync(folder) ? readdirSync(folder).sort() : [];
};

describe("a run", { timeout: 120_000 }, () => {
  it("leaves every file of its folder, and says where the report is", async () => {
    const { code, out } = await xferc(project, "run", "study.xfer", "--ui", "plain");
    expect(code).toBe(0);
    const [id = ""] = runFolders();
    expect(id).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[0-9a-f]{6}$/);
    expect(out).toContain("8 nodes for 1 cell: 8 to compute");
    expect(out).toContain(`Report: runs/tiny/${id}/report/index.html`);
    const folder = join(project, "runs", "tiny", id);
    for (const name of [
      "study/study.xfer",
      "study/xfer-bundled/bundled.xfer",
      "study.lock.json",
      "plan.json",
      "events.ndjson",
      "results.csv",
      "results.parquet",
      "summary.csv",
      "report/index.html",
      "tables/t.csv",
      "tables/t.md",
      "tables/t.tex",
      "ro-crate-metadata.json",
    ]) {
      expect(existsSync(join(folder, name)), name).toBe(true);
    }
    expect(readFileSync(join(folder, "study/study.xfer"), "utf8")).toBe(TINY);
    expect(readFileSync(join(folder, "study.lock.json"), "utf8")).toBe(
      readFileSync(join(project, "study.lock.json"), "utf8"),
    );
    const events = readJournal(join(folder, "events.ndjson"));
    expect(events.at(0)?.type).toBe("run.started");
    expect(events.at(-1)).toMatchObject({ type: "run.finished", computed: 8, failed: 0 });
  });

  it("takes everything from the cache the second time; results are the same bytes", async () => {
    const { code, out } = await xferc(project, "run", "study.xfer", "--ui", "json", "--out", "again");
    expect(code).toBe(0);
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ type: "run.finished", computed: 0, cached: 8 });
    const [first = ""] = runFolders();
    expect(readFileSync(join(project, "again", "results.csv"), "utf8")).toBe(
      readFileSync(join(project, "runs", "tiny", first, "results.csv"), "utf8"),
    );
    const plan = await xferc(project, "plan", "study.xfer");
    expect(plan.out).toContain("Nothing to run");
  });

  it("computes again exactly what a changed number changes, and plan says why", async () => {
    const changed = ["study.xfer", "--set", "short.batch=16 images"];
    const { out } = await xferc(project, "plan", ...changed);
    expect(out).toMatch(/batch 32 → 16 \(override: short\.batch = 16 images\)/);
    const events: string[] = [];
    const ran = await run("study.xfer", {
      cwd: project,
      set: ["short.batch=16 images"],
      onEvent: (event) => {
        if (event.type === "node.started") events.push(event.op);
      },
    });
    expect(ran.run).toMatchObject({ end: "complete", computed: 3, cached: 5 });
    expect(events).toEqual(["train", "predict", "score"]);
  });

  it("will not write into the folder of another run", async () => {
    const { code, err } = await xferc(project, "run", "study.xfer", "--out", "again", "--ui", "plain");
    expect(err).toContain("again holds another run");
    expect(code).toBe(2);
  });

  it("makes the report again from its folder", async () => {
    rmSync(join(project, "again", "report", "index.html"));
    expect(await xferc(project, "report", "again")).toMatchObject({
      code: 0,
      out: expect.stringContaining("again/report/index.html"),
    });
    expect(existsSync(join(project, "again", "report", "index.html"))).toBe(true);
  });
});

describe("when something fails", { timeout: 120_000 }, () => {
  it("a corrupt image fails its cells alone: exit code 3, the others in the results", async () => {
    const folder = newProject({ "study.xfer": TWO_TARGETS });
    await writeImages(join(folder, "good"));
    await writeImages(join(folder, "bad"));
    writeFileSync(join(folder, "bad", "test", "a", "0.png"), "not a picture");
    const { code, out } = await xferc(folder, "run", "study.xfer", "--ui", "plain", "--out", "out");
    expect(out).toMatch(/✗ .*bad.*0\.png/);
    const results = readFileSync(join(folder, "out", "results.csv"), "utf8");
    expect(results).toMatch(/^main,good,.*,ok,/m);
    expect(results).toMatch(/^main,bad,.*,failed,/m);
    expect(out).not.toMatch(/^ {4}at /m);
    expect(code).toBe(3);
    rmSync(folder, { recursive: true });
  });

  it("SIGINT stops it gracefully: exit code 130, what is finished stays, the same command resumes", async () => {
    const folder = newProject({ "study.xfer": TINY.replace("for 2 steps", "for 20_000 steps") });
    const stopped = await interrupted(folder);
    expect(stopped.out).not.toContain('"node.failed"');
    const last = JSON.parse(stopped.out.trim().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({ type: "run.interrupted" });
    expect(last.finished).toBeGreaterThanOrEqual(4);
    expect(stopped.code).toBe(130);
    writeFileSync(join(folder, "study.xfer"), TINY);
    const { out } = await xferc(folder, "run", "study.xfer", "--ui", "plain");
    expect(out).toMatch(/[1-9] from the cache/);
    rmSync(folder, { recursive: true });
  });
});

const TWO_TARGETS = `study two { seed 1; repeats 1 }
dataset good from image_folder("./good") { metric top1 }
dataset bad from image_folder("./bad") { metric top1 }
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 8 px)
init RI = random
recipe short { optimizer sgd(lr: 0.1); batch 2 images; for 2 steps; select last }
experiment main {
  vary target in [good, bad]
  model mini; init RI; train short
  measure test = score(target.metric)
}
table t from main { rows target; cell test }
`;

async function writeImages(folder: string): Promise<void> {
  for (const [index, name] of ["train", "val", "test"]
    .flatMap((split) => ["a", "b"].map((label) => `${split}/${label}`))
    .entries()) {
    for (let image = 0; image < 3; image++) {
      const shade = (index * 40 + image * 10) % 255;
      const picture = sharp({
        create: { width: 8, height: 8, channels: 3, background: { r: shade, g: shade, b: shade } },
      });
      const whole = join(folder, name);
      const { mkdirSync } = await import("node:fs");
      mkdirSync(whole, { recursive: true });
      await picture.png().toFile(join(whole, `${image}.png`));
    }
  }
}

/** The real command in a process of its own, interrupted once its training has begun. */
function interrupted(cwd: string): Promise<Outcome> {
  const main = join(root, "dist", "src", "cli", "main.js");
  const child = spawn(process.execPath, [main, "run", "study.xfer", "--ui", "json"], { cwd });
  const plain = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    plain.out += chunk;
    if (/"node.progress".*"loss"/.test(plain.out) && !child.killed) child.kill("SIGINT");
  });
  child.stderr.on("data", (chunk) => {
    plain.err += chunk;
  });
  return new Promise((done) => child.on("close", (code) => done({ code: code ?? -1, ...plain })));
}
