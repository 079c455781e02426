import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { entries } from "../../../src/catalog/index.js";
import type { DerivedProbe } from "../../../src/compiler/outputs/types.js";
import { diffPlan } from "../../../src/compiler/plan/diff.js";
import { NO_FACTS, passGroup } from "../../../src/compiler/plan/index.js";
import { planText } from "../../../src/compiler/plan/text.js";
import type { OpName, Plan } from "../../../src/compiler/plan/types.js";
import {
  CKA,
  cell,
  experiment,
  FINETUNE,
  knn,
  nodesOf,
  pairwise,
  planOf,
  planOfCell,
  quickstart,
  SIGNATURE,
  ST,
  score,
  somewhere,
  study,
  WT,
} from "./fixture.js";

const { plan, diagnostics } = planOf(quickstart());
const counts = (of: Plan) => {
  const byOp = new Map<OpName, number>();
  for (const { op } of of.nodes) byOp.set(op, (byOp.get(op) ?? 0) + 1);
  return Object.fromEntries(byOp);
};

describe("the quickstart's plan", () => {
  test("has no problem and shares what is alike", () => {
    expect(diagnostics).toEqual([]);
    // 24 cells of main; depth adds WT_ST(1..units-1): 0 is ST and all is WT there
    const trained = 24 + 2 * (3 + 4);
    expect(counts(plan)).toEqual({
      "dataset.index": 3,
      // pretraining: train and val; each target: train, val, test
      "dataset.prepare": 8,
      init: trained + 2,
      train: trained + 2,
      predict: trained,
      score: trained,
      "probe.cka": 24,
      "probe.l2": 24,
      "probe.knn": 2 * (5 + 6),
    });
    expect(plan.results.length).toBe(24 * 3 + 2 * (5 + 6) * 2);
    expect(plan.training.size).toBe(24 + 22);
    expect(plan.sharing.nodes).toBe(plan.nodes.length);
    expect(plan.sharing.requested).toBeGreaterThan(2 * plan.nodes.length);
    expect(plan.sharing.savedSeconds).toBeGreaterThan(0);
  });

  test("lists inputs before their users, and nothing that no cell needs", () => {
    const seen = new Set<string>();
    for (const node of plan.nodes) {
      for (const { node: input } of node.inputs) expect(seen.has(input)).toBe(true);
      expect(seen.has(node.key)).toBe(false);
      expect(node.cells.length).toBeGreaterThan(0);
      seen.add(node.key);
    }
  });

  test("binds every number of the results to a node, with the metric of its target", () => {
    const keys = new Map(plan.nodes.map((node) => [node.key, node]));
    for (const result of plan.results) expect(keys.has(result.node)).toBe(true);
    const recall = plan.results.filter(({ metric }) => metric === "macro_recall");
    expect(new Set(recall.map(({ point }) => point.target))).toEqual(new Set(["brain"]));
    expect(plan.results.find(({ measure }) => measure === "reuse")).toMatchObject({
      experiment: "main",
      point: { model: "resnet_s", target: "digits-few", init: "RI" },
      estimator: "unbiased",
      seed: 2022,
      repeat: 1,
    });
  });

  test("reads as its golden", () => {
    const of = quickstart();
    const report = {
      study: of,
      plan,
      diff: diffPlan(plan, { isCached: () => false, files: of.files }),
      signature: SIGNATURE,
    };
    const path = new URL("./golden/quickstart.plan.txt", import.meta.url);
    if (process.env.XFERC_GOLDENS === "write") writeFileSync(path, planText(report));
    expect(planText(report)).toBe(readFileSync(path, "utf8"));
  });
});

describe("one forward pass", () => {
  test("serves all probes of a state: predict, CKA and k-NN of a cell are one group", () => {
    const both = planOfCell({ probes: (own) => [score(own), pairwise("reuse", CKA, own), knn(own)] });
    const groups = both.nodes.flatMap((node) => passGroup(node) ?? []);
    expect(groups.length).toBe(3);
    expect(new Set(groups).size).toBe(1);
    const [train] = nodesOf(both, "train").slice(-1);
    expect(groups[0]).toBe(`${train?.key}:selected`);
  });

  test("is another for another state, and host work needs none", () => {
    const two = planOfCell({ probes: (own) => [score(own), { ...score(own, "initial"), measure: "before" }] });
    expect(new Set(two.nodes.flatMap((node) => passGroup(node) ?? [])).size).toBe(2);
    for (const node of two.nodes) {
      if (!["predict", "probe.cka", "probe.knn"].includes(node.op)) expect(passGroup(node)).toBeUndefined();
    }
  });
});

