/** The studies of ways to train and of tuned transfers, from files to numbers, on bundled data. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, xferc } from "../cli/harness.js";

const NAMES = ["05-kornblith.xfer", "07-recipes.xfer"];
const project = newProject(
  Object.fromEntries(NAMES.map((name) => [name, readFileSync(join(import.meta.dirname, "runnable", name), "utf8")])),
);

beforeAll(() => ensureBuilt(), 240_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

type Row = { readonly [column: string]: string };
const rowsOf = (path: string): readonly Row[] =>
  Papa.parse<Row>(readFileSync(join(project, path), "utf8"), { header: true, skipEmptyLines: true }).data;

describe("ways to train", { timeout: 400_000 }, () => {
  it("run up to their measures, and none moves what it freezes", async () => {
    const { code, err } = await xferc(project, "run", "07-recipes.xfer", "--out", "ways");
    expect(err).toBe("");
    expect(code).toBe(0);
    const rows = rowsOf("ways/results.csv").filter(({ experiment }) => experiment === "ways");
    expect(rows.every(({ status }) => status === "ok")).toBe(true);
    const of = (measure: string, way: string) => rows.filter((row) => row.measure === measure && row.way === way);
    const cost = (way: string) => Number(of("cost", way)[0]?.value);
    expect(cost("probe")).toBe(32 * 10 + 10);
    expect(cost("lora")).toBe(32 * 10 + 10 + 3 * 4 * (32 + 3 * 32));
    expect(cost("bitfit")).toBeLessThan(cost("full") / 10);
    expect(cost("lpft")).toBe(cost("full"));
    const moved = (way: string) => of("moved", way).filter(({ layer }) => layer === "blocks.0.mlp");
    expect(moved("full").every(({ value }) => Number(value) > 0)).toBe(true);
    for (const way of ["probe", "lora", "quiet"]) {
      expect(moved(way).map(({ value }) => Number(value))).toEqual([0, 0]);
    }
  });
});

describe("tuned transfers", { timeout: 400_000 }, () => {
  it("choose on validation, and train by what they chose", async () => {
    const { code, err } = await xferc(project, "run", "05-kornblith.xfer", "--out", "tuned");
    expect(err).toBe("");
    expect(code).toBe(0);
    const rows = rowsOf("tuned/results.csv").filter(({ experiment }) => experiment === "transfer2");
    expect(rows.filter(({ measure }) => measure === "acc")).toHaveLength(2 * 3 * 2);
    expect(rows.every(({ status }) => status === "ok")).toBe(true);
    const chosen = rows.filter(({ measure }) => measure === "tuned");
    expect(new Set(chosen.map(({ setting, parameter }) => `${setting} ${parameter}`))).toEqual(
      new Set([
        "fixed logistic.l2",
        "tuned sgd_recipe.lr",
        "tuned sgd_recipe.l2",
        "scratch sgd_recipe.lr",
        "scratch sgd_recipe.l2",
      ]),
    );
    const trials = rowsOf("tuned/tables/trials.csv");
    expect(trials).toHaveLength(2 * 3 + 2 * 2 * 4);
    const groups = new Set(trials.map(({ model, setting }) => `${model} ${setting}`));
    expect(groups.size).toBe(2 * 3);
    for (const name of groups) {
      const group = trials.filter(({ model, setting }) => `${model} ${setting}` === name);
      const means = group.map(({ mean_on_val }) => Number(mean_on_val));
      const [best, ...others] = group.filter(({ chosen: is }) => is === "true");
      expect(others).toEqual([]);
      expect(Number(best?.mean_on_val)).toBe(Math.max(...means));
    }
    const again = await xferc(project, "run", "05-kornblith.xfer", "--out", "again");
    expect(again.out).toMatch(/0 computed/);
    expect(readFileSync(join(project, "again/results.csv"), "utf8")).toBe(
      readFileSync(join(project, "tuned/results.csv"), "utf8"),
    );
  });
});
