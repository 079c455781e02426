/** What plug-ins bring, in keys: of what they touch and of nothing else; and the reason where their code changed. */

import { expect, it } from "vitest";
import { withPlugins } from "../../../src/catalog/index.js";
import type { MetricEntry, PluginRef } from "../../../src/catalog/types.js";
import { compile } from "../../../src/compiler/compile.js";
import { diffPlan, type PlanNode, planJson, readPlanJson } from "../../../src/compiler/plan/index.js";
import { memoryHost } from "../support/host.js";
import { datasetFacts, factsFor, planOf, SIGNATURE } from "./fixture.js";

const plugin = (name: string, digest: string, version = "1.0.0"): PluginRef => ({
  name,
  version,
  digest: digest.repeat(64),
});
const metric = (id: string, of: PluginRef): MetricEntry => ({
  kind: "metric",
  id,
  version: 1,
  doc: "A cost.",
  parameters: {},
  tasks: ["multiclass"],
  reads: "classes",
  undefinedWhen: "Never.",
  source: "Here.",
  direction: "min",
  range: [0, null],
  plugin: of,
});
const slides = (of: PluginRef) =>
  ({
    kind: "dataset",
    id: "slides",
    version: 1,
    doc: "Slides.",
    parameters: { path: { type: "string", description: "The folder." } },
    required: ["path"],
    positional: ["path"],
    plugin: of,
  }) as const;

const STUDY = (adapter: string, select: string) => `study s { seed 1; repeats 1 }
dataset few from ${adapter}("./few") { metric top1 }
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
recipe short { optimizer sgd(lr: 0.1); batch 16; for 20 steps; ${select} }
experiment main {
  model mini; target few; init random; train short
  measure right = score(top1)
  measure cost  = score(cost)
}
`;

async function planned(adapter: string, select: string, costs: PluginRef, files: PluginRef) {
  const catalog = withPlugins([
    { metrics: [metric("cost", costs)], datasets: [] },
    { metrics: [], datasets: [slides(files)] },
  ]);
  const host = { ...memoryHost({ "s.xfer": STUDY(adapter, select) }), catalog };
  const { study, diagnostics } = await compile("s.xfer", host);
  if (study === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const { plan } = planOf(study, factsFor(study, { few: datasetFacts("few", 100, 100, 100) }));
  return { study, plan };
}
type Planned = Awaited<ReturnType<typeof planned>>;

function reasons(before: Planned, after: Planned): { readonly [label: string]: unknown } {
  const first = diffPlan(before.plan, { isCached: () => false, files: before.study.files });
  const json = [...planJson({ ...before, diff: first, signature: SIGNATURE })].join("");
  const read = readPlanJson(json);
  if (!read.ok) throw new Error(read.problem);
  const known = new Set(before.plan.nodes.map(({ key }) => key));
  const diff = diffPlan(after.plan, {
    isCached: (key) => known.has(key),
    files: after.study.files,
    previous: read.plan,
  });
  const changed = after.plan.nodes.filter(({ key }) => !known.has(key));
  const reasonOf = ({ key }: PlanNode) => {
    const found = diff.status.get(key);
    return found === undefined || found.status === "cached" ? undefined : found.reason.kind;
  };
  return Object.fromEntries(changed.map((node) => [`${node.op} ${node.label.split(" ")[0]}`, reasonOf(node)]));
}

const [COSTS, FILES] = [plugin("costs", "a"), plugin("files", "b")];
const LAST = "select last";
const BEST = "select best(cost, on: val) every 10 steps";

it("leaves the keys of what is built in as they are without any plug-in", async () => {
  const text = STUDY("idx", LAST).replace("measure cost  = score(cost)", "");
  const plain = await compile("s.xfer", memoryHost({ "s.xfer": text }));
  if (plain.study === undefined) throw new Error("it is sound");
  const facts = factsFor(plain.study, { few: datasetFacts("few", 100, 100, 100) });
  const without = new Set(planOf(plain.study, facts).plan.nodes.map(({ key }) => key));
  const { plan } = await planned("idx", LAST, COSTS, FILES);
  const more = plan.nodes.filter(({ key }) => !without.has(key)).map(({ op, label }) => `${op} ${label}`);
  expect(more).toEqual(["score cost of main#1"]);
});

it("is keyed by a metric's plug-in where the metric is read: scores, and trainings that check by it", async () => {
  const before = await planned("idx", LAST, COSTS, FILES);
  const changed = plugin("costs", "c");
  expect(reasons(before, await planned("idx", LAST, changed, FILES))).toEqual({ "score cost": "plugin" });
  const selected = await planned("idx", BEST, COSTS, FILES);
  expect(reasons(selected, await planned("idx", BEST, changed, FILES))).toEqual({
    "train train": "plugin",
    "predict predict": "upstream",
    "score right": "upstream",
    "score cost": "plugin",
  });
});

it("is keyed by an adapter's plug-in from the index on, by its version, too", async () => {
  const before = await planned("slides", LAST, COSTS, FILES);
  expect(reasons(before, await planned("slides", LAST, COSTS, FILES))).toEqual({});
  const found = reasons(before, await planned("slides", LAST, COSTS, plugin("files", "b", "2.0.0")));
  expect(found).toMatchObject({ "dataset.index index": "plugin", "train train": "upstream" });
  expect(Object.keys(found)).not.toContain("init init");
});

it("metrics that do not know two classes are not asked of one class", async () => {
  const catalog = withPlugins([{ metrics: [metric("cost", plugin("costs", "a"))], datasets: [] }]);
  const told = async (of: string) => {
    const text = STUDY("idx", LAST).replace("score(cost)", of);
    const { study } = await compile("s.xfer", { ...memoryHost({ "s.xfer": text }), catalog });
    if (study === undefined) throw new Error(text);
    return planOf(study, factsFor(study, { few: datasetFacts("few", 100, 100, 100) })).diagnostics.map(
      ({ name }) => name,
    );
  };
  expect(await told("score(cost, by: class)")).toContain("class-metric");
  expect(await told("score(cost)")).not.toContain("class-metric");
  expect(await told("score(roc_auc, by: class)")).toEqual([]);
});
