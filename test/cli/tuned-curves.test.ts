/** What is read off the checks of a tuned cell: they are the chosen trial's, refitted or not. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, xferc } from "./harness.js";

const MEASURES = `
  measure soon   = steps_to(share_of_best: 95%, metric: top1, on: val)
  measure images = steps_to(share_of_best: 100%, count: images)
  measure area   = curve_area()
  measure test   = score(top1)`;
const recipe = (name: string, lr: number, batch: number) =>
  `recipe ${name} { optimizer sgd(lr: ${lr}); batch ${batch} images; for 6 steps; select best(top1, on: val) every 1 steps }`;
const experiment = (name: string, train: string) =>
  `experiment ${name} { model mini; target digits_few; init random; train ${train}; ${MEASURES} }`;
const tuned = (name: string, refit: string) =>
  experiment(name, `${name}_recipe`).replace(
    "measure soon",
    `tune ${name}_recipe.lr in [0.001, 0.1], ${name}_recipe.batch in [8, 16] { best top1 on val; refit ${refit} }\n  measure soon`,
  );
const STUDY = `study curves { seed 3; repeats 1 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
${recipe("again_recipe", 0.5, 24)}
${recipe("kept_recipe", 0.5, 24)}
${[0.001, 0.1].flatMap((lr) => [8, 16].map((batch) => recipe(`by_${String(lr).replace("0.", "")}_${batch}`, lr, batch))).join("\n")}
${tuned("again", "train + val")}
${tuned("kept", "none")}
experiment plain {
  model mini; target digits_few; init random
  vary train in [by_001_8, by_001_16, by_1_8, by_1_16]; ${MEASURES}
}
`;
const project = newProject({ "study.xfer": STUDY });
beforeAll(ensureBuilt, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

type Row = { readonly [column: string]: string };

it("is the curve of the trial that was chosen", { timeout: 240_000 }, async () => {
  const { code, err } = await xferc(project, "run", "study.xfer", "--ui", "plain", "--engine", "onnx", "--out", "out");
  expect(`${code} ${err.replaceAll(/warning\[[\s\S]*/g, "")}`).toBe("0 ");
  const text = readFileSync(join(project, "out/results.csv"), "utf8");
  const rows = Papa.parse<Row>(text, { header: true, skipEmptyLines: true }).data;
  const of = (name: string, measure: string) => rows.filter((r) => r.experiment === name && r.measure === measure);
  for (const name of ["again", "kept"]) {
    const chosen = of(name, "tuned").map(({ parameter, value }) => [parameter?.split(".")[1], value]);
    expect(chosen.map(([parameter]) => parameter)).toEqual(["lr", "batch"]);
    const train = `by_${chosen[0]?.[1]?.replace("0.", "")}_${chosen[1]?.[1]}`;
    for (const measure of ["soon", "images", "area"]) {
      const [found] = of(name, measure);
      const [expected] = of("plain", measure).filter((row) => row.train === train);
      expect([name, measure, found?.status, found?.value]).toEqual([name, measure, "ok", expected?.value]);
      expect(Number(found?.value)).toBeGreaterThan(0);
    }
  }
  // a refit is another state than the trial it follows
  expect(of("again", "test")[0]?.node).not.toBe(of("kept", "test")[0]?.node);
});
