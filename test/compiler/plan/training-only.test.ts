/** Parameters that act in training alone (dropout rates): whose keys know them, and whose do not. */

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

function planWith(model: ModelChoice, rates: Choice["params"]): Plan {
  const family = { ...model.family, params: { ...model.family.params, ...rates } };
  const one = cell({
    init: RI,
    train: [FINETUNE],
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