describe("training in stages", () => {
  test("starts the second from what the first selected, and shares the first", () => {
    const probe = { ...FINETUNE, name: "probe", batch: 16 };
    const cells = [cell({ train: [probe, FINETUNE] }), cell({ experiment: "other", train: [probe] })];
    const staged = planOf(study([experiment("main", cells)])).plan;
    const trains = nodesOf(staged, "train").filter(({ label }) => !label.startsWith("train clothes"));
    expect(trains.length).toBe(2);
    const [first, second] = trains;
    expect(second?.inputs[0]).toEqual({ role: "init", node: first?.key, output: "selected" });
  });
});

describe("without data or lock", () => {
  test("a plan is provisional, and its shape is the same", () => {
    const { plan: unknown, diagnostics: problems } = planOf(quickstart(), NO_FACTS);
    expect(problems).toEqual([]);
    expect(unknown.nodes.every(({ provisional }) => provisional)).toBe(true);
    // targets with unknown classes are taken to have as many, so their inits are shared until they are known
    expect({ ...counts(unknown), init: 0 }).toEqual({ ...counts(plan), init: 0 });
    const known = new Set(plan.nodes.map(({ key }) => key));
    expect(unknown.nodes.some(({ key }) => known.has(key))).toBe(false);
  });
});

describe("probes", () => {
  test("of the catalogue name parameters of theirs as inputs", () => {
    for (const { id, reads, parameters, states } of entries("probe")) {
      if (reads.kind !== "inputs") continue;
      for (const name of Object.values(reads.states)) {
        expect(
          states.map((state) => state.name),
          id,
        ).toContain(name);
        expect(parameters[name]?.refers, id).toBe("state");
      }
      for (const name of Object.values(reads.images)) expect(parameters[name]?.refers, id).toBe("split");
    }
  });

  test("steps_to reads the history of the last stage", () => {
    const history = planOfCell({
      probes: (own) => [
        {
          measure: "speed",
          probe: { id: "steps_to", version: 1, params: { share_of_best: 0.95, on: "val", metric: "target.metric" } },
          loops: {},
          states: [],
          on: "val",
          estimator: "95%",
          location: own.location,
        },
      ],
    });
    const [node] = nodesOf(history, "probe.history");
    expect(node?.params).toEqual({
      measure: "steps_to",
      metric: "top1",
      options: { id: "steps_to", version: 1, params: { share_of_best: 0.95 } },
    });
    expect(node?.inputs[0]?.output).toBe("history");
  });

  test("across cells are results of the derive, and share the cells' own nodes", () => {
    const [a, b] = [cell({ init: WT }), cell({ init: ST, experiment: "main2" })];
    const moment = { kind: "selected" } as const;
    const instance: DerivedProbe = {
      point: { model: { label: "resnet_s", value: "resnet_s" } },
      repeat: 1,
      cell: a,
      probe: {
        ...pairwise("alike", CKA, a),
        states: [
          { kind: "cell", cell: a, moment },
          { kind: "cell", cell: b, moment },
        ],
      },
    };
    const of = study([experiment("main", [a, b])], {
      derives: [
        {
          name: "alike",
          axes: [],
          perRepeat: true,
          metric: "cka",
          estimator: "unbiased",
          value: { kind: "probe", metric: "cka", estimator: "unbiased", instances: [instance] },
          location: somewhere(),
        },
      ],
    });
    const derived = planOf(of).plan;
    expect(derived.results).toMatchObject([
      {
        experiment: "derive:alike",
        measure: "alike",
        metric: "cka",
        estimator: "unbiased",
        point: { model: "resnet_s" },
        repeat: 1,
      },
    ]);
    expect(nodesOf(derived, "train").length).toBe(3);
    const [cka] = nodesOf(derived, "probe.cka");
    expect(cka?.inputs.slice(0, 2).map(({ output }) => output)).toEqual(["selected", "selected"]);
  });
});
