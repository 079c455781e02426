/** What chooses cases is in keys by meaning: shared where it means the same, and nowhere else. */

import { describe, expect, it } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import type { DatasetFacts } from "../../../src/compiler/host.js";
import type { Plan, PlanNode } from "../../../src/compiler/plan/types.js";
import { memoryHost } from "../support/host.js";
import { datasetFacts, factsFor, nodesOf, planOf } from "./fixture.js";

const BASE = `
dataset skin  from idx("./skin")  { metric roc_auc }
dataset other from idx("./other") { metric roc_auc }
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 16 px)
recipe short { optimizer sgd(lr: 0.1); batch 4; for 2 steps; select last }
`;
const facts = (name: string): DatasetFacts => ({
  ...datasetFacts(name, 600, 100, 200, 2),
  fingerprint: name === "other" ? "of other" : "of skin",
  task: "binary",
  columns: [
    { name: "sex", type: "string", missing: 0, values: ["F", "M"] },
    { name: "age", type: "number", missing: 0, range: [1, 99] },
  ],
  groupedBy: "patient",
  parts: { train: 600, val: 100, test: 200 },
});

async function planned(body: string, extra = "", seed = 1, known = facts) {
  const study = `study s { seed ${seed}; repeats 2 }\n${BASE}${extra}\nexperiment main {\n  model mini; init random; train short\n${body}\n}\n`;
  const compiled = await compile("s.xfer", memoryHost({ "s.xfer": study }));
  const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
  if (compiled.study === undefined || errors.length > 0) throw new Error(errors.map((each) => each.message).join("\n"));
  const names = ["skin", "other", "half", "few", "renamed", "grey"];
  const found = factsFor(compiled.study, Object.fromEntries(names.map((name) => [name, known(name)])));
  return { study: compiled.study, ...planOf(compiled.study, found) };
}
const keys = (plan: Plan, op: PlanNode["op"]) =>
  new Set(plan.nodes.filter((node) => node.op === op).map(({ key }) => key));
const TEST = "  measure test = score(target.metric)";

describe("labels", () => {
  it("of everything are no view: the same keys as without the line", async () => {
    const without = await planned(`  target skin\n${TEST}`);
    const all = await planned(`  target skin\n  labels 100%\n${TEST}`);
    expect(new Set(all.plan.nodes.map(({ key }) => key))).toEqual(new Set(without.plan.nodes.map(({ key }) => key)));
  });

  it("share images, validation and test between shares and repeats", async () => {
    const { plan } = await planned(`  target skin\n  vary share in [1%, 10%, 100%]\n  labels share\n${TEST}`);
    expect(keys(plan, "dataset.prepare").size).toBe(3);
    // of each share below the whole, one a repeat
    expect(nodesOf(plan, "dataset.view").map(({ params }) => params.splitName)).toEqual(Array(4).fill("train"));
    expect(nodesOf(plan, "train")).toHaveLength(6);
    expect(
      new Set(nodesOf(plan, "train").map(({ inputs }) => inputs.find(({ role }) => role === "val")?.node)).size,
    ).toBe(1);
  });

  it("are drawn by repeat and by nothing else: two inits, two amounts, one stream", async () => {
    const body = `  target skin\n  vary labels in [10, 20]\n${TEST}`;
    const streams = nodesOf((await planned(body)).plan, "dataset.view").map(({ params: { views } }) =>
      views.flatMap((view) => (view.kind === "subset" ? [view.stream] : [])),
    );
    expect(new Set(streams.map((each) => JSON.stringify(each))).size).toBe(2);
    expect(streams.flat().map(({ repeat, about }) => [repeat, about])).toEqual(
      expect.arrayContaining([
        [1, []],
        [2, []],
      ]),
    );
  });

  it("are other cases under another seed, or where they do not nest", async () => {
    const body = (line: string) => `  target skin\n  labels ${line}\n${TEST}`;
    const views = async (line: string, seed = 1) => keys((await planned(body(line), "", seed)).plan, "dataset.view");
    const first = await views("10%");
    expect(await views("10%, nested: yes, stratify: label, val: whole")).toEqual(first);
    for (const other of [
      await views("10%", 2),
      await views("10%, nested: no"),
      await views("10%, stratify: none"),
      await views("10% by patient"),
      await views("60"),
      await views("60, per: class"),
      await views("60 per class"),
    ]) {
      expect([...other].filter((key) => first.has(key))).toEqual([]);
    }
    expect(await views("60 per class")).toEqual(await views("60, per: class"));
  });
});

