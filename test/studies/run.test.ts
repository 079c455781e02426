/** The studies of label efficiency and of external validation, from files to numbers, on small stand-ins for their data. */

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, xferc } from "../cli/harness.js";
import { UNMINDED } from "../support/unminded.js";
import { writeHospital } from "./hospitals.js";

const CASES = `image: "file", label: "finding", group: "patient", channels: 1`;
const FILES = {
  "medical.xfer": `
dataset isic     from image_csv("./isic", ${CASES})     { metric roc_auc }
dataset chexpert from image_csv("./chexpert", ${CASES}) { metric roc_auc }
`,
  "hospitals.xfer": `
dataset siteA from image_csv("./siteA", ${CASES}, split: "split") { metric roc_auc }
dataset siteB from image_csv("./siteB", ${CASES}) { metric roc_auc }
dataset siteC from image_csv("./siteC", ${CASES}) { metric roc_auc }
`,
  "imagenet.xfer": `
dataset clothes from image_csv("./siteC", ${CASES}) { split train: 70%, val: 15%, test: 15% by patient }
recipe pretraining { optimizer adam(lr: 1e-3); batch 16; for 4 steps; select last }
model deit   = vit(dim: 16, depth: 1, heads: 2, patch: 4, size: 16 px)
model resnet = resnet(blocks: [1], widths: [8], stem: small, size: 16 px)
source imagenet = pretrain(on: clothes, using: pretraining)
`,
  "retina.xfer": `
dataset retina from image_csv("./isic", ${CASES}) { metric roc_auc; split train: 60%, val: 20%, test: 20% by patient }
`,
  "transfusion-models.xfer": `
dataset clothes from image_csv("./siteC", ${CASES}) { split train: 70%, val: 15%, test: 15% by patient }
recipe pretraining { optimizer adam(lr: 1e-3); batch 16; for 4 steps; select last }
model resnet50_s = resnet(blocks: [1, 1, 1], widths: [4, 8, 8], stem: small, size: 16 px)
`,
  "sources.xfer": `
import "./imagenet.xfer"
source near  = pretrain(on: clothes, using: pretraining)
source apart = pretrain(on: clothes, using: pretraining, init: random(kaiming))
`,
  "recipes.xfer": `
recipe finetune {
  optimizer adam(lr: 1e-2)
  batch     16 images
  drop_last no
  for       30 steps
  select    best(target.metric, on: val) every 10 steps
}
`,
};

const studies = Object.fromEntries(
  readdirSync(join(import.meta.dirname, "runnable")).map((name) => [
    name,
    readFileSync(join(import.meta.dirname, "runnable", name), "utf8"),
  ]),
);
// the stand-ins are smaller than any study should be
const project = newProject({ ...FILES, ...studies, "xfer.config.json": UNMINDED });

