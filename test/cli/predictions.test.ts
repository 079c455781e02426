/** Scores of models from elsewhere, from a file to tables and tests beside a model of the study's own. */

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, xferc } from "./harness.js";

const STUDY = `study outside { seed 1; repeats 1 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
recipe short { optimizer sgd(lr: 0.1); batch 32 images; for 4 steps; select last }
experiment ours {
  model mini; target digits_few; init random; train short
  measure test = score(top1)
}
experiment theirs {
  vary who in [right: predictions("./right.csv"), unsure: predictions("./unsure.csv"), raw: predictions("./raw.csv", scores: logits), named: predictions("./named.csv")]
  target digits_few
  measure test = score(top1, of: who)
}
experiment sure {
  target digits_few
  measure loss = score(log_loss, of: predictions("./unsure.csv"))
  measure raw  = score(log_loss, of: predictions("./raw.csv", scores: logits))
}
derive better = paired_test(ours.test, theirs.test, over: cases, method: mcnemar)
derive alone  = score(top1, of: predictions("./right.csv"))
table t from theirs { rows who; cell test }
`;
const project = newProject({ "study.xfer": STUDY });
const put = (name: string, text: string) => writeFileSync(join(project, name), text);
const run = (...more: readonly string[]) =>
  xferc(project, "run", "study.xfer", "--ui", "plain", "--engine", "onnx", "--device", "cpu", ...more);

interface Case {
  readonly id: string;
  readonly split: string;
  readonly label: string;
}
let cases: readonly Case[] = [];
const CLASSES = Array.from({ length: 10 }, (_, i) => String(i));
/** A row a case: what is said of each class. */
const table = (of: (label: number, index: number) => readonly number[], some: readonly Case[] = cases) =>
  `${["id", ...CLASSES].join(",")}\n${some.map(({ id, label }, i) => [id, ...of(CLASSES.indexOf(label), i)].join(",")).join("\n")}\n`;
const share = (label: number, p: number) => CLASSES.map((_, i) => (i === label ? p : (1 - p) / 9));
const rowsOf = (folder: string) =>
  Papa.parse<{ readonly [column: string]: string }>(readFileSync(join(project, folder, "results.csv"), "utf8"), {
    header: true,
    skipEmptyLines: true,
  }).data;

