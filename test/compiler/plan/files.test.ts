/** What the plan is written to and read from: JSON, lock, drawings, explanations. */

import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { diffPlan } from "../../../src/compiler/plan/diff.js";
import { planDot } from "../../../src/compiler/plan/dot.js";
import { DEFAULT_RATES, estimateTrain, measuredRates } from "../../../src/compiler/plan/estimate.js";
import {
  compactNames,
  explainCell,
  explainModel,
  explainNode,
  findInPlan,
  renderCell,
  renderModel,
  renderNode,
} from "../../../src/compiler/plan/explain/index.js";
import { collectFacts } from "../../../src/compiler/plan/facts.js";
import { type PlanJson, planJson } from "../../../src/compiler/plan/json.js";
import { sha256 } from "../../../src/compiler/plan/key.js";
import { LOCK_FILE, lockedDataset, lockText, makeLock, readLock } from "../../../src/compiler/plan/lock.js";
import { modelSpec } from "../../../src/compiler/plan/lower/models.js";
import { planMermaid } from "../../../src/compiler/plan/mermaid.js";
import { PLAN_SCHEMA } from "../../../src/compiler/plan/plan.schema.js";
import { readPlanJson } from "../../../src/compiler/plan/read-json.js";
import { OP_VERSIONS } from "../../../src/compiler/plan/versions.js";
import type { CellId, DatasetSpec } from "../../../src/compiler/study.js";
import { traceModel } from "../../../src/models/trace.js";
import fc from "../../support/properties.js";
import { BUNDLED, DIGITS, dataset, factsFor, planOf, quickstart, RESNET, SIGNATURE, VIT } from "./fixture.js";

const study = quickstart();
const facts = factsFor(study);
const { plan } = planOf(study, facts);
const diff = diffPlan(plan, { isCached: (key) => key < "8", files: study.files });
const report = { study, plan, diff, signature: SIGNATURE };
const pieces = [...planJson(report)];
const json: PlanJson = JSON.parse(pieces.join(""));

describe("the plan as JSON", () => {
  test("keeps to its published schema, and is written in small pieces", () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(PLAN_SCHEMA);
    expect(validate(json), JSON.stringify(validate.errors?.[0])).toBe(true);
    expect(pieces.length).toBeGreaterThan(plan.nodes.length + 46);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(20_000);
  });

  test("says of every node what the plan says", () => {
    expect(json.nodes.map(({ key }) => key)).toEqual(plan.nodes.map(({ key }) => key));
    expect(json.summary).toMatchObject({ cells: 46, nodes: plan.nodes.length, requested: plan.sharing.requested });
    expect(json.summary.cached + json.summary.new + json.summary.invalidated).toBe(plan.nodes.length);
    expect(json.nodes.filter(({ runs }) => runs).length).toBe(json.summary.runs);
    const init = json.nodes.find(({ op }) => op === "init");
    expect(JSON.stringify(init?.params)).toContain('"{tensor}"');
    expect(json.cells.every(({ train }) => train !== null)).toBe(true);
  });

  test("reads back; what is no plan is refused with a reason", () => {
    expect(readPlanJson(pieces.join(""))).toEqual({ ok: true, plan: json });
    expect(readPlanJson("nonsense")).toEqual({ ok: false, problem: "it is not JSON" });
    expect(readPlanJson(JSON.stringify({ ...json, nodes: [{}] }))).toMatchObject({ ok: false });
  });
});

const SELECTION = { profile: null, set: [], only: [] };

