/** Conditions on cases that leave none out, told once the data have been looked at: by `data`, `check` and `run`. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { slowCheck } from "../../src/lsp/slow/check.js";
import { ensureBuilt } from "../built.js";
import { UNMINDED } from "../support/unminded.js";
import { newProject, xferc } from "./harness.js";
import { writeImage } from "./images.js";

const STUDY = `study clinic { seed 1; repeats 1 }
dataset all from image_csv("./scans", image: "file", label: "finding") { split train: 50%, val: 25%, test: 25% }
dataset adults = all where age >= 18
dataset old    = all where age >= 60
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 8 px)
recipe short { optimizer sgd(lr: 0.1); batch 4 images; for 2 steps; select last }
experiment main { vary target in [adults, old]; model mini; init random; train short; measure test = score(top1) }
`;
const TOLD =
  /warning\[XF0951 where-keeps-all\]: this `where` leaves no case of `all` out\n.*study\.xfer:3:28 .*age >= 18/;
const project = newProject({ "study.xfer": STUDY, "xfer.config.json": UNMINDED, "scans/cases.csv": "" });

beforeAll(async () => {
  await ensureBuilt();
  const rows = ["file,finding,age"];
  for (let i = 0; i < 32; i++) {
    rows.push(`${i}.png,${i % 2 === 0 ? "no" : "yes"},${18 + i * 2}`);
    await writeImage(join(project, "scans", `${i}.png`), 7 * i);
  }
  writeFileSync(join(project, "scans", "cases.csv"), rows.join("\n"));
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("a `where` that leaves no case out", { timeout: 120_000 }, () => {
  it("is told by data, of the data sets that are looked at", async () => {
    const one = await xferc(project, "data", "study.xfer", "adults", "--format", "json");
    expect([one.code, one.err]).toEqual([0, expect.stringMatching(TOLD)]);
    expect(JSON.parse(one.out).datasets).toMatchObject([{ name: "adults", idle: [0] }]);
    const other = await xferc(project, "data", "study.xfer", "old", "--format", "json");
    expect([other.code, other.err]).toEqual([0, ""]);
    expect(JSON.parse(other.out).datasets[0]).not.toHaveProperty("idle");
  });

  it("is told by check, from the data and from a lock where they are not here", async () => {
    const check = async (...flags: string[]) => (await xferc(project, "check", "study.xfer", ...flags)).out;
    expect(await check()).toMatch(TOLD);
    // data has written the lock
    expect(JSON.parse(readFileSync(join(project, "study.lock.json"), "utf8")).datasets).toMatchObject([
      { name: "adults", facts: { idle: [0] } },
      { name: "old" },
    ]);
    expect(await check("--data", "all=nowhere")).toMatch(TOLD);
  });

  it("is told by run, and silenced by a reason", async () => {
    const ran = await xferc(project, "run", "study.xfer", "--ui", "plain", "--engine", "onnx", "--out", "out");
    expect([ran.code, ran.err]).toEqual([0, expect.stringMatching(TOLD)]);
    const text = STUDY.replace("dataset adults", "// xfer-ignore where-keeps-all: so it is everywhere\ndataset adults");
    writeFileSync(join(project, "meant.xfer"), text);
    const meant = await xferc(project, "check", "meant.xfer");
    expect(`${meant.out}${meant.err}`).not.toContain("where-keeps-all");
  });

  it("is told in an editor, on save", async () => {
    const path = join(project, "study.xfer");
    const { diagnostics } = await slowCheck({ root: project, path, texts: [], wish: "check" });
    const [told, ...others] = diagnostics.filter(({ name }) => name === "where-keeps-all");
    expect(others).toEqual([]);
    expect(STUDY.slice(told?.location.span.start, told?.location.span.end)).toBe("age >= 18");
  });
});
