/** `stop early` in the plan: in no key but those it changes, at most so long, and what a refit reads. */

import { describe, expect, it } from "vitest";
import type { PlanNode } from "../../../src/compiler/plan/types.js";
import { observationOf } from "../../../src/runtime/run/rates.js";
import { compiled } from "../support/compiled.js";
import { datasetFacts, factsFor, planOf } from "./fixture.js";

const FACTS = { fashion: datasetFacts("fashion", 6000, 1000, 2000), digits: datasetFacts("digits", 320, 500, 1000) };
const STOP = "stop early(patience: 10 checks)";

async function planned(text: string) {
  const { study, diagnostics } = await compiled(text);
  if (study === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return planOf(study, factsFor(study, FACTS));
}

async function stages(recipes: string, train = "r", more = "") {
  const { plan, diagnostics } = await planned(
    `${recipes}
     experiment e { model resnet_s; target digits; init RI; train ${train}; measure m = score(top1)${more} }`,
  );
  const nodes = plan.nodes.filter((node) => node.op === "train" && node.label.includes("#1"));
  return { nodes, plan, diagnostics };
}

const SELECT = "select best(top1, on: val) every 1 epochs; for 40 epochs";
const first = async (settings: string): Promise<PlanNode> => {
  const [node] = (await stages(`recipe r = quick with { ${settings} }`)).nodes;
  if (node === undefined) throw new Error("no training");
  return node;
};

describe("stop early in a plan", () => {
  it("is in the key where it may act, and nowhere else", async () => {
    const plain = await first(SELECT);
    const never = await first(`${SELECT}; stop never`);
    const early = await first(`${SELECT}; ${STOP}`);
    expect(plain.params).not.toHaveProperty("recipe.stop");
    expect(never.key).toBe(plain.key);
    expect(early.key).not.toBe(plain.key);
    expect((await first(`${SELECT}; stop early`)).key).toBe(early.key);
    expect((await first(`${SELECT}; stop early(patience: 10 checks, min_delta: 0.1)`)).key).not.toBe(early.key);
  });

  it("makes the estimate one of at most so long", async () => {
    const [plain, early] = [await first(SELECT), await first(`${SELECT}; ${STOP}`)];
    expect(plain.estimate).not.toHaveProperty("atMost");
    expect(early.estimate).toEqual({ ...plain.estimate, atMost: true });
  });

  it("tells of a training's speed by the steps it took", async () => {
    const early = await first(`${SELECT}; ${STOP}`);
    const flops = (value: Parameters<typeof observationOf>[2]) => observationOf(early, 10, value)?.flops ?? Number.NaN;
    const whole = early.estimate.flops;
    expect(flops({ steps: 100, budget: 400 })).toBeCloseTo(whole / 4, 6);
    for (const value of [null, 3, { steps: 100 }, { steps: 0, budget: 0 }]) expect(flops(value)).toBe(whole);
  });

  it("is measured where a recipe says stop, by stage where there are several", async () => {
    const recipes = `recipe r = quick with { ${SELECT}; ${STOP} }\nrecipe p = quick with { freeze backbone; ${SELECT}; stop never }`;
    const trained = async (train: string) =>
      (await stages(recipes, train)).plan.results.filter(
        ({ measure, repeat }) => measure === "trained" && repeat === 1,
      );
    expect((await trained("r")).map(({ point }) => point)).toEqual([{}]);
    expect((await trained("p")).map(({ point }) => point)).toEqual([{}]);
    expect((await trained("quick")).map(({ point }) => point)).toEqual([]);
    const both = await stages(recipes, "p then r");
    const rows = both.plan.results.filter(({ measure, repeat }) => measure === "trained" && repeat === 1);
    expect(rows.map(({ point }) => point)).toEqual([{ stage: 1 }, { stage: 2 }]);
    expect(rows.map(({ node }) => node)).toEqual(both.nodes.map(({ key }) => key));
    // a solver takes no steps
    const solved = await stages(`${recipes}\nrecipe s { solver lbfgs; freeze backbone }`, "s then r");
    const left = solved.plan.results.filter(({ measure, repeat }) => measure === "trained" && repeat === 1);
    expect(left.map(({ point }) => point)).toEqual([{ stage: 2 }]);
  });

  it("lets a refit read how long each trial took, and only then", async () => {
    const tune = (settings: string) => `
recipe r = quick with { ${settings}; optimizer sgd(lr: 0.1) }
experiment e {
  model resnet_s; target digits; init RI; train r
  tune r.lr in log(1e-3..1e-1, 3 points) { best top1 on val; refit train + val }
  measure m = score(top1)
}`;
    const refit = async (settings: string) => {
      const { plan, diagnostics } = await planned(tune(settings));
      expect(diagnostics).toEqual([]);
      return plan.nodes.find((node) => node.op === "tune.refit");
    };
    const plain = await refit(SELECT);
    expect(plain?.inputs.map(({ role }) => role)).toEqual(["choice", "init", "train"]);
    expect((await refit(`${SELECT}; stop never`))?.key).toBe(plain?.key);
    const early = await refit(`${SELECT}; ${STOP}`);
    expect(early?.inputs.map(({ role, output }) => `${role} ${output}`)).toEqual([
      "choice choice",
      expect.stringMatching(/^init /),
      expect.stringMatching(/^train /),
      ...[0, 1, 2].map((trial) => `trial${trial} history`),
    ]);
    expect(early?.estimate.atMost).toBe(true);
  });

  it("has a kept checkpoint only where the training cannot have ended before it", async () => {
    const kept = async (keep: string, stop: string) => {
      const { diagnostics } = await planned(`
recipe r = quick with { ${SELECT}; ${stop} }
source before = pretrain(on: digits, using: r, keep: [${keep}] epochs)
experiment e { model resnet_s; target digits; source before; init WT; train quick; measure m = score(top1) }`);
      return diagnostics.map(({ name }) => name);
    };
    expect(await kept("1, 10", STOP)).toEqual([]);
    expect(await kept("1, 11", STOP)).toEqual(["stop-before-kept"]);
    expect(await kept("1, 11", "stop never")).toEqual([]);
    expect(await kept("13", "stop early(patience: 10 checks, after: 3 epochs)")).toEqual([]);
    expect(await kept("40", "stop early(patience: 50 checks)")).toEqual([]);
  });
});
