/**
 * Eleven studies of the literature, with stand-ins for the files they import: what is said of each, which is no error.
 * After a change that is meant: `XFERC_GOLDENS=write npx vitest run test/studies`.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compiler/compile.js";
import { collectFacts, lower } from "../../src/compiler/plan/index.js";
import { memoryHost } from "../compiler/support/host.js";

const FOLDER = import.meta.dirname;

function filesIn(folder: string): { readonly [path: string]: string } {
  const names = readdirSync(join(FOLDER, folder)).filter((name) => name.endsWith(".xfer"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(FOLDER, folder, name), "utf8")]));
}

const studies = filesIn("design");
const host = memoryHost({
  ...filesIn("stubs"),
  ...studies,
  "xfer:bundled": readFileSync("studies/bundled.xfer", "utf8"),
});

describe("studies of the literature", () => {
  it.each(Object.keys(studies))("%s has no error", async (name) => {
    const { diagnostics } = await compile(name, host);
    const said = diagnostics.map((each) => `${each.severity}[${each.code} ${each.name}] ${each.message}\n`).join("");
    const golden = join(FOLDER, "golden", name.replace(/xfer$/, "txt"));
    if (process.env.XFERC_GOLDENS === "write") {
      writeFileSync(golden, said);
    }
    expect(diagnostics.filter((each) => each.severity === "error")).toEqual([]);
    expect(said).toBe(readFileSync(golden, "utf8"));
  });
});

/** Cells, and trainings of their own: what pretrains, and what two cells share, counts once. */
const PLANS: { readonly [study: string]: readonly [cells: number, trainings: number] } = {
  // model × target × init × repeat, and DeiT-S's 14 n and ResNet-50's 6; none and all of the units are ST and WT
  "01-reuse.xfer": [4 * 5 * 3 * 5 + (14 + 6) * 2 * 5, 4 * 5 * 3 * 5 + (12 + 4) * 2 * 5],
  // model × init × repeat, and n of ResNet-50 and of the slim one; n = 0 of both is random, and n = 5 the WT of `speed`
  "02-transfusion.xfer": [4 * 3 * 5 + (6 + 4) * 5, 104],
  "03-neyshabur.xfer": [(2 * 4 * 6 + 2 + 7) * 2, 111],
  "04-yosinski.xfer": [120, 120],
  // model × target × setting × repeat; a grid of 49 for two of the settings, L-BFGS (no training) for the third
  "05-kornblith.xfer": [3 * 2 * 3 * 3, 3 * 2 * 2 * 3 * 49],
  "07-recipes.xfer": [70, 70],
  // model × target × init × share × fold × repeat
  "09-labels.xfer": [2 * 2 * 2 * 5 * 5 * 3, 2 * 2 * 2 * 5 * 5 * 3],
  "10-external.xfer": [2 * 2 * 5, 2 * 2 * 5],
  // model × source × target × init × repeat, of which RI is the same under every source; distances train nothing
  "11-distance.xfer": [2 * 3 * 5 * 2 * 5 + 3 * 5 * 5, 2 * 5 * (3 + 1) * 5],
  // model × init × images × repeat, and two pretrainings
  "14-laptop.xfer": [2 * 3 * 3 * 3, 2 * 3 * 3 * 3 + 2],
  "15-table1.xfer": [4 * 5 * 3 * 5 + (14 + 6) * 2 * 5, 4 * 5 * 3 * 5 + (12 + 4) * 2 * 5],
};

describe("their plans", { timeout: 120_000 }, () => {
  it("are of every study", () => expect(Object.keys(PLANS)).toEqual(Object.keys(studies)));

  it.each(Object.entries(PLANS))("of %s: whole, a node for every number", async (name, [cells, trainings]) => {
    const { study } = await compile(name, host);
    if (study === undefined) throw new Error(`${name} does not check`);
    const signature = { engine: "none", engineVersion: "0", device: "cpu", precision: "f32", threads: 1 } as const;
    const { plan, diagnostics } = lower(study, await collectFacts(study, host), { signature });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const made = study.experiments.flatMap((experiment) => experiment.cells);
    expect(made).toHaveLength(cells);
    expect(plan.nodes.filter(({ op }) => op === "train")).toHaveLength(trainings);
    const nodes = new Set(plan.nodes.map(({ key }) => key));
    expect(plan.results.every(({ node }) => nodes.has(node))).toBe(true);
    for (const { name: experiment, cells: own } of study.experiments) {
      const tuned = own.filter((cell) => cell.tuned !== undefined).length;
      const bound = plan.results.filter((result) => result.experiment === experiment);
      expect(bound).toHaveLength(tuned + own.reduce((sum, { probes }) => sum + probes.length, 0));
    }
  });
});
