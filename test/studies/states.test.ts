/**
 * What is reused, what is transferred, how transferable features are, when it helps, a first study: five studies of the
 * literature in a small version, from bundled images to numbers and figures.
 */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, xferc } from "../cli/harness.js";

const RECIPES = `
recipe finetune {
  optimizer sgd(lr: 0.05, momentum: 0.9)
  batch     32 images
  for       12 steps
  select    best(target.metric, on: val) every 4 steps
}
recipe supervised { optimizer sgd(lr: 0.05, momentum: 0.9); batch 32 images; for 2 epochs; select last }
`;
const FILES = {
  "medical.xfer": `import "xfer:bundled"
dataset aptos    = brain
dataset ddsm     = digits
dataset isic     = take(fashion, 300 images)
dataset chexpert = take(digits, 300 images)
dataset pcam     = take(fashion, 250 images)
`,
  "domainnet.xfer": `import "xfer:bundled"
dataset real        = brain
dataset clipart     = digits_few
dataset quickdraw   = take(fashion, 200 images)
dataset imagenet_1k = take(fashion, 200 images)
model   resnet50    = resnet(blocks: [1, 1], widths: [8, 16], stem: small, size: 28 px)
`,
  "imagenet.xfer": `import "xfer:bundled"
import supervised from "./recipes.xfer"
dataset imagenet_1k = take(fashion, 200 images)
model deit      = vit(dim: 16, depth: 2, heads: 2, patch: 7, size: 28 px)
model swin      = swin(dim: 8, depths: [1, 1], heads: [1, 2], window: 4, patch: 2, size: 28 px)
model resnet    = resnet(blocks: [1, 1], widths: [8, 16], stem: small, size: 28 px)
source imagenet = pretrain(on: imagenet_1k, using: supervised)
`,
  "recipes.xfer": RECIPES,
};
const STUDIES = ["01-reuse.xfer", "03-neyshabur.xfer", "04-yosinski.xfer", "14-laptop.xfer", "15-table1.xfer"];
const studies = STUDIES.map((name) => [name, readFileSync(join(import.meta.dirname, "runnable", name), "utf8")]);
const project = newProject({ ...FILES, ...Object.fromEntries(studies) });

