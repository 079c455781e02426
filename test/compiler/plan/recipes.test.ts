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