describe("the lock", () => {
  const lock = makeLock({ study, facts, xferc: "0.1.0", engine: SIGNATURE, selection: SELECTION });

  test("survives being written and read, and stands in for the data", async () => {
    const read = readLock(lockText(lock));
    if (!read.ok) throw new Error(read.problem);
    expect(read.lock).toEqual(lock);
    const fromLock = await collectFacts(study, {
      dataset: async (spec) => lockedDataset(read.lock, spec),
      weights: async () => ({ status: "unknown", reason: "" }),
    });
    const locked = planOf(study, fromLock);
    expect(locked.diagnostics).toEqual([]);
    expect(locked.plan.nodes.map(({ key }) => key)).toEqual(plan.nodes.map(({ key }) => key));
    expect(locked.plan.nodes.some(({ provisional }) => provisional)).toBe(false);
  });

  test("is the same text for the same study, and knows a data set by its declaration, not its name", () => {
    expect(
      lockText(
        makeLock({
          study: quickstart(),
          facts: factsFor(quickstart()),
          xferc: "0.1.0",
          engine: SIGNATURE,
          selection: SELECTION,
        }),
      ).length,
    ).toBe(lockText(lock).length);
    expect(lockedDataset(lock, { ...DIGITS, name: "renamed" })).toMatchObject({ status: "known", from: "lock" });
    const other: DatasetSpec = dataset("never-seen");
    expect(lockedDataset(lock, other)).toEqual({ status: "unknown", reason: `${LOCK_FILE} does not hold never-seen` });
    expect(
      lockedDataset(lock, { ...DIGITS, split: { kind: "fractions", train: 0.7, val: 0.15, test: 0.15 } }).status,
    ).toBe("unknown");
  });

  test("says all that was run: the study's files by digest, what was asked for, every version", () => {
    const selection = { profile: "small", set: ["finetune.batch=16"], only: ["main"] };
    const whole = makeLock({ study, facts, xferc: "0.1.0", engine: SIGNATURE, selection });
    expect(whole.selection).toEqual({
      file: "quickstart.xfer",
      files: study.files.map(({ path, text }) => ({ path, sha256: sha256(text) })),
      ...selection,
    });
    expect(whole.engine).toEqual(SIGNATURE);
    expect(whole.ops).toEqual(OP_VERSIONS);
    expect(whole.catalog).toMatchObject({ "optimizer.adam": 1, "model.resnet": 1, "metric.top1": 1, "probe.cka": 2 });
    const [first] = whole.datasets;
    expect(first?.facts.splits.train?.perClass.length).toBe(first?.facts.classes.length);
  });

  test("of the first format is read; what it did not say is not known", () => {
    const { catalog: _, selection: __, ...rest } = lock;
    const early = { ...rest, format: 1 };
    expect(readLock(JSON.stringify(early))).toEqual({
      ok: true,
      lock: { ...rest, format: 2, catalog: {}, weights: [], selection: null },
    });
    expect(readLock(JSON.stringify({ ...rest, format: 2 }))).toMatchObject({ ok: false });
  });

  test("of anyone is refused where it is not what a lock is, never an exception", () => {
    expect(readLock("{").ok).toBe(false);
    expect(readLock(JSON.stringify({ ...lock, format: 3 }))).toEqual({
      ok: false,
      problem: "it is of format 3; this xferc reads format 2",
    });
    const counts = {
      ...lock,
      datasets: lock.datasets.map((each) => ({ ...each, facts: { ...each.facts, channels: -1 } })),
    };
    expect(readLock(JSON.stringify(counts))).toMatchObject({ ok: false, problem: expect.stringContaining("channels") });
    expect(
      readLock(JSON.stringify(lock).replace('"splits":{', '"splits":{"__proto__":{"images":1,"perClass":[]},')).ok,
    ).toBe(false);
    fc.assert(fc.property(fc.jsonValue(), (value) => !readLock(JSON.stringify(value)).ok));
    fc.assert(
      fc.property(fc.nat(lockText(lock).length), fc.string({ maxLength: 3 }), (at, junk) => {
        const text = lockText(lock);
        expect(() => readLock(text.slice(0, at) + junk + text.slice(at + 1))).not.toThrow();
      }),
    );
  });
});