beforeAll(ensureBuilt, 240_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

type Row = { readonly [column: string]: string };
const rowsOf = (run: string, file = "results.csv"): readonly Row[] =>
  Papa.parse<Row>(readFileSync(join(project, run, file), "utf8"), { header: true, skipEmptyLines: true }).data;
const marksOf = (run: string, figure: string): readonly { readonly [field: string]: string | number }[] =>
  JSON.parse(readFileSync(join(project, run, "figures", `${figure}.vl.json`), "utf8")).data.values;
const distinct = (rows: readonly Row[], column: string) => [...new Set(rows.map((row) => row[column]))];

describe.each(STUDIES)("%s", (name) => {
  it("checks and plans whole", { timeout: 240_000 }, async () => {
    const { code, out, err } = await xferc(project, "plan", name, "--format", "json");
    expect(err).not.toContain("error");
    expect(code).toBe(0);
    expect(JSON.parse(out).nodes.length).toBeGreaterThan(20);
  });
});

async function run(name: string, out: string): Promise<void> {
  const { code, err } = await xferc(project, "run", name, "--profile", "small", "--out", out);
  expect(err).not.toContain("error");
  expect(code).toBe(0);
  expect(rowsOf(out).filter(({ status }) => status !== "ok")).toEqual([]);
}

describe("what is reused", { timeout: 480_000 }, () => {
  beforeAll(() => run("01-reuse.xfer", "reuse"), 480_000);

  it("puts back every layer in turn, and draws it", () => {
    const redo = rowsOf("reuse").filter(({ measure }) => measure === "redo");
    expect(distinct(redo, "layer")).toEqual(["conv1", "layer1.0", "layer2.0", "fc"]);
    expect(distinct(redo, "n")).toEqual(["0", "2"]);
    expect(redo).toHaveLength(4 * 2 * 2);
    const marks = marksOf("reuse", "fig4");
    expect(marks).toHaveLength(4 * 2);
    for (const { x, y, color } of marks) {
      const own = redo.filter(({ layer, n }) => layer === x && n === String(color));
      expect(own).toHaveLength(2);
      expect(y).toBeCloseTo(own.reduce((sum, { value }) => sum + Number(value), 0) / 2, 12);
    }
  });

  it("is ST where nothing is transferred: the same training, whatever it is called", () => {
    const rows = rowsOf("reuse").filter(({ measure }) => measure === "test");
    const st = rows.filter(({ experiment, init }) => experiment === "main" && init === "ST");
    const none = rows.filter(({ experiment, n }) => experiment === "depth" && n === "0");
    expect(none.map(({ node }) => node)).toEqual(st.map(({ node }) => node));
  });

  it("draws the other figures too", () => {
    expect(marksOf("reuse", "fig3").length).toBe(16);
    expect(marksOf("reuse", "fig5").length).toBe(4 * 2);
    expect(marksOf("reuse", "fig2").length).toBeGreaterThanOrEqual(3);
  });
});

describe("what is transferred", { timeout: 480_000 }, () => {
  beforeAll(() => run("03-neyshabur.xfer", "transferred"), 480_000);

  it("looks along the path between every two repeats, in training and test images", () => {
    const path = rowsOf("transferred").filter(({ measure }) => measure === "path");
    const pairs = path.map(({ repeat, other_repeat }) => `${repeat}~${other_repeat}`);
    expect([...new Set(pairs)]).toEqual(["1~2", "1~3", "2~3"]);
    expect(path).toHaveLength(3 * 3 * 2);
    expect(marksOf("transferred", "barrier")).toHaveLength(3 * 2);
    const [middle] = rowsOf("transferred", "summary.csv").filter(
      ({ measure, a, split }) => measure === "path" && a === "0.5" && split === "test",
    );
    expect(middle?.n).toBe("3");
    expect(Number(middle?.ci_low)).toBeLessThanOrEqual(Number(middle?.mean));
    expect(Number(middle?.ci_high)).toBeGreaterThanOrEqual(Number(middle?.mean));
  });

  it("moves one unit at a time back to where it began, and at 1 moves nothing", () => {
    const critical = rowsOf("transferred").filter(({ measure }) => measure === "critical");
    const at1 = critical.filter(({ a }) => a === "1");
    expect(distinct(critical, "u").length).toBeGreaterThan(2);
    for (const repeat of ["1", "2", "3"]) {
      expect(new Set(at1.filter((row) => row.repeat === repeat).map(({ value }) => value)).size).toBe(1);
    }
  });

  it("starts from every moment of pretraining that is kept, its beginning included", () => {
    const early = rowsOf("transferred").filter(({ experiment }) => experiment === "early");
    expect(distinct(early, "stop")).toEqual(["0", "1", "2"]);
    expect(marksOf("transferred", "f6").map(({ x }) => x)).toEqual([0, 1, 2]);
  });

  it("trains on shuffled blocks, and on whole images where there is one block", () => {
    const shuffled = rowsOf("transferred").filter(({ experiment }) => experiment === "shuffled");
    expect(distinct(shuffled, "k")).toEqual(["1", "4"]);
    const basin = rowsOf("transferred").filter(
      ({ measure, experiment }) => measure === "test" && experiment === "basin",
    );
    const whole = shuffled.filter(({ k, init }) => k === "1" && init === "P");
    expect(whole.map(({ node }) => node)).toEqual(basin.map(({ node }) => node));
  });
});

describe("how transferable features are", { timeout: 480_000 }, () => {
  it("trains on halves of the classes, and cuts at every unit", async () => {
    await run("04-yosinski.xfer", "transferable");
    const rows = rowsOf("transferable");
    const base = rows.filter(({ experiment }) => experiment === "base");
    expect(base.map(({ draw, side }) => `${draw}${side}`)).toEqual(["1a", "1b", "2a", "2b"]);
    const cut = rows.filter(({ experiment }) => experiment === "cut_at");
    expect(cut).toHaveLength(2 * 2 * 2);
    expect(marksOf("transferable", "f2")).toHaveLength(2 * 2 + 1);
  });
});

describe("a first study", { timeout: 480_000 }, () => {
  beforeAll(() => run("14-laptop.xfer", "laptop"), 480_000);

  it("trains each init on so many images a class, and shows both", () => {
    const rows = rowsOf("laptop").filter(({ measure }) => measure === "test");
    expect(rows).toHaveLength(3 * 2 * 2);
    expect(distinct(rows, "init").sort()).toEqual(["RI", "ST", "WT"]);
    expect(distinct(rows, "images")).toEqual(["10", "30"]);
    expect(marksOf("laptop", "curve").map(({ x }) => x)).toEqual(expect.arrayContaining([10, 30]));
    expect(readFileSync(join(project, "laptop/tables/results.csv"), "utf8")).toMatch(/WT/);
  });
});

describe("when transfer helps", { timeout: 480_000 }, () => {
  beforeAll(() => run("15-table1.xfer", "table1"), 480_000);
  const tests = (init: string) => rowsOf("table1").filter((row) => row.experiment === "main" && row.init === init);
  const testOf = (rows: readonly Row[], target: string, repeat: string) =>
    Number(rows.find((row) => row.measure === "test" && row.target === target && row.repeat === repeat)?.value);

  it("takes the share of reuse repeat by repeat, and the gain from means", () => {
    const share = rowsOf("table1").filter(({ measure }) => measure === "share");
    expect(share).toHaveLength(2 * 2);
    for (const { target = "", repeat = "", value } of share) {
      const [wt, st] = [testOf(tests("WT"), target, repeat), testOf(tests("ST"), target, repeat)];
      expect(Number(value)).toBeCloseTo((wt - st) / wt, 12);
    }
    const gain = rowsOf("table1").filter(({ measure }) => measure === "gain");
    expect(gain).toHaveLength(2);
    for (const { target = "", value } of gain) {
      const mean = (init: string) => (testOf(tests(init), target, "1") + testOf(tests(init), target, "2")) / 2;
      expect(Number(value)).toBeCloseTo(mean("WT") / mean("RI"), 12);
    }
  });

  it("has a distance a target, features a layer, and the layers put back one by one", () => {
    const far = rowsOf("table1").filter(({ measure }) => measure === "far");
    // the network is one for all repeats, and so is the number
    expect(distinct(far, "target").sort()).toEqual(["ddsm", "isic"]);
    expect(distinct(far, "node")).toHaveLength(2);
    const redo = rowsOf("table1").filter(({ measure }) => measure === "redo");
    expect(distinct(redo, "layer")).toHaveLength(1 + 2 * 2 + 1);
    expect(marksOf("table1", "fig4")).toHaveLength(6 * 2);
    const alike = rowsOf("table1", "results.cka.csv").filter(({ measure }) => measure === "alike");
    expect(alike).toHaveLength(2 * 2 * 4 * 4);
  });
});
