/** Run folders read, held against each other and put in words; the first ones, too, whatever version reads them. */

import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import { compareRows } from "../../../src/runtime/record/compare.js";
import { diffRuns } from "../../../src/runtime/record/diff.js";
import { runDiffJson } from "../../../src/runtime/record/diff-json.js";
import { diffText } from "../../../src/runtime/record/diff-text.js";
import { findRun } from "../../../src/runtime/record/locate.js";
import { readRecord } from "../../../src/runtime/record/read.js";
import { parseRows, readRows } from "../../../src/runtime/record/rows.js";
import { RUN_DIFF_SCHEMA } from "../../../src/runtime/record/schemas.js";
import fc from "../../support/properties.js";
import { type Copy, copyOfEarly, EARLY, withBatch, withValue } from "./records.js";

const made: Copy[] = [];
const copy = () => {
  const one = copyOfEarly();
  made.push(one);
  return one;
};
afterAll(() => {
  for (const { folder } of made) rmSync(join(folder, ".."), { recursive: true, force: true });
});

describe("a run folder of the first version", () => {
  it("is read: what it does not say is not known", () => {
    const record = readRecord(EARLY, "/");
    expect(record).toMatchObject({
      file: "study.xfer",
      lock: { format: 2, study: "early", selection: null, catalog: {} },
      head: { id: "2026-11-26T06-09-17-5e545f", signature: { engine: "onnx", threads: 1 }, profile: null },
    });
    expect(record.plan.nodes).toHaveLength(30);
    expect(record.files.map(({ path }) => path)).toEqual(["study.xfer", "xfer-bundled/bundled.xfer"]);
    expect(readRows(EARLY, "early")).toHaveLength(54);
  });

  it("is found by its crate's metadata, and by a crate around it", () => {
    const { folder } = copy();
    expect(findRun(join(folder, "ro-crate-metadata.json"), "/")).toBe(folder);
    const around = join(folder, "..");
    const graph = [
      { "@id": "./", "@type": "Dataset" },
      { "@id": "run/study.lock.json", "@type": "File" },
    ];
    writeFileSync(join(around, "ro-crate-metadata.json"), JSON.stringify({ "@graph": graph }));
    expect(findRun(around, "/")).toBe(folder);
    const outside = [{ "@id": "../study.lock.json" }, { "@id": "http://elsewhere/study.lock.json" }];
    writeFileSync(join(folder, "ro-crate-metadata.json"), JSON.stringify({ "@graph": outside }));
    expect(() => findRun(join(folder, "ro-crate-metadata.json"), "/")).toThrow(/describes no run of xferc/);
  });
});