beforeAll(async () => {
  await ensureBuilt();
  put(
    "own.xfer",
    'study own { seed 1; repeats 1 }\nimport "xfer:bundled"\nexperiment e { target digits_few; measure t = score(top1, of: predictions("./right.csv")) }\n',
  );
  const { code, out } = await xferc(project, "data", "own.xfer", "digits_few", "--ids", "ids.csv");
  expect([code, out]).toEqual([0, expect.stringMatching(/^digits_few: \d+ cases in ids\.csv\n$/)]);
  cases = Papa.parse<Case>(readFileSync(join(project, "ids.csv"), "utf8"), { header: true, skipEmptyLines: true }).data;
  put(
    "right.csv",
    table((label) => share(label, 1)),
  );
  put(
    "unsure.csv",
    table((label, i) => share(i % 4 === 0 ? (label + 1) % 10 : label, 0.7)),
  );
  // softmax forgets what is added to all
  put(
    "raw.csv",
    table((label, i) => share(i % 4 === 0 ? (label + 1) % 10 : label, 0.7).map((p) => Math.log(p) + 3)),
  );
  put(
    "named.csv",
    `id,label\n${cases.map(({ id, label }, i) => `${id},${i % 2 === 0 ? label : (Number(label) + 1) % 10}`).join("\n")}\n`,
  );
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("predictions of other models", { timeout: 240_000 }, () => {
  it("are scored, tested against our own and shown in tables", async () => {
    const { code, out, err } = await run("--out", "first");
    expect({ code, err: code === 0 ? "" : out + err }).toEqual({ code: 0, err: "" });
    const rows = rowsOf("first");
    const value = (experiment: string, measure: string, who = "") =>
      Number(rows.find((row) => row.experiment === experiment && row.measure === measure && row.who === who)?.value);
    const test = cases.map((one, i) => ({ ...one, i })).filter(({ split }) => split === "test");
    const wrong = test.filter(({ i }) => i % 4 === 0).length / test.length;
    expect(value("theirs", "test", "right")).toBe(1);
    expect(value("theirs", "test", "unsure")).toBeCloseTo(1 - wrong, 12);
    expect(value("theirs", "test", "raw")).toBe(value("theirs", "test", "unsure"));
    expect(value("theirs", "test", "named")).toBe(test.filter(({ i }) => i % 2 === 0).length / test.length);
    const loss = -(wrong * Math.log(0.3 / 9) + (1 - wrong) * Math.log(0.7));
    expect(value("sure", "loss")).toBeCloseTo(loss, 6);
    expect(value("sure", "raw")).toBeCloseTo(loss, 5);
    const alone = rows.filter(({ experiment }) => experiment === "derive:alone");
    // of no model: not once for each model of the study, and not for one that stands in for theirs
    expect(alone.map(({ value, model }) => [value, model])).toEqual([["1", undefined]]);
    // which four steps do not reach: ours is wrong where theirs never is
    expect(value("derive:better", "better", "right")).toBeLessThan(1e-6);
    expect(readFileSync(join(project, "first", "tables", "t.md"), "utf8")).toContain("| named |");
  });

  it("are keyed by their file: nothing is read again, and what another file gives is", async () => {
    const plan = async () => (await xferc(project, "plan", "study.xfer", "--engine", "onnx", "--device", "cpu")).out;
    expect(await plan()).toContain("Nothing to run");
    const before = readFileSync(join(project, "unsure.csv"), "utf8");
    put("unsure.csv", before.replace("0.7", "0.70"));
    const changed = await plan();
    put("unsure.csv", before);
    expect(changed).toContain("data of ./unsure.csv changed (1 file)");
    expect(changed).not.toMatch(/^train +1/m);
    // the lock knows of a file that is not here
    renameSync(join(project, "unsure.csv"), join(project, "away.csv"));
    expect(await plan()).toContain("Nothing to run");
    const { code, out, err } = await run("--out", "never", "--cache", join(project, "empty"));
    renameSync(join(project, "away.csv"), join(project, "unsure.csv"));
    expect(code).toBe(1);
    expect(out + err).toContain(
      "error[XF0043 predictions-missing]: the predictions `./unsure.csv` are not on this machine",
    );
    const again = await xferc(project, "reproduce", "first", "--ui", "plain", "--out", "again");
    expect(again.code).toBe(0);
    expect(again.out).toContain("predictions  unsure.csv: as locked");
  });

  it.each<[string, () => string, string]>([
    [
      "of another split",
      () =>
        table(
          (label) => share(label, 1),
          cases.filter(({ split }) => split === "train"),
        ),
      "images that are scored have no row; its rows are",
    ],
    [
      "of some images",
      () =>
        table(
          (label) => share(label, 1),
          cases.filter(({ split }, i) => split !== "test" || i % 3 > 0),
        ),
      "images that are scored have no row; its rows are",
    ],
    [
      "of images that are none",
      () => `${table((label) => share(label, 1))}elsewhere/17,1,0,0,0,0,0,0,0,0,0\n`,
      "is of no image of the data set, row ",
    ],
    ["that sum to no 1", () => table(() => share(3, 1).map((p) => p / 2)), "the probabilities of row "],
  ])("are refused where they are rows %s, and the rest goes on", async (_, text, told) => {
    const before = readFileSync(join(project, "right.csv"), "utf8");
    put("right.csv", text());
    const { code, out, err } = await xferc(
      project,
      "run",
      "own.xfer",
      "--ui",
      "plain",
      "--engine",
      "onnx",
      "--out",
      "bad",
    );
    put("right.csv", before);
    expect(code).toBe(3);
    expect(out + err).toContain("right.csv: ");
    expect(out + err).toContain(told);
    const [row] = rowsOf("bad");
    expect(row?.status).toBe("failed");
    expect(row?.reason).not.toContain("elsewhere/17");
  });

  it("are refused before anything runs where the file alone shows it", async () => {
    const before = readFileSync(join(project, "right.csv"), "utf8");
    put("right.csv", before.replace(/(\n[^,]+),[^,]+,/, "$1,one,"));
    const { code, out } = await xferc(project, "check", "own.xfer");
    put("right.csv", before);
    expect(code).toBe(1);
    expect(out).toMatch(/error\[XF0042 predictions-problem\].*is `one`, which is no number/);
    put("right.csv", before.replace("id,0,1", "id,zero,1"));
    const named = await xferc(project, "check", "own.xfer");
    put("right.csv", before);
    expect(named.out).toContain("error[XF0044 predictions-of-other-classes]: `./right.csv` is of other classes");
  });

  it("has ids asked of one data set at a time", async () => {
    expect(await xferc(project, "data", "study.xfer", "digits_few", "--ids", "no/such/folder.csv")).toMatchObject({
      code: 2,
      err: expect.stringContaining("no/such/folder.csv could not be written"),
    });
  });

  it.each(["csv", "parquet"])("of a cell of ours come back from %s with every score, bit for bit", async (form) => {
    const exported = (...words: readonly string[]) =>
      xferc(project, "export", "first", "--out", `said-${form}`, ...words);
    const { code, out, err } = await exported("--predictions", form, "--include-samples");
    const file = `ours-1.selected.digits_few.test.${form}`;
    expect([code, out, err]).toEqual([0, `said-${form}/${file}\n`, ""]);
    expect(JSON.parse(readFileSync(join(project, `said-${form}`, "predictions.json"), "utf8"))).toEqual({
      predictions: [
        {
          cell: "ours#1",
          state: "selected",
          images: "digits_few.test",
          file,
          key: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
    });
    const of = `of: predictions("./said-${form}/${file}", scores: logits)`;
    const study = STUDY.slice(0, STUDY.indexOf("experiment theirs"))
      .replace("measure test", "measure loss = score(log_loss)\n  measure ece = score(ece)\n  measure test")
      .concat(
        `experiment back { target digits_few; measure test = score(top1, ${of}); measure loss = score(log_loss, ${of}); measure ece = score(ece, ${of}) }\n`,
      );
    put(`${form}.xfer`, study);
    const ran = await xferc(
      project,
      "run",
      `${form}.xfer`,
      "--ui",
      "plain",
      "--engine",
      "onnx",
      "--device",
      "cpu",
      "--out",
      form,
    );
    expect([ran.code, ran.code === 0 ? "" : ran.err]).toEqual([0, ""]);
    const rows = rowsOf(form);
    const values = (experiment: string) =>
      ["test", "loss", "ece"].map(
        (name) => rows.find((row) => row.experiment === experiment && row.measure === name)?.value,
      );
    expect(values("back").every((value) => Number.isFinite(Number(value)) && value !== "")).toBe(true);
    expect(values("back")).toEqual(values("ours"));
  });

  it("of a cell are not written by image without a word, nor where there are none", async () => {
    const exported = (...words: readonly string[]) => xferc(project, "export", "first", "--out", "never", ...words);
    for (const [words, told] of [
      [["--predictions", "csv"], "may be a patient's"],
      [["--include-samples"], "is for --predictions"],
      [["--predictions", "csv", "--include-samples", "--format", "csv"], "format of its own"],
      [["--predictions", "csv", "--include-samples", "--adapters", "alone"], "--adapters is for states"],
      [["--predictions", "csv", "--include-samples", "--states", "last"], "nothing was predicted with these states"],
      [
        ["--predictions", "csv", "--include-samples", "--cache", "empty-cache"],
        "none of these predictions is in the cache",
      ],
    ] as const) {
      const { code, err } = await exported(...words);
      expect([words, code, err]).toEqual([words, 2, expect.stringContaining(told)]);
    }
    expect(existsSync(join(project, "never"))).toBe(false);
  });
});
