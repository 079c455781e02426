/** What acts in training alone (dropout rates, precision): whose keys know it, and whose do not. */

import { describe, expect, test } from "vitest";
import type { Choice } from "../../../src/catalog/types.js";
import type { OpName, Plan, PlanNode } from "../../../src/compiler/plan/types.js";
import type { ModelChoice } from "../../../src/compiler/study.js";
import {
  CKA,
  cell,
  DIGITS,
  experiment,
  FINETUNE,
  knn,
  pairwise,
  planOf,
  RESNET,
  RI,
  score,
  study,
  VIT,
} from "./fixture.js";

function planWith(model: ModelChoice, rates: Choice["params"], recipe = FINETUNE): Plan {
  const family = { ...model.family, params: { ...model.family.params, ...rates } };
  const one = cell({
    init: RI,
    train: [recipe],
    model: { ...model, family },
    target: DIGITS,
    seed: 7,
    repeat: 2,
    probes: (own) => [score(own), pairwise("reuse", CKA, own), knn(own)],
  });
  return planOf(study([experiment("main", [one])])).plan;
}

const keys = (plan: Plan): readonly string[] => plan.nodes.map(({ key }) => key);
const nodesOf = <K extends OpName>(plan: Plan, op: K): readonly PlanNode[] =>
  plan.nodes.filter((node) => node.op === op);

describe.each([RESNET, VIT])("dropout rates of a $family.id", (model) => {
  const plain = planWith(model, {});

  test("of 0 are as good as none: every key stays", () => {
    expect(keys(planWith(model, { drop_rate: 0, drop_path_rate: 0 }))).toEqual(keys(plain));
  });

  test("change training and what follows from it, and nothing before", () => {
    const changed = planWith(model, { drop_rate: 0.1, drop_path_rate: 0 });
    for (const op of ["dataset.index", "dataset.prepare", "init"] as const) {
      expect(nodesOf(changed, op).map(({ key }) => key)).toEqual(nodesOf(plain, op).map(({ key }) => key));
    }
    const [before] = nodesOf(plain, "train");
    const [after] = nodesOf(changed, "train");
    expect(after?.key).not.toBe(before?.key);
    expect(after?.params).toMatchObject({
      model: { params: { drop_rate: 0.1 } },
      streams: { dropout: { seed: 7, purpose: "dropout", repeat: 2, about: [] } },
    });
    expect(JSON.stringify(after?.params)).not.toContain("drop_path_rate");
    expect(JSON.stringify(before?.params)).not.toMatch(/drop_|dropout/);
  });

  test("are no part of a state or its evaluation", () => {
    const changed = planWith(model, { drop_rate: 0.1 });
    const evaluations = (plan: Plan) => plan.nodes.filter(({ op }) => op === "predict" || op.startsWith("probe."));
    expect(evaluations(changed).length).toBeGreaterThan(2);
    expect(evaluations(changed).map(({ params }) => params)).toEqual(evaluations(plain).map(({ params }) => params));
  });
});

describe("a recipe's precision", () => {
  const plain = planWith(RESNET, {});
  const mixed = (id: string, params: Choice["params"] = {}) =>
    planWith(RESNET, {}, { ...FINETUNE, precision: { id, version: 1, params } });

  test("is in the key of the training alone, and in what follows from it", () => {
    const changed = mixed("bf16");
    const [before, after] = [plain, changed].map((plan) => nodesOf(plan, "train")[0]);
    expect(after?.params).toMatchObject({ recipe: { precision: { id: "bf16" } } });
    expect(JSON.stringify(before?.params)).not.toContain("precision");
    expect(after?.key).not.toBe(before?.key);
    expect(nodesOf(changed, "init")[0]?.key).toBe(nodesOf(plain, "init")[0]?.key);
    const evaluations = (plan: Plan) => plan.nodes.filter(({ op }) => op === "predict" || op.startsWith("probe."));
    expect(evaluations(changed).map(({ params }) => params)).toEqual(evaluations(plain).map(({ params }) => params));
    expect(evaluations(changed).every(({ signature }) => signature?.precision === "f32")).toBe(true);
  });

  test("has keys of its own for every kind and parameter", () => {
    const scale = { initial_scale: 65536, growth_interval: 2000 };
    const plans = [
      plain,
      mixed("bf16"),
      mixed("fp16", scale),
      mixed("fp16", { ...scale, growth_interval: 100 }),
      mixed("fp16", { ...scale, initial_scale: 1024 }),
    ];
    expect(new Set(plans.map((plan) => nodesOf(plan, "train")[0]?.key)).size).toBe(plans.length);
  });
});