describe("folds", () => {
  it("make a cell a fold, views of what was prepared once, and orders of their own", async () => {
    const { plan, study } = await planned(`  target skin\n  folds 4 by patient\n${TEST}`);
    const cells = study.experiments[0]?.cells ?? [];
    expect(cells.map(({ id }) => id)).toContain("main[fold: 4]#2");
    expect(cells).toHaveLength(8);
    expect(keys(plan, "dataset.prepare").size).toBe(3);
    expect(nodesOf(plan, "dataset.view")).toHaveLength(4 * 3);
    const orders = new Set(nodesOf(plan, "train").map(({ params }) => JSON.stringify(params.streams.order)));
    expect(orders.size).toBe(8);
    // repeats do not redraw the split: nothing of a view is about one
    for (const { params } of nodesOf(plan, "dataset.view")) {
      expect(JSON.stringify(params.views)).toContain('"repeat":0');
      expect(JSON.stringify(params.views)).not.toContain('"repeat":1');
    }
  });

  it("go with the state of the same fold", async () => {
    const text = `experiment after {
  model mini; train short; init transfer; target skin
  folds 4 by patient
  source main.selected
${TEST}
}`;
    const { study } = await planned(`  target skin\n  folds 4 by patient\n${TEST}`, text);
    for (const { source, fold, repeat } of study.experiments.find(({ name }) => name === "after")?.cells ?? []) {
      expect(source).toMatchObject({ kind: "state", state: { cell: { fold, repeat, experiment: "main" } } });
    }
  });
});

describe("data set algebra", () => {
  it("means what it says, not how it is written", async () => {
    const of = async (declaration: string, target = "half") =>
      keys((await planned(`  target ${target}\n${TEST}`, declaration)).plan, "train");
    const first = await of("dataset half = skin where class in [a, b]");
    expect(await of("dataset half = skin where (class in [b, a, b])")).toEqual(first);
    expect(await of("dataset renamed = skin where class in [a, b]", "renamed")).toEqual(first);
    expect(await of("dataset half = skin where class in [a]")).not.toEqual(first);
    expect(await of("dataset half = skin where class == a or class == b")).not.toEqual(first);
  });

  it("changes images where they are prepared, and chooses from these", async () => {
    const plain = await planned(`  target skin\n${TEST}`);
    const grey = await planned(`  target grey\n${TEST}`, "dataset grey = take(skin, 10%) with grayscale()");
    const [prepared] = nodesOf(grey.plan, "dataset.prepare");
    expect(prepared?.params.transforms).toEqual([{ id: "grayscale", version: 1, params: {} }]);
    expect(nodesOf(plain.plan, "dataset.prepare").every(({ params }) => !("transforms" in params))).toBe(true);
    expect(nodesOf(grey.plan, "dataset.view")).toHaveLength(1);
    // files are looked for under the declared name
    expect(prepared?.resource?.name).toBe("skin");
  });

  it("needs classes that both data sets have to measure on another one", async () => {
    const body = "  target skin\n  measure far = score(roc_auc, on: [test, other.all])";
    const { plan, diagnostics } = await planned(body);
    expect(diagnostics).toEqual([]);
    const predictions = nodesOf(plan, "predict");
    expect(predictions).toHaveLength(4);
    // another set's images are normalized as the target's training images were
    const roles = predictions.map(({ inputs }) => inputs.map(({ role }) => role).join(" "));
    expect(new Set(roles)).toEqual(new Set(["state data", "state data normalize"]));
    const strange = (name: string) =>
      name === "other" ? { ...facts(name), classes: ["class 0", "class 9"] } : facts(name);
    const told = (await planned(body, "", 1, strange)).diagnostics;
    expect(told.map(({ name }) => name)).toEqual(["classes-differ"]);
  });
});

describe("a measurement across cells", () => {
  it("looks at the data set it names, and at the cell's own where that is the target", async () => {
    const body = `  target skin\n  vary side in [1, 2]\n  labels side * 50\n${TEST}`;
    const derive = (on: string) =>
      `derive alike = cka(main.selected[side: 1], main.selected[side: 2], images: 20, on: ${on})`;
    const dataOf = async (on: string) => {
      const { plan } = await planned(body, derive(on));
      const [node] = nodesOf(plan, "probe.cka");
      return plan.nodes.find(({ key }) => key === node?.inputs.find(({ role }) => role === "data")?.node)?.label;
    };
    expect(await dataOf("test")).toBe("prepare skin.test at 16 px");
    expect(await dataOf("skin.test")).toBe("prepare skin.test at 16 px");
    expect(await dataOf("skin.train")).toMatch(/^choose skin\.train/);
    expect(await dataOf("other.test")).toBe("prepare other.test at 16 px");
  });
});