describe("facts", () => {
  test("are asked for once a declaration, sources' and states' included", async () => {
    const asked: string[] = [];
    await collectFacts(study, {
      dataset: async (spec) => {
        asked.push(spec.name);
        return { status: "unknown", reason: "" };
      },
      weights: async () => ({ status: "unknown", reason: "" }),
    });
    expect(asked.sort()).toEqual(Object.keys(BUNDLED).sort());
  });
});

describe("drawings", () => {
  test("show every node and arrow, with labels that cannot break out", () => {
    const dot = planDot(plan, diff);
    const arrows = plan.nodes.reduce((sum, { inputs }) => sum + inputs.length, 0);
    expect(dot.split("\n").filter((line) => line.includes("->")).length).toBe(arrows);
    expect(dot).toContain('label="index brain"');
    const hostile = { ...plan, nodes: plan.nodes.map((node) => ({ ...node, label: 'a"];\nb<script>#' })) };
    expect(planDot(hostile, diff)).toContain('label="a\\"];\\nb<script>#"');
    const mermaid = planMermaid(hostile, diff);
    expect(mermaid).toContain('["a#34;];#10;b#60;script#62;#35;"]');
    expect(mermaid).not.toContain("<script>");
  });

  test("of a plan past what a drawing can show are by operation", () => {
    const copies = [1, 2].flatMap((copy) =>
      plan.nodes.map((node) => ({ ...node, key: `${copy}${node.key}` as typeof node.key })),
    );
    const mermaid = planMermaid({ ...plan, nodes: copies }, diff);
    expect(mermaid).toContain(`"${2 * 40} × train"`);
    expect(mermaid.split("\n").length).toBeLessThan(60);
  });
});

