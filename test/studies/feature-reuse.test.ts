/** The paper's studies: each checks without data, plans without data, and runs on what is bundled. */

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, xferc } from "../cli/harness.js";

const FOLDER = "studies/feature-reuse";
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".xfer"));
const studies = files.filter((name) => /^study /m.test(readFileSync(join(FOLDER, name), "utf8")));
const project = newProject(Object.fromEntries(files.map((name) => [name, readFileSync(join(FOLDER, name), "utf8")])));

beforeAll(ensureBuilt, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** What each shows, and how many cells the paper's version has. */
interface Expected {
  readonly cells: number;
  readonly shows: readonly string[];
  readonly flags?: readonly string[];
}
const EXPECTED: { readonly [study: string]: Expected } = {
  "attended.xfer": { cells: 2 * 2 * 3 * 5, shows: ["figures/attended_aptos.svg", "figures/attended_isic.svg"] },
  "capacity.xfer": { cells: 6 * 2 * 3 * 5, shows: ["figures/fig6_capacity.svg", "tables/capacities.tex"] },
  // n from 0 to the units of ViT-S (13), Swin-T (13), Inception-v3 (7) and ResNet-50 (5)
  "convergence.xfer": { cells: (14 + 14 + 8 + 6) * 2 * 5, shows: ["figures/fig6_best.svg", "figures/fig6_area.svg"] },
  "depth.xfer": {
    cells: (14 + 14 + 8 + 6) * 5 * 5 + 4 * 5 * 5,
    shows: ["figures/fig2.svg", "figures/fig4_moved.svg", "figures/fig4_redo.svg", "figures/fig5.svg"],
  },
  "needed.xfer": {
    cells: 4 * 2 * 2 * 5,
    shows: ["figures/fig4_redo.svg", "figures/fig4_probe.svg", "figures/fig4_needed.svg"],
    // where a part of a pass gives the bits of the whole
    flags: ["--engine", "onnx"],
  },
  "reuse.xfer": { cells: 300, shows: ["figures/fig1.svg", "figures/fig3_kept.svg", "figures/fig3_alike.svg"] },
  "table1.xfer": { cells: 300, shows: ["tables/table1.tex", "tables/table1.html", "tables/gains.md"] },
};

type Row = { readonly [column: string]: string };
const rowsOf = (run: string): readonly Row[] =>
  Papa.parse<Row>(readFileSync(join(project, run, "results.csv"), "utf8"), { header: true, skipEmptyLines: true }).data;

it("has every study", () => expect([...studies].sort()).toEqual(Object.keys(EXPECTED)));

describe.each(Object.entries(EXPECTED))("%s", { timeout: 300_000 }, (study, { cells, shows, flags = [] }) => {
  it("checks without the data, and nothing is said of it that it does not answer", async () => {
    const { code, out, err } = await xferc(project, "check", study, "--format", "json");
    expect(err).toBe("");
    expect(code).toBe(0);
    const [file] = JSON.parse(out).files as { diagnostics: { code: string }[] }[];
    expect(file?.diagnostics).toEqual([]);
  });

  it("plans without the data, and says what is not known", async () => {
    const { code, out } = await xferc(project, "plan", study, "--format", "json");
    expect(code).toBe(0);
    expect(JSON.parse(out).cells).toHaveLength(cells);
    const text = await xferc(project, "plan", study);
    expect(text.out).toMatch(/neither data nor lock of aptos, .* is here, so sizes are unknown/);
  });

  it("runs on what is bundled", async () => {
    const run = study.replace(".xfer", "");
    const where = ["--profile", "smoke", "--out", run, "--cache", "cache", ...flags];
    const { code, err } = await xferc(project, "run", study, ...where);
    expect(err.replaceAll(/warning\[[\s\S]*/g, "")).toBe("");
    expect(code).toBe(0);
    for (const file of shows) expect(existsSync(join(project, run, file)), file).toBe(true);
    const rows = rowsOf(run);
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter(({ status }) => status !== "ok")).toEqual([]);
  });
});

/** After `needed.xfer` ran, above. */
describe("figure 4, as state algebra", () => {
  it("is what the probe says, to the bit, of every layer of every cell", () => {
    const rows = rowsOf("needed").filter(({ experiment }) => experiment === "main");
    const by = (measure: string) =>
      new Map(
        rows
          .filter((row) => row.measure === measure)
          .map(({ model, target, init, layer, repeat, value }) => [
            [model, target, init, layer, repeat].join(" "),
            value,
          ]),
      );
    const [redo, probe] = [by("redo"), by("probe")];
    // layers of the three stand-ins, init × repeat
    expect(redo.size).toBe((6 + 6 + 5) * 2 * 2);
    expect(new Set(redo.values()).size).toBeGreaterThan(20);
    expect(probe).toEqual(redo);
  });
});
