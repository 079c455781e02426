/** States of states lower to nodes that what means the same shares. */

import { describe, expect, it } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import type { Plan, ResultBinding } from "../../../src/compiler/plan/types.js";
import { memoryHost } from "../support/host.js";
import { datasetFacts, factsFor, nodesOf, planOf } from "./fixture.js";

const BASE = `
dataset skin from idx("./skin") { metric top1 }
dataset other from idx("./other") { metric top1 }
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 16 px)
model tokens = vit(dim: 16, depth: 1, heads: 2, patch: 4, size: 16 px)
recipe short { optimizer sgd(lr: 0.1); batch 4; for 2 steps; select last }
source ours = pretrain(on: other, using: short, keep: [0, 1] steps)
`;

async function planned(body: string, { repeats = 2, outside = "" } = {}) {
  const text = `study s { seed 1; repeats ${repeats} }\n${BASE}\nexperiment main {\n  target skin; init random; train short\n${body}\n}\n${outside}\n`;
  const { study, diagnostics } = await compile("s.xfer", memoryHost({ "s.xfer": text }));
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (study === undefined || errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  const known = { skin: datasetFacts("skin", 60, 10, 20, 4), other: datasetFacts("other", 60, 10, 20, 4) };
  return planOf(study, factsFor(study, known));
}

/** What a measure's score reads the predictions of, by result. */
function predicted(plan: Plan, measure: string): readonly { readonly result: ResultBinding; readonly state: string }[] {
  const nodes = new Map(plan.nodes.map((node) => [node.key, node]));
  return plan.results
    .filter((result) => result.measure === measure)
    .map((result) => {
      const predict = nodes.get(
        nodes.get(result.node)?.inputs.find(({ role }) => role === "predictions")?.node ?? result.node,
      );
      const state = predict?.inputs.find(({ role }) => role === "state");
      return { result, state: `${state?.node}:${state?.output}` };
    });
}
const score = (state: string): string => `score(top1, of: ${state})`;

describe("lerp", () => {
  it("is the state itself at its ends, and between two that are one", async () => {
    const { plan, diagnostics } = await planned(`  model mini
  measure first = ${score("initial")}
  measure last  = ${score("selected")}
  measure at0   = ${score("lerp(initial, selected, 0)")}
  measure at1   = ${score("lerp(initial, selected, 100%)")}
  measure same  = ${score("lerp(selected, last, 0.3)")}
  measure twice = ${score("lerp(selected, selected, 0.3)")}
  measure kept  = ${score("lerp(initial, selected, 1, batchnorm: keep)")}`);
    expect(diagnostics).toEqual([]);
    const states = (measure: string) => predicted(plan, measure).map(({ state }) => state);
    expect(states("at0")).toEqual(states("first"));
    expect(states("at1")).toEqual(states("last"));
    expect(states("twice")).toEqual(states("last"));
    // `last` is another output of the training, and with statistics kept 1 is not `b`
    expect(states("same")).not.toEqual(states("last"));
    expect(states("kept")).not.toEqual(states("last"));
    expect(nodesOf(plan, "state.lerp")).toHaveLength(2 * 2);
  });

  it("recomputes statistics in a node of its own, at the ends too, and not where there are none", async () => {
    const { plan } = await planned(`  vary model in [mini, tokens]
  measure path for a in 0..1 by 0.5 = ${score("lerp(initial, selected, a, batchnorm: recompute)")}
  measure plain for a in 0..1 by 0.5 = ${score("lerp(initial, selected, a)")}
  measure after = ${score("update_batchnorm(selected)")}`);
    const updates = nodesOf(plan, "state.update_batchnorm");
    expect(updates).toHaveLength(2 * 3); // of mini, whose `after` is its path's end
    expect(updates.map(({ params }) => [params.batch, params.normalize])).toContainEqual([4, { kind: "data" }]);
    const states = (measure: string, model: string) =>
      predicted(plan, measure).flatMap(({ result, state }) => (result.point.model === model ? [state] : []));
    expect(states("path", "tokens")).toEqual(states("plain", "tokens"));
    expect(states("path", "mini")).not.toContain(states("plain", "mini")[0]);
    expect(nodesOf(plan, "state.lerp")).toHaveLength(2 * 2);
  });

  it("goes into parts, where at 1 nothing changes", async () => {
    const { plan } = await planned(`  model mini
  measure last = ${score("selected")}
  measure critical for u in model.units, a in [0, 0.5, 1] = ${score("selected with { units[u] <- lerp(initial, selected, a) }")}`);
    const last = predicted(plan, "last").map(({ state }) => state);
    for (const { result, state } of predicted(plan, "critical")) {
      expect(last.includes(state)).toBe(result.point.a === 1);
    }
    expect(new Set(predicted(plan, "critical").map(({ result }) => result.point.u)).size).toBeGreaterThan(1);
  });
});

describe("other repeats", () => {
  const twins = `  model mini\n  measure path = score(top1, on: [train, test], of: lerp(selected, selected[repeat: other], 0.5))`;

  it("are every unordered pair once", async () => {
    const { plan } = await planned(twins, { repeats: 4 });
    const pairs = plan.results.filter(({ point }) => point.split === "test");
    expect(pairs.map(({ repeat, point }) => `${repeat}~${point.other_repeat}`)).toEqual([
      "1~2",
      "1~3",
      "1~4",
      "2~3",
      "2~4",
      "3~4",
    ]);
    expect(nodesOf(plan, "state.lerp")).toHaveLength(6);
    expect(nodesOf(plan, "train")).toHaveLength(4);
  });

  it("in a derive too, with what the sides have in common", async () => {
    const outside = `derive twins = cka(main.selected[model: mini], main.selected[model: mini, repeat: other])
derive middle = score(top1, of: lerp(main.selected[model: mini], main.initial[model: mini, repeat: other], 0.5))`;
    const { plan, diagnostics } = await planned("  vary model in [mini, tokens]", { repeats: 3, outside });
    expect(diagnostics).toEqual([]);
    const of = (name: string) => plan.results.filter(({ experiment }) => experiment === `derive:${name}`);
    expect(of("twins").map(({ repeat, point }) => [repeat, point.other_repeat])).toEqual([
      [1, 2],
      [1, 3],
      [2, 3],
    ]);
    expect(of("middle")).toHaveLength(3);
    expect(nodesOf(plan, "state.lerp")).toHaveLength(3);
  });
});

describe("states of sources", () => {
  it("have their heads as `.state`, on the data they name, with no training", async () => {
    const outside = `derive before = score(top1, of: ours.state, on: other.test)
derive none = score(top1, of: ours.at(0 steps).state, on: other.test)`;
    const { plan, diagnostics } = await planned("  vary model in [mini, tokens]", { outside });
    expect(diagnostics).toEqual([]);
    const of = (name: string) => predicted(plan, name);
    expect(of("before").map(({ result }) => [result.point.model, result.repeat])).toEqual([
      ["mini", 1],
      ["mini", 2],
      ["tokens", 1],
      ["tokens", 2],
    ]);
    // shared by repeats
    expect(new Set(of("before").map(({ state }) => state)).size).toBe(2);
    const nodes = new Map(plan.nodes.map((node) => [node.key as string, node]));
    for (const { state } of of("before")) expect(nodes.get(state.split(":")[0] ?? "")?.op).toBe("train");
    expect(of("none").every(({ state }) => !of("before").some((other) => other.state === state))).toBe(true);
  });

  it("at 0 are where pretraining begins", async () => {
    const { plan } = await planned(`  model mini\n  source ours.at(0 steps)
  measure a = ${score("selected with { backbone <- ours.initial }")}
  measure b = ${score("selected with { backbone <- ours.at(0 steps) }")}`);
    const states = (measure: string) => predicted(plan, measure).map(({ state }) => state);
    expect(states("a")).toEqual(states("b"));
  });
});