describe("explanations", () => {
  const context = { study, plan, diff };
  const [cell] =
    study.experiments[0]?.cells.filter(({ init, model }) => init.name === "ST" && model.name === "vit_s") ?? [];
  if (!cell) throw new Error("no cell");

  test("of a cell hold everything behind it, inputs first, and its init tensor by tensor", () => {
    const explained = explainCell(context, cell);
    expect(explained.results.map(({ measure }) => measure)).toEqual(["test", "reuse", "moved"]);
    expect(explained.nodes.map(({ op }) => op)).toContain("train");
    const init = explained.nodes.find(({ op, label }) => op === "init" && label.startsWith("init ST"));
    expect(init?.tensors.reduce((sum, { tensors }) => sum + tensors.length, 0)).toBe(56);
    expect(init?.tensors.map(({ origin }) => origin)).toContain(
      "sampled (gaussian) from the statistics of train clothes[vit_s] (selected)",
    );
    const [first] = explained.results;
    const told = renderCell(explained, (key) => (key === first?.node ? "0.91 (0.88 to 0.94)" : undefined));
    expect(told).toContain(`${first?.metric} 0.91 (0.88 to 0.94), from ${first?.node.slice(0, 12)}`);
    const text = renderCell(explained);
    expect(text).toContain("sample(seed 2022, repeat 1, about {tensor}, {source})");
    expect(text).toContain("head(seed 2022, repeat 1, about vit, {tensor}, multiclass, 10)");
    expect(text).toContain("order(seed 2022, repeat 1)");
    expect(text).toContain("images(seed 2022, all repeats)");
  });

  test("of a node name its inputs and users", () => {
    const train = plan.nodes.find(({ op, label }) => op === "train" && label.startsWith("train clothes[vit_s]"));
    if (!train) throw new Error("no node");
    const explained = explainNode(context, train.key);
    expect(explained?.inputs.map(({ role }) => role)).toEqual(["init", "train", "val"]);
    expect(explained?.usedBy.length).toBeGreaterThan(4);
    expect(explained && renderNode(explained)).toContain(train.key);
    expect(explainNode(context, "0".repeat(64) as typeof train.key)).toBeUndefined();
  });

  test("of a model list units and layers as selectors count them", () => {
    const spec = modelSpec(VIT, 10, 1);
    const explained = explainModel("vit_s", spec, traceModel(spec));
    expect(explained.units.map(({ index, name }) => `${index} ${name}`)).toEqual([
      "1 patch_embed",
      "2 blocks.0",
      "3 blocks.1",
      "4 blocks.2",
      "5 blocks.3",
    ]);
    expect(renderModel(explained)).toContain("blocks.0.attn.qkv.{weight, bias}");
  });

  test("are found by cell, by the beginning of a key, by model", () => {
    expect(findInPlan(study, plan, cell.id.replaceAll(" ", ""))).toEqual({ kind: "cell", cell });
    const key = plan.nodes[5]?.key ?? "";
    expect(findInPlan(study, plan, key.slice(0, 20))).toEqual({ kind: "node", key });
    expect(findInPlan(study, plan, "resnet_s")).toMatchObject({ kind: "model", model: RESNET });
    expect(findInPlan(study, plan, cell.id.replace(/#.*/, "") as CellId)).toMatchObject({ kind: "cell" });
    expect(findInPlan(study, plan, "main[")).toMatchObject({ kind: "several" });
    const open = findInPlan(study, plan, "main[init: WT, model: resnet_s]#2");
    const named = open.kind === "several" ? open.choices : [];
    expect(named.length).toBeGreaterThan(1);
    expect(named.every((id) => /^main\[.*model: resnet_s.*init: WT.*\]#2$/.test(id))).toBe(true);
    expect(findInPlan(study, plan, "main[init: nobody]")).toEqual({ kind: "nothing" });
    expect(findInPlan(study, plan, "nonsense")).toEqual({ kind: "nothing" });
  });

  test("write names of one module together", () => {
    expect(compactNames(["a.b.w", "a.b.c", "d", "g", "e.f"])).toEqual(["a.b.{w, c}", "d", "g", "e.f"]);
  });
});

describe("estimates", () => {
  const info = traceModel(modelSpec(VIT, 10, 1));
  const work = {
    info,
    family: "vit",
    model: "vit small",
    steps: 100,
    batch: 32,
    checkImages: 500,
    checks: 4,
    states: 2,
    valueBytes: 1e8,
  };

  test("count three forward passes a training image, and one a checked image", () => {
    expect(estimateTrain(work, DEFAULT_RATES).flops).toBe(info.forwardFlops * (3 * 32 * 100 + 500 * 4));
    expect(estimateTrain({ ...work, steps: 200 }, DEFAULT_RATES).seconds).toBeGreaterThan(
      estimateTrain(work, DEFAULT_RATES).seconds,
    );
  });

  test("follow what was measured, and say how far they had to reach", () => {
    expect(estimateTrain(work, DEFAULT_RATES).basis).toBe("default");
    const rates = measuredRates([
      { work: "train", family: "resnet", flops: 1e12, seconds: 10 },
      { work: "train", family: "resnet", flops: 2e12, seconds: 10 },
      { work: "train", family: "resnet", flops: 9e12, seconds: 10 },
    ]);
    expect(estimateTrain(work, rates).basis).toBe("extrapolated");
    expect(estimateTrain({ ...work, family: "resnet" }, rates).basis).toBe("measured");
    expect(rates.flopsPerSecond.train.resnet).toBe(2e11);
    const models = measuredRates([
      { work: "train", family: "vit", model: "vit small", flops: 1e12, seconds: 10 },
      { work: "train", family: "vit", model: "vit large", flops: 9e12, seconds: 10 },
      { work: "train", family: "vit", flops: 9e12, seconds: 10 },
    ]);
    expect(estimateTrain(work, models)).toMatchObject({ basis: "measured" });
    expect(estimateTrain(work, models).seconds).toBeGreaterThan(
      estimateTrain({ ...work, model: "other" }, models).seconds,
    );
    expect(measuredRates([])).toEqual({ ...DEFAULT_RATES, measured: new Set() });
  });
});