describe("a folder that cannot be read is refused with a sentence", () => {
  const problem = (change: (one: Copy) => void): string => {
    const one = copy();
    change(one);
    try {
      readRows(one.folder, "it");
      readRecord(one.folder, join(one.folder, ".."));
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("it was read");
  };

  it.each<[string, (one: Copy) => void, RegExp]>([
    [
      "a lock of a later version",
      (one) => one.editJson("study.lock.json", (lock: object) => ({ ...lock, format: 9 })),
      /run\/study\.lock\.json cannot be read: it is of format 9; this xferc reads format 2/,
    ],
    [
      "a plan of a later version",
      (one) => one.editJson("plan.json", (plan: object) => ({ ...plan, version: 7 })),
      /run\/plan\.json cannot be read: it is of format 7; this xferc reads format 1/,
    ],
    [
      "a damaged plan",
      (one) => one.edit("plan.json", (text) => text.slice(0, 400)),
      /plan\.json cannot be read: it is not JSON/,
    ],
    ["no plan", (one) => rmSync(join(one.folder, "plan.json")), /run has no plan\.json/],
    ["no results", (one) => rmSync(join(one.folder, "results.csv")), /it has no results\.csv: its run came to no end/],
    [
      "another table",
      (one) => one.edit("results.csv", () => "a,b\n1,2\n"),
      /is no table of results: it has no column experiment, repeat/,
    ],
    ["no study", (one) => rmSync(join(one.folder, "study"), { recursive: true }), /run has no study in study\//],
    [
      "a study behind a link",
      (one) => {
        rmSync(join(one.folder, "study/study.xfer"));
        symlinkSync("/etc/hostname", join(one.folder, "study/study.xfer"));
      },
      /run has no study in study\//,
    ],
  ])("%s", (_, change, sentence) => expect(problem(change)).toMatch(sentence));

  it("whatever bytes its files hold", () => {
    const one = copy();
    fc.assert(
      fc.property(fc.constantFrom("study.lock.json", "plan.json", "report/data.json"), fc.string(), (name, text) => {
        const other = copyOfEarly(join(one.folder, ".."), `fuzz-${name.replaceAll("/", "-")}`);
        writeFileSync(join(other.folder, name), text);
        try {
          readRecord(other.folder, "/");
        } catch (error) {
          expect((error as Error).name).toBe("RecordError");
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("rows", () => {
  const row = (value: string, more = "") =>
    `experiment,init,repeat,seed,measure,metric,estimator,value,status,node,reason\nmain,RI,1,1,test,top1,,${value},${value === "" ? "failed" : "ok"},,${more}\n`;
  const compared = (a: string, b: string, tolerance = 1e-6) =>
    compareRows(parseRows(a, "a"), parseRows(b, "b"), tolerance);

  it("are the same where every bit is, close within the tolerance, and else differ", () => {
    expect(compared(row("0.1"), row("0.1")).same).toHaveLength(1);
    expect(compared(row("0.1"), row("0.10000000000000002")).close).toHaveLength(1);
    expect(compared(row("0.1"), row("0.1000001")).close).toHaveLength(1);
    expect(compared(row("0.1"), row("0.100001")).differing).toHaveLength(1);
    expect(compared(row("0"), row("-0")).close).toHaveLength(1);
    expect(compared(row("0"), row("1e-300")).differing).toHaveLength(1);
    expect(compared(row("", "a"), row("", "b")).same).toHaveLength(1);
    expect(compared(row("0.1"), row("")).differing).toHaveLength(1);
  });

  it("are known by what they measure, wherever their columns stand", () => {
    const other = "experiment,n,init,repeat,measure,metric,estimator,value,status\nmain,,RI,1,test,top1,,0.1,ok\n";
    expect(compared(row("0.1"), other).same).toHaveLength(1);
    const renamed = row("0.1").replace("top1", "kappa");
    expect(compared(row("0.1"), renamed)).toMatchObject({
      onlyBefore: [{ metric: "top1" }],
      onlyAfter: [{ metric: "kappa" }],
    });
  });

  it("of a version that said true for yes are of the same estimator", () => {
    const said = (estimator: string) => row("0.1").replace("top1,,", `top1,"${estimator}",`);
    expect(
      compared(said("l2=0.1, standardize=true, count=no"), said("l2=0.1, standardize=yes, count=no")).same,
    ).toHaveLength(1);
    expect(compared(said("standardize=false"), said("standardize=yes")).same).toHaveLength(0);
  });
});

describe("two runs", () => {
  const differ = (change: (one: Copy) => void) => {
    const one = copy();
    change(one);
    return diffRuns(EARLY, one.folder, join(one.folder, ".."));
  };
  const shown = (text: string) => text.replaceAll(/\S*golden\/early/g, "golden/early");

  it("that are the same say so", () => {
    const diff = differ(() => undefined);
    expect(diff).toMatchObject({ same: 54, differing: 0, numbers: [], causes: [] });
    expect(diffText(diff, "short")).toContain("All 54 numbers they have in common are the same, bit for bit");
  });

  const changed = (one: Copy) => {
    withBatch(one, 16);
    const test = { measure: "test", init: "WT" };
    withValue(one, "results.csv", { ...test, repeat: "1" }, "0.163");
    withValue(one, "results.csv", { ...test, repeat: "2" }, "0.172");
    withValue(one, "results.csv", { measure: "test", init: "RI", repeat: "2" }, "0.119");
    withValue(one, "results.csv", { measure: "near", init: "RI", layer: "fc", repeat: "2" }, "");
    withValue(one, "results.csv", { experiment: "derive:gain", repeat: "1" }, "0.063");
    withValue(one, "results.cka.csv", { layer: "conv1", layer2: "conv1", init: "WT" }, "0.98");
    one.edit("study.lock.json", (text) => text.replace('"xferc": "0.1.0"', '"xferc": "0.2.0"'));
  };

  it("are told apart in a page: study, versions, reasons, then numbers by importance", async () => {
    const diff = differ(changed);
    const text = shown(diffText(diff, "short"));
    await expect(text).toMatchFileSnapshot("golden/diff.txt");
    expect(diff.numbers.map(({ weight }) => weight)).toEqual(["failed", "beyond", "beyond", "within", "within"]);
    // no derived number goes without the ones it is made of
    expect(diff.causes).toContainEqual({ why: "batch 32 → 16 (study.xfer:8)", numbers: expect.any(Number) });
  });

  it("and for programs as their schema says", () => {
    const json = JSON.parse(JSON.stringify(runDiffJson(differ(changed))));
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(RUN_DIFF_SCHEMA);
    expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
    expect(json.study).toEqual([{ what: "study.xfer", before: "18 lines", after: "18 lines, 1 new" }]);
    expect(json.differences.other).toEqual([{ what: "xferc", before: "0.1.0", after: "0.2.0" }]);
  });

  it("with cells of their own name them; renamed ones are the same cells", () => {
    const rename = (text: string) => text.replaceAll("main", "first");
    const diff = differ((one) => {
      for (const name of ["plan.json", "results.csv", "results.cka.csv"]) one.edit(name, rename);
      const without = (text: string) =>
        text
          .split("\n")
          .filter((line) => !/^[^,]*,WT,/.test(line))
          .join("\n");
      one.edit("results.csv", without);
      one.edit("results.cka.csv", without);
      one.editJson("plan.json", (plan: { cells: { id: string }[] }) => ({
        ...plan,
        cells: plan.cells.filter(({ id }) => !id.includes("WT")),
      }));
    });
    expect(diff.numbers).toEqual([]);
    expect(diff.onlyBefore.cells).toEqual(["main[init: WT]#1", "main[init: WT]#2"]);
    expect(diff.onlyAfter.cells).toEqual([]);
    expect(diffText(diff, "short")).toContain("Only in a: 2 cells (26 numbers): main[init: WT]#1, main[init: WT]#2");
  });

  it("with the same key and other numbers blame neither study nor data", () => {
    const diff = differ((one) => withValue(one, "results.csv", { measure: "test", repeat: "1" }, "0.5"));
    expect(diff.causes[0]?.why).toMatch(/^the same key, yet another number/);
  });

  it("without repeats say that there are none to tell", () => {
    const [a, b] = [copy(), copy()];
    for (const one of [a, b]) one.edit("results.csv", (text) => text.replaceAll(/^.*,2,1,test.*\n/gm, ""));
    withValue(b, "results.csv", { measure: "test", init: "RI" }, "0.3");
    const diff = diffRuns(a.folder, b.folder, "/");
    expect(diff.numbers).toMatchObject([{ weight: "unknown", before: { n: 1 }, after: { n: 1, mean: 0.3 } }]);
    const half = diffRuns(EARLY, b.folder, "/");
    expect(half.onlyBefore.rows).toHaveLength(2);
    expect(half.numbers).toMatchObject([{ weight: "beyond", before: { n: 2 }, after: { n: 1 } }]);
  });
});

it("reads a crate whose run folder has another name", () => {
  const one = copy();
  const nested = join(one.folder, "..", "deep");
  mkdirSync(nested);
  renameSync(one.folder, join(nested, "a b"));
  expect(readRecord(join(nested, "a b", "ro-crate-metadata.json"), "/").plan.nodes).toHaveLength(30);
});
