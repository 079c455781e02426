/** What recipes say of a model's parts, from the text to keys, estimates and messages. */

import { describe, expect, it } from "vitest";
import type { PlanNode } from "../../../src/compiler/plan/types.js";
import { compiled } from "../support/compiled.js";
import { datasetFacts, factsFor, planOf } from "./fixture.js";

const FACTS = { fashion: datasetFacts("fashion", 6000, 1000, 2000), digits: datasetFacts("digits", 100, 500, 1000) };

async function planned(text: string) {
  const { study, diagnostics } = await compiled(text);
  if (study === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return planOf(study, factsFor(study, FACTS));
}

type Train = Extract<PlanNode, { op: "train" }>;

async function trainings(recipe: string, model = "resnet_s"): Promise<{ nodes: Train[]; names: string[] }> {
  const { plan, diagnostics } = await planned(
    `recipe r = quick with { ${recipe} }
     experiment e { model ${model}; target digits; init RI; train r; measure m = score(top1) }`,
  );
  const nodes = plan.nodes.filter((node): node is Train => node.op === "train" && node.label.includes("#1"));
  return { nodes, names: diagnostics.map(({ name }) => name) };
}

async function frozen(recipe: string, model?: string): Promise<readonly string[]> {
  const { nodes, names } = await trainings(recipe, model);
  expect(names).toEqual([]);
  return nodes[0]?.params.recipe.frozen ?? [];
}

const key = async (recipe: string, model?: string) => (await trainings(recipe, model)).nodes[0]?.key;

describe("what is frozen", () => {
  it("holds statistics with their unit, unless they are excepted", async () => {
    const whole = await frozen("freeze units[1..2]");
    expect(whole).toContain("conv1.weight");
    expect(whole).toContain("layer1.0.bn2.running_var");
    expect(whole).not.toContain("layer2.0.conv1.weight");
    expect(await frozen("freeze units[1..2] except buffers")).toEqual(
      whole.filter((name) => !/running_|num_batches/.test(name)),
    );
    const buffers = await frozen("freeze buffers");
    expect(buffers.length).toBeGreaterThan(0);
    expect(buffers.every((name) => /running_|num_batches/.test(name))).toBe(true);
  });

  it("is all that `trainable` does not name", async () => {
    const all = await frozen("trainable head");
    expect(all).not.toContain("fc.weight");
    expect(all).toContain("layer3.0.bn1.running_mean");
    expect(await frozen("freeze backbone")).toEqual(all);
    expect(await frozen("freeze rest except head, buffers")).not.toContain("bn1.running_mean");
    const bias = await frozen("trainable bias, head", "vit_s");
    expect(bias).toContain("blocks.0.attn.qkv.weight");
    expect(bias).not.toContain("blocks.0.attn.qkv.bias");
    expect(bias).not.toContain("blocks.0.norm1.bias");
    expect(bias).not.toContain("head.weight");
    expect(await frozen("freeze buffers; trainable units[3..4], head")).toEqual(
      expect.arrayContaining(["layer2.0.bn1.running_mean", "conv1.weight"]),
    );
    expect(await frozen("trainable head; freeze rest")).toEqual(all);
  });

  it("is in the key by what it means", async () => {
    const plain = await key("batch 64");
    expect(await key("freeze units[1..0]")).toBe(plain);
    expect(await key("trainable rest")).toBe(plain);
    expect(await key("layer_decay 1 per unit")).toBe(plain);
    expect(await key("freeze backbone")).toBe(await key("trainable head"));
    expect(await key("freeze backbone")).not.toBe(plain);
    expect(await key("layer_decay 0.75 per unit")).not.toBe(plain);
    expect(await key("unfreeze units from head every 2 epochs")).not.toBe(plain);
  });

  it("needs less memory and arithmetic the later the first trained tensor is", async () => {
    const estimates = [];
    for (const recipe of ["batch 64", "freeze units[1..2]", "freeze units[1..3]", "freeze backbone"]) {
      const [node] = (await trainings(recipe)).nodes;
      estimates.push(node?.estimate);
    }
    for (const [index, estimate] of estimates.entries()) {
      const before = estimates[index - 1];
      if (before === undefined || estimate === undefined) continue;
      expect(estimate.flops).toBeLessThan(before.flops);
      expect(estimate.deviceMemory).toBeLessThan(before.deviceMemory);
    }
    expect(estimates[3]?.deviceMemory).toBeLessThan(0.8 * (estimates[0]?.deviceMemory ?? 0));
  });

  it("is told where it is nothing, everything or half of a norm", async () => {
    expect((await trainings(`freeze "layer9.**"`)).names).toEqual(["parts-match-nothing"]);
    expect((await trainings("freeze backbone, head")).names).toEqual(["nothing-trained"]);
    expect((await trainings(`freeze "bn1.running_mean"`)).names).toEqual(["norm-half-frozen"]);
    expect((await trainings("trainable buffers")).names).toEqual(["nothing-trained"]);
  });
});

describe("stages", () => {
  const STAGES = `
recipe probe = quick with { freeze backbone }
experiment e {
  vary train in [lpft: probe then quick, longer: probe then finetune, alone: probe]
  model resnet_s; target digits; init RI
  measure m = score(top1)
}`;

  it("share the ones they begin with, whichever follow", async () => {
    const { plan } = await planned(STAGES);
    const nodes = plan.nodes.filter((node): node is Train => node.op === "train");
    // two repeats: the probe once each, and one node more for each of the two that go on
    expect(nodes).toHaveLength(2 * 3);
    const first = nodes.filter(({ params }) => params.recipe.frozen !== undefined);
    expect(first).toHaveLength(2);
    const following = nodes.filter(({ inputs }) =>
      inputs.some(
        ({ role, node, output }) => role === "init" && output === "selected" && first.some((n) => n.key === node),
      ),
    );
    expect(following).toHaveLength(4);
  });
});

describe("a solver", () => {
  const study = (recipes: string) => `
recipe weak   { solver lbfgs; l2 1e-3; freeze backbone; augment none }
recipe strong { solver lbfgs; l2 10; trainable head }
${recipes}
experiment e {
  vary train in [weak: weak, strong: strong, on: weak then quick]
  model resnet_s; target digits; init RI
  measure m = score(top1)
}`;

  it("computes the features of a state once, whatever is fitted on them", async () => {
    const { plan, diagnostics } = await planned(study(""));
    expect(diagnostics).toEqual([]);
    const count = (op: string) => plan.nodes.filter((node) => node.op === op).length;
    expect([count("features"), count("fit"), count("train")]).toEqual([2, 2 * 2, 2]);
    for (const node of plan.nodes) {
      if (node.op === "fit") expect(node.params).toMatchObject({ solver: { id: "lbfgs" }, task: "multiclass" });
    }
  });

  it("is told that it fits the head alone", async () => {
    const { diagnostics } = await planned(study("").replace("trainable head", "trainable units[4..4], head"));
    expect(diagnostics.map(({ name }) => name)).toEqual(["solver-fits-head"]);
  });
});

describe("tune", () => {
  const study = (refit: string, per = "per target") => `
recipe r = quick with { optimizer sgd(lr: 0.1) }
experiment e {
  vary target in [digits, fashion]
  model resnet_s; init RI; train r
  tune r.lr in log(1e-3..1e-1, 3 points), r.batch in [16, 32] { best target.metric on val ${per}; ${refit} }
  measure m = score(top1)
}`;
  const count = (nodes: readonly PlanNode[], op: string) => nodes.filter((node) => node.op === op).length;

  it("tries every point in every repeat, and chooses for repeats together", async () => {
    const { plan, diagnostics } = await planned(study("refit none"));
    expect(diagnostics).toEqual([]);
    expect(count(plan.nodes, "train")).toBe(2 * 2 * 6);
    expect(count(plan.nodes, "tune.choose")).toBe(2);
    expect(count(plan.nodes, "tune.take")).toBe(2 * 2);
    const [choice] = plan.nodes.filter((node) => node.op === "tune.choose");
    expect(choice?.inputs.map(({ role }) => role)).toHaveLength(6 * 2);
    expect(choice?.params).toMatchObject({
      metric: "top1",
      cells: 2,
      grid: [
        { path: "r.lr", values: [0.001, 0.01, 0.1] },
        { path: "r.batch", values: [16, 32] },
      ],
    });
    const chosen = plan.results.filter(({ measure }) => measure === "tuned");
    expect(chosen.map(({ node }) => node)).toEqual(expect.arrayContaining([choice?.key]));
  });

  it("trains by the chosen values anew, on the training and validation images", async () => {
    const { plan, diagnostics } = await planned(study("refit train + val"));
    expect(diagnostics).toEqual([]);
    expect(count(plan.nodes, "tune.refit")).toBe(2 * 2);
    const merged = plan.nodes.filter((node) => node.op === "dataset.view" && node.params.splitName === "train_val");
    expect(merged).toHaveLength(2);
    for (const node of plan.nodes) {
      if (node.op !== "tune.refit") continue;
      expect(node.params.stages.map(({ params }) => ("recipe" in params ? params.recipe.batch : 0))).toEqual([
        16, 32, 16, 32, 16, 32,
      ]);
      expect(node.inputs.map(({ role }) => role)).toEqual(["choice", "init", "train"]);
    }
  });

  it("is told that one choice cannot be by two metrics, and that plateau follows nothing", async () => {
    const mixed = `${study("refit none", "per model").replace("[digits, fashion]", "[digits, other]")}
dataset other from idx("./digits") { metric macro_recall }`;
    expect((await compiled(mixed)).names).toContain("tune-mixes-metrics");
    const plateau = study("refit train + val").replace(
      "sgd(lr: 0.1)",
      "sgd(lr: 0.1); schedule plateau(patience: 3 checks)",
    );
    expect((await planned(plateau)).diagnostics.map(({ name }) => name)).toEqual(["tune-plateau"]);
  });
});