describe("scores", () => {
  it("read one prediction, whatever is asked of it", async () => {
    const { plan } = await planned(`  target skin
  measure plain = score(roc_auc)
  measure sub   = score(roc_auc, by: [sex, bands(age, 0, 50, 100)], min_cases: 5)
  measure wide  = score(roc_auc, ci: bootstrap(500, by: patient))
  measure sens  = score(sensitivity, threshold: youden(on: val))`);
    expect(nodesOf(plan, "predict")).toHaveLength(2 * 2);
    expect(nodesOf(plan, "score")).toHaveLength(2 * 4);
    const plain = nodesOf(plan, "score").find(({ label }) => label.startsWith("plain"));
    expect(Object.keys(plain?.params ?? {})).toEqual(["metric", "task", "versions"]);
  });

  it("ask for columns the data have", async () => {
    const { diagnostics } = await planned(`  target skin
  measure a = score(roc_auc, by: scanner)
  measure b = score(roc_auc, by: bands(sex, 0, 1))
  measure c = score(roc_auc, ci: bootstrap(500, by: clinic))
  measure d = score(sensitivity, on: val, threshold: youden(on: val))
  measure e = score(roc_auc, by: patient)`);
    expect(diagnostics.map(({ name, message, hint }) => `${name}: ${message} ${hint ?? ""}`)).toEqual([
      "column-missing: `skin` has no column `scanner` its columns are sex, age.",
      "column-missing: `skin` has no column `sex` its columns of numbers are age.",
      "column-missing: `skin` has no column `clinic` its columns are sex, age, patient.",
      "threshold-on-its-own-test: the threshold of `d` is chosen on what it is measured on choose it on validation: `threshold: youden(on: val)`.",
      "column-missing: `skin` has no column `patient` its columns are sex, age. Results name no patient; `ci: bootstrap(2000, by: patient)` can be asked for.",
    ]);
  });
});

describe("shuffle_blocks", () => {
  const GREY = "dataset grey(k: count) = skin with shuffle_blocks(grid: k)";
  const body = (grid: string) => `  vary k in ${grid}\n  target grey(k)\n${TEST}`;

  it("of one block is the data set itself", async () => {
    const plain = await planned(`  target skin\n${TEST}`);
    const { plan } = await planned(body("[1]"), GREY);
    expect(new Set(plan.nodes.map(({ key }) => key))).toEqual(new Set(plain.plan.nodes.map(({ key }) => key)));
  });

  it("prepares every grid once for all repeats and inits, drawn by the study's seed", async () => {
    const { plan } = await planned(body("[1, 2, 4]"), GREY);
    expect(nodesOf(plan, "dataset.prepare")).toHaveLength(3 * 3);
    const streams = nodesOf(plan, "dataset.prepare").flatMap(
      ({ params }) => params.transforms?.map(({ stream }) => stream) ?? [],
    );
    expect(new Set(streams.map((stream) => JSON.stringify(stream)))).toEqual(
      new Set([JSON.stringify({ seed: 1, purpose: "transform", repeat: 0, about: ["shuffle_blocks"] })]),
    );
    const other = await planned(body("[1, 2, 4]"), GREY, 2);
    const shared = [...keys(plan, "dataset.prepare")].filter((key) => keys(other.plan, "dataset.prepare").has(key));
    expect(shared).toHaveLength(3);
  });

  it("is not finer than the images", async () => {
    const { diagnostics } = await planned(body("[16, 32]"), GREY);
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ["XF0468", expect.stringContaining("`shuffle_blocks(grid: 32)` is finer than the images")],
    ]);
  });
});

describe("split_classes", () => {
  const HALF = `dataset half(side: [a, b], draw: count) = skin where class in split_classes(parts: [a, b], draw: draw)[side]`;

  it("is one data set a side and draw, of the study's seed", async () => {
    const body = `  vary draw in 1..2, side in [a, b]\n  target half(side, draw)\n${TEST}`;
    const { plan, study } = await planned(body, HALF);
    const conditions = nodesOf(plan, "dataset.view").flatMap(({ params }) => params.views);
    const dealt = new Set(conditions.map((view) => JSON.stringify(view)));
    expect(dealt.size).toBe(4);
    expect(conditions[0]).toMatchObject({
      condition: { kind: "part-of-classes", parts: 2, part: 0, draw: 1, seed: 1 },
    });
    expect(new Set(study.experiments[0]?.cells.map(({ target }) => target)).size).toBe(4);
  });
});