beforeAll(async () => {
  await ensureBuilt();
  await writeHospital(join(project, "isic"), { patients: 60, seed: 1 });
  await writeHospital(join(project, "chexpert"), { patients: 60, seed: 2 });
  await writeHospital(join(project, "siteA"), { patients: 160, seed: 3, split: "official" });
  await writeHospital(join(project, "siteB"), { patients: 120, seed: 4 });
  await writeHospital(join(project, "siteC"), { patients: 40, seed: 5 });
}, 240_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

type Row = { readonly [column: string]: string };
const rowsOf = (run: string, file = "results.csv"): readonly Row[] =>
  Papa.parse<Row>(readFileSync(join(project, run, file), "utf8"), { header: true, skipEmptyLines: true }).data;

describe("label efficiency", { timeout: 240_000 }, () => {
  it("says of the data what they are, not what folds and labels make of them", async () => {
    const { code, out } = await xferc(project, "data", "09-labels.xfer");
    expect(code).toBe(0);
    const rows =
      readFileSync(join(project, "isic", "cases.csv"), "utf8")
        .trim()
        .split("\n").length - 1;
    expect(out).toContain(`  unassigned ${rows} images from 60 groups`);
  });

  it("plans the whole study: a training for each share, repeat and fold, no image decoded twice", async () => {
    const { code, out, err } = await xferc(project, "plan", "09-labels.xfer", "--format", "json");
    // 1 % of so few is one image
    expect(err).toContain("warning[XF0718 class-without-labels]: of `isic`, no training image is left of yes");
    expect(err).not.toContain("error");
    expect(code).toBe(0);
    const plan = JSON.parse(out);
    const count = (op: string) => plan.nodes.filter((node: { op: string }) => node.op === op).length;
    // model × target × init × share × fold × repeat
    expect(plan.cells).toHaveLength(2 * 2 * 2 * 5 * 5 * 3);
    expect(count("train")).toBe(2 * 2 * 2 * 5 * 5 * 3 + 2);
    // isic and chexpert lie in one part each; of clothes what pretraining reads
    expect(count("dataset.prepare")).toBe(2 + 2);
    // test and validation of a fold are those of every share and repeat; so is all of training
    const shares = 4 * 3;
    expect(count("dataset.view")).toBe(2 * 5 * (2 + 1 + shares));
  });

  it("runs up to its measures", async () => {
    const { code, err } = await xferc(project, "run", "09-labels.xfer", "--profile", "small", "--out", "labels");
    expect(err).toBe("");
    expect(code).toBe(0);
    const rows = rowsOf("labels").filter(({ experiment }) => experiment === "curve");
    expect(rows).toHaveLength(2 * 2 * 3 * 2);
    expect(new Set(rows.map(({ fold }) => fold))).toEqual(new Set(["1", "2", "3"]));
    expect(rows.every(({ status, metric }) => status === "ok" && metric === "roc_auc")).toBe(true);
    const gain = rowsOf("labels").filter(({ experiment }) => experiment === "derive:gain");
    expect(gain).toHaveLength(2 * 3 * 2);
    const p = rowsOf("labels").filter(({ experiment }) => experiment === "derive:p");
    expect(p.map(({ share, metric, estimator }) => [share, metric, estimator])).toEqual([
      ["0.3", "p", "corrected_t holm"],
      ["1", "p", "corrected_t holm"],
    ]);
    for (const { value, status, reason } of p) {
      if (status === "ok") expect(Number(value) > 0 && Number(value) <= 1).toBe(true);
      else expect(reason).toMatch(/differences/);
    }
    const saved = rowsOf("labels").filter(({ experiment }) => experiment === "derive:saved");
    expect(saved.map(({ share, repeat, metric }) => [share, repeat, metric])).toEqual([
      ["0.3", "", "labels"],
      ["1", "", "labels"],
    ]);
    for (const { value, status, reason } of saved) {
      if (status === "ok") expect(Number(value) >= 0.3 && Number(value) <= 1).toBe(true);
      else expect(reason).toMatch(/than the other side/);
    }
    const [summary] = rowsOf("labels", "summary.csv");
    expect(summary?.n).toBe("3"); // folds, their repeats averaged
    expect(readFileSync(join(project, "labels", "tables", "sig.md"), "utf8")).toContain("3 folds × 2 repeats");
  });
});

describe("transfusion", { timeout: 240_000 }, () => {
  it("runs: small networks, a slim one with its parent's first units, Gabor filters, canonical correlations", async () => {
    const { code, err } = await xferc(project, "run", "02-transfusion.xfer", "--out", "transfusion");
    expect(err).toBe("");
    expect(code).toBe(0);
    const rows = rowsOf("transfusion");
    const speed = rows.filter(({ experiment, measure }) => experiment === "speed" && measure === "auc");
    expect(speed).toHaveLength(3 * 4 * 2);
    expect(speed.every(({ status }) => status === "ok")).toBe(true);
    const cuts = rows.filter(({ experiment, repeat }) => experiment === "transfusion" && repeat === "1");
    // stem and three stages; a slim one is cut before its slim stages
    expect(cuts.map(({ model, n }) => `${model} ${n}`)).toEqual(
      [0, 1, 2, 3, 4].map((n) => `resnet50_s ${n}`).concat([0, 1, 2].map((n) => `slim50 ${n}`)),
    );
    const same = rowsOf("transfusion", "results.cca.csv");
    expect(same.filter(({ measure }) => measure === "same").length).toBe((4 * 25 + 4 * 9 + 4 * 16) * 2);
    for (const { value, estimator } of same) {
      expect(Number(value) >= 0 && Number(value) <= 1, value).toBe(true);
      expect(estimator).toMatch(/^variant=(svcca|pwcca)/);
    }
  });
});

describe("distance and gain", { timeout: 240_000 }, () => {
  it("runs up to a law with clusters and a rank correlation", async () => {
    const { code, err } = await xferc(project, "run", "11-distance.xfer", "--out", "distance");
    expect(err.replaceAll(/warning\[XF0[49]\d\d [^\n]*\n(?: [^\n]*\n|\n)*/g, "")).toBe("");
    expect(code).toBe(0);
    const law = rowsOf("distance").filter(({ experiment }) => experiment === "derive:law");
    expect(law.map(({ term, estimator }) => [term, estimator])).toEqual(
      ["intercept", "grid.kid[init: WT]", "model[resnet]"].map((term) => [
        term,
        "ols cr1(target), bootstrap(200, by: target)",
      ]),
    );
    const rho = rowsOf("distance").filter(({ experiment }) => experiment === "derive:rho");
    expect(rho.map(({ model, estimator }) => [model, estimator])).toEqual([
      ["deit", "spearman, bootstrap(2000, by: target)"],
      ["resnet", "spearman, bootstrap(2000, by: target)"],
    ]);
    expect(readFileSync(join(project, "distance", "tables", "law.md"), "utf8")).toContain("intercept");
  });
});

describe("external validation", { timeout: 240_000 }, () => {
  it("plans one prediction a state and split, whatever is read off it", async () => {
    const { code, out, err } = await xferc(project, "plan", "10-external.xfer", "--format", "json");
    expect(err).toBe("");
    expect(code).toBe(0);
    const plan = JSON.parse(out);
    const nodes = (op: string) => plan.nodes.filter((node: { op: string }) => node.op === op);
    expect(plan.cells).toHaveLength(2 * 2 * 5);
    expect(nodes("predict")).toHaveLength(20 * 4); // siteA.test, siteA.val, siteB.all, siteC.all
    expect(nodes("score")).toHaveLength(20 * (3 + 3 + 2));
    expect(nodes("test.cases")).toHaveLength(2 * 3); // model × split, all repeats together
  });

  it("runs up to its measures", async () => {
    const { code, err } = await xferc(project, "run", "10-external.xfer", "--profile", "small", "--out", "sites");
    expect(err).toBe("");
    expect(code).toBe(0);
    const rows = rowsOf("sites").filter(({ experiment }) => experiment === "sites");
    const auc = rows.filter(({ measure }) => measure === "auc");
    expect(auc.map(({ split }) => split)).toEqual([
      ...["siteA.test", "siteB.all", "siteC.all"],
      ...["siteA.test", "siteB.all", "siteC.all"],
    ]);
    for (const { value, ci_low, ci_high } of auc) {
      expect(Number(ci_low)).toBeLessThanOrEqual(Number(value));
      expect(Number(ci_high)).toBeGreaterThanOrEqual(Number(value));
      expect(Number(ci_high)).toBeGreaterThan(Number(ci_low));
    }
    const sens = rows.filter(({ measure }) => measure === "sens");
    expect(new Set(sens.map(({ estimator }) => estimator))).toEqual(new Set(["threshold=youden(siteA.val)"]));
    const sub = rows.filter(({ measure, init, split }) => measure === "sub" && init === "WT" && split === "siteB.all");
    expect(sub.map(({ attribute, group }) => `${attribute} ${group}`)).toEqual([
      "sex F",
      "sex M",
      "age [0, 40)",
      "age [40, 60)",
      "age [60, 80]",
      "scanner alpha",
      "scanner beta",
    ]);
    const better = rowsOf("sites").filter(({ experiment }) => experiment === "derive:better");
    expect(better.map(({ split, metric, estimator, repeat }) => [split, metric, estimator, repeat])).toEqual(
      ["siteA.test", "siteB.all", "siteC.all"].map((split) => [split, "p", "delong holm", ""]),
    );
    for (const { value, status, reason } of better) {
      if (status === "ok") expect(Number(value) > 0 && Number(value) <= 1).toBe(true);
      else expect(reason).toBe("both rank the cases alike");
    }
    expect(readFileSync(join(project, "sites", "tables", "ext.md"), "utf8")).toMatch(/In brackets: better = paired/);
    const text = readFileSync(join(project, "sites", "report", "index.html"), "utf8");
    expect(text).toContain("siteB.all");
    expect(text).not.toMatch(/\bp\d+\b|images\/\d+-\d+/); // neither patients nor files
  });
});
