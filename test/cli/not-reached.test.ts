/** `steps_to` where trainings end before they get there: from the checks to tables, files and `explain`. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, xferc } from "./harness.js";

const STUDY = `study late { seed 1; repeats 2 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
recipe short { optimizer sgd(lr: 0.1); batch 32 images; for 4 steps; select best(top1, on: val) every 2 steps }
model wide = resnet(blocks: [1], widths: [8], stem: small, size: 28 px)
experiment main {
  vary model in [mini, wide]
  target digits_few; init random; train short
  measure at_once = steps_to(value: 0)
  measure never   = steps_to(value: 1)
  measure images  = steps_to(value: 1, count: images)
}
derive saved = main.never[model: mini] - main.never[model: wide]
derive ratio = mean(main.never[model: mini]) / mean(main.never[model: wide])
table t from main { rows model; cell at_once, never }
table d from saved, ratio { cell saved, ratio }
`;
const project = newProject({ "study.xfer": STUDY });
beforeAll(ensureBuilt, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));
const read = (path: string) => readFileSync(join(project, path), "utf8");

describe("steps to what is not reached", { timeout: 240_000 }, () => {
  it("are no failure, and never a number", async () => {
    const { code, out, err } = await xferc(
      project,
      ...["run", "study.xfer", "--ui", "plain", "--engine", "onnx", "--device", "cpu", "--out", "run"],
    );
    expect({ code, err: code === 0 ? "" : out + err }).toEqual({ code: 0, err: "" });
    const { data } = Papa.parse<{ readonly [column: string]: string }>(read("run/results.csv"), {
      header: true,
      skipEmptyLines: true,
    });
    const of = (measure: string) =>
      data.flatMap(({ measure: own, value, status, reason, above }) =>
        own === measure ? [{ value, status, reason, above }] : [],
      );
    const late = { value: "", status: "not_reached" };
    expect(of("never")).toEqual(Array(4).fill({ ...late, reason: "top1 did not reach 1 within 4 steps", above: "4" }));
    const images = "top1 did not reach 1 within 128 images";
    expect(of("images")).toEqual(Array(4).fill({ ...late, reason: images, above: "128" }));
    expect(of("at_once")).toEqual(Array(4).fill({ value: "2", status: "ok", reason: "", above: "" }));
    const derived = { ...late, reason: "a number it needs was not reached", above: "" };
    expect(of("saved")).toEqual(Array(2).fill(derived));
    expect(of("ratio")).toEqual([derived]);
  });

  it("are told in tables, in the report and by explain", async () => {
    expect(read("run/tables/t.md")).toMatch(/\| 2\.?0* ± 0\.?0* .*\| not reached \|/);
    expect(read("run/tables/t.md")).toContain("Not reached: greater than what was trained for");
    expect(read("run/tables/d.tex")).toContain("not reached & not reached");
    const page = read("run/report/index.html");
    expect(page).toContain('<td class="number absent">not reached</td>');
    expect(page).toContain("not reached (&gt; 4)");
    expect(page).toContain("top1 did not reach 1 within 4 steps");
    expect(page).not.toMatch(/<td class="number failed">/);
    const { out } = await xferc(
      project,
      "explain",
      "study.xfer",
      "main[model: mini]#1",
      "--engine",
      "onnx",
      "--device",
      "cpu",
    );
    expect(out).toContain("top1 did not reach 1 within 4 steps");
  });
});
