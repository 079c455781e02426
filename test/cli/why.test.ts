/** Why nodes run, as a user meets it: in `plan`, at the start of a run, in `explain`, in JSON. */

import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLAN_SCHEMA } from "../../src/compiler/plan/index.js";
import { ensureBuilt } from "../built.js";
import { newProject, xferc } from "./harness.js";
import { writeImage, writeImages } from "./images.js";

const STUDY = `study pets { seed 1; repeats 1 }
dataset pets from image_folder("./pets") { metric top1 }
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 8 px)
init RI = random
recipe short {
  optimizer sgd(lr: 0.1)
  batch     2 images
  for       2 steps
  select    last
}
experiment main {
  model mini; target pets; init RI; train short
  measure test = score(target.metric)
}
table t from main { cell test }
`;

const project = newProject({ "study.xfer": STUDY });
const pets = join(project, "pets");
const plan = async (...words: string[]) => (await xferc(project, "plan", "study.xfer", ...words)).out;
const run = async (...words: string[]) => (await xferc(project, "run", "study.xfer", "--ui", "plain", ...words)).out;
const write = (text: string) => writeFileSync(join(project, "study.xfer"), text);

beforeAll(async () => {
  await ensureBuilt();
  await writeImages(pets);
  expect(await run()).toContain("Report:");
}, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

const picture = (name: string, shade: number) => writeImage(join(pets, name), shade);

describe("after an edit", { timeout: 120_000 }, () => {
  const changed = STUDY.replace("batch     2", "batch     3");

  it("plan, explain and JSON say which number, where", async () => {
    write(changed);
    expect(await plan()).toMatch(/^Why 3 nodes run\n {2}3 {2}batch 2 → 3 \(study\.xfer:7\)\n/);
    expect(await plan("--why")).toMatch(
      /test of main#1\n +batch 2 → 3 \(study\.xfer:7\), by [0-9a-f]{12} train main#1\n/,
    );
    const json = JSON.parse(await plan("--format", "json"));
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(PLAN_SCHEMA);
    expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
    expect(json.summary.causes).toMatchObject([{ reason: { kind: "parameter", path: "batch", line: 7 }, nodes: 3 }]);
    expect(json.summary.cacheSavings).toBeGreaterThan(0);
    const train: string = json.summary.causes[0].first;
    const explained = (await xferc(project, "explain", "study.xfer", train.slice(0, 12))).out;
    expect(explained).toContain("because    batch 2 → 3 (study.xfer:7)");
    expect(explained).toMatch(/estimate {3}.* of memory, (measured|default|extrapolated)/);
    expect((await xferc(project, "explain", "study.xfer", "main")).out).toContain("by train main#1");
  });

  it("a run says it at its start and in its journal", async () => {
    expect(await run("--out", "edited")).toContain("3 nodes run: 3 because batch 2 → 3 (study.xfer:7)");
    const [started = ""] = readFileSync(join(project, "edited", "events.ndjson"), "utf8").split("\n");
    expect(JSON.parse(started).causes).toEqual([
      { kind: "parameter", nodes: 3, text: "because batch 2 → 3 (study.xfer:7)" },
    ]);
  });

  it("of names and layout alone, nothing runs and no reason is given", async () => {
    write(changed.replaceAll("short", "quick").replaceAll("main", "first").replaceAll("mini", "small"));
    expect(await plan()).toMatch(/^Nothing to run/);
  });
});

describe("after the files changed", { timeout: 120_000 }, () => {
  it("how many did is said, and a few by name, but no name stays in the run's folder", async () => {
    await picture("train/a/0.png", 222);
    await picture("train/b/doe_jane.png", 111);
    renameSync(join(pets, "test/b/2.png"), join(pets, "val/b/9.png"));
    const text = await plan();
    expect(text).toMatch(
      /^Why 7 nodes run\n {2}7 {2}data of pets changed \(4 files: 2 added, 1 removed, 1 changed\)\n/,
    );
    expect(text).toContain("train/a/0.png, train/b/doe_jane.png, val/b/9.png, …");
    expect(await run("--out", "newer")).toContain("7 nodes run: 7 because data of pets changed (4 files: 2 added, ");
    for (const name of ["plan.json", "events.ndjson"]) {
      const written = readFileSync(join(project, "newer", name), "utf8");
      expect(written).toMatch(/data of pets changed|"added":2/);
      expect(written).not.toContain("doe_jane");
    }
  });
});

describe("after a setback", { timeout: 120_000 }, () => {
  it("what failed is tried again because it failed", async () => {
    writeFileSync(join(pets, "test", "a", "0.png"), "no picture");
    expect((await xferc(project, "run", "study.xfer", "--ui", "plain")).code).toBe(3);
    const text = await plan();
    expect(text).toMatch(/failed before: .*test\/a\/0\.png is damaged/);
    expect(text).toMatch(/after it 1 predict, 1 score/);
    await picture("test/a/0.png", 99);
    expect(await run()).toContain("because data of pets changed (1 file)");
  });

  it("what is gone from the cache is told from what was found damaged", async () => {
    const actions = join(project, ".xfer", "cache", "actions");
    const paths = readdirSync(actions).flatMap((shard) =>
      readdirSync(join(actions, shard)).map((name) => join(actions, shard, name)),
    );
    const made = new Map(paths.map((path) => [path, JSON.parse(readFileSync(path, "utf8")).manifest.op]));
    const of = (op: string) => paths.filter((path) => made.get(path) === op);
    for (const path of of("score")) rmSync(path);
    expect(await plan()).toContain("1  no longer in the cache");
    for (const path of of("train")) writeFileSync(path, "{ torn");
    expect(await plan()).toMatch(/1 {2}found damaged in the cache\n +train/);
  });
});
