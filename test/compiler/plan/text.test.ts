/** Keys by meaning, from the text of the quickstart on. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import { diffPlan } from "../../../src/compiler/plan/diff.js";
import { type PlanJson, planJson } from "../../../src/compiler/plan/json.js";
import { planText } from "../../../src/compiler/plan/text.js";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import { memoryHost } from "../support/host.js";
import { datasetFacts, factsFor, planOf, SIGNATURE } from "./fixture.js";

const QUICKSTART = readFileSync("studies/quickstart.xfer", "utf8");
const BUNDLED = readFileSync("studies/bundled.xfer", "utf8");
const KNOWN = {
  fashion: datasetFacts("fashion", 6000, 1000, 2000),
  digits_few: datasetFacts("digits", 100, 500, 1000),
  brain: datasetFacts("brain", 1200, 300, 900, 6),
};

async function planOfText(
  text: string,
  bundled = BUNDLED,
  known: { readonly [name: string]: (typeof KNOWN)["fashion"] } = KNOWN,
) {
  const result = await compile("quickstart.xfer", memoryHost({ "quickstart.xfer": text, "xfer:bundled": bundled }));
  const errors = result.diagnostics.filter(({ severity }) => severity === "error");
  if (!result.study) throw new Error(errors.map(({ message }) => message).join("\n"));
  const { plan, diagnostics } = planOf(result.study, factsFor(result.study, known));
  expect(diagnostics).toEqual([]);
  return { study: result.study, plan, keys: plan.nodes.map(({ key }) => key).sort() };
}
function edited(text: string, ...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((current, [from, to]) => {
    expect(current).toContain(from);
    return current.replaceAll(from, to);
  }, text);
}
const before = await planOfText(QUICKSTART);
const jsonOf = (
  { study, plan }: typeof before,
  diff = diffPlan(plan, { isCached: () => false, files: study.files }),
): PlanJson => JSON.parse([...planJson({ study, plan, diff, signature: SIGNATURE })].join(""));

describe("a change of text that changes no meaning changes no key", () => {
  test("comments, blank lines, separators", async () => {
    const text = edited(
      QUICKSTART,
      ["//", "// really:"],
      ["\n\n", "\n\n// more\n\n"],
      ["  train  finetune\n", "  train finetune;\n"],
    );
    expect((await planOfText(text)).keys).toEqual(before.keys);
  });

  test("renamed inits, recipes, sources, experiments, measures, data sets and models", async () => {
    const names = [
      ["finetune", "tuning"],
      ["clothes", "garments"],
      ["resnet_s", "small_resnet"],
      ["digits_few", "numerals"],
      ["WT_ST", "blend"],
      ["reuse", "similar"],
      ["main", "first"],
    ] as const;
    const bundled = edited(BUNDLED, ["resnet_s", "small_resnet"], ["digits_few", "numerals"]);
    const after = await planOfText(edited(QUICKSTART, ...names), bundled, { ...KNOWN, numerals: KNOWN.digits_few });
    expect(after.keys).toEqual(before.keys);
    expect(after.plan.results.some(({ measure }) => measure === "similar")).toBe(true);
  });

  test("the order of declarations, of axes and of points", async () => {
    const [, finetune = ""] = /\n(recipe finetune \{[^}]*\})/.exec(QUICKSTART) ?? [];
    const text = `${edited(
      QUICKSTART,
      [finetune, ""],
      ["in [RI, ST, WT]", "in [WT, RI, ST]"],
      [
        "  vary model  in [resnet_s, vit_s]\n  vary target in [digits_few, brain]\n",
        "  vary target in [brain, digits_few]\n  vary model in [vit_s, resnet_s]\n",
      ],
    )}\n${finetune}\n`;
    expect((await planOfText(text)).keys).toEqual(before.keys);
  });

  test("defaults said aloud", async () => {
    const text = edited(
      QUICKSTART,
      ["score(target.metric)", "score(target.metric, of: selected, on: test)"],
      ["adam(lr: 2e-3)", "adam(lr: 0.002, beta1: 0.9)"],
      ["init RI = random ", "init RI = random(family) "],
    );
    expect((await planOfText(text)).keys).toEqual(before.keys);
  });
});

describe("without data or lock", () => {
  test("no size, time or saving is claimed, and whose data is missing is said", async () => {
    const { study, plan } = await planOfText(QUICKSTART, BUNDLED, {});
    const diff = diffPlan(plan, { isCached: () => false, files: study.files });
    const text = planText({ study, plan, diff, signature: SIGNATURE });
    expect(text).toMatch(/^train +\d+ +0 +\?$/m);
    expect(text).not.toMatch(/\d (s|min|h|MB|GB)\b/);
    expect(text).toContain("Estimate: unknown");
    expect(text).toContain("neither data nor lock of digits_few, fashion, brain is here");
  });
});

describe("one edited number", () => {
  const cachedBefore = new Set<NodeKey>(before.plan.nodes.map(({ key }) => key));

  test("re-runs exactly what is downstream of it, and says why and where", async () => {
    const after = await planOfText(edited(QUICKSTART, ["for       120 steps", "for       90 steps"]));
    const diff = diffPlan(after.plan, {
      isCached: (key) => cachedBefore.has(key),
      previous: jsonOf(before),
      files: after.study.files,
    });
    const missing = new Set(diff.missing.map(({ key }) => key));
    for (const node of after.plan.nodes) {
      const downstream =
        node.op === "train"
          ? node.label.startsWith("train main") || node.label.startsWith("train depth")
          : node.inputs.some((input) => missing.has(input.node));
      expect(missing.has(node.key), node.label).toBe(downstream);
      expect(diff.status.get(node.key)?.status).toBe(downstream ? "invalidated" : "cached");
    }
    const line = QUICKSTART.split("\n").findIndex((each) => each.includes("for       120 steps")) + 1;
    const [train] = diff.missing;
    const reason = { kind: "parameter", path: "for", before: "120 steps", after: "90 steps", line };
    expect(diff.status.get(train?.key ?? ("" as NodeKey))).toEqual({ status: "invalidated", reason });
    const score = diff.missing.find(({ op }) => op === "score");
    expect(diff.status.get(score?.key ?? ("" as NodeKey))).toEqual({
      status: "invalidated",
      reason: { kind: "upstream", node: train?.key },
    });
    const text = planText({ study: after.study, plan: after.plan, diff, signature: SIGNATURE });
    expect(text).toContain(`Why 184 nodes run\n  184  for 120 steps → 90 steps (quickstart.xfer:${line})\n`);
    expect(text).toMatch(
      /train main\[.*\]#1 and 37 more like it; after them 38 predict, 38 score, 24 probe.cka, 24 probe.l2, 22 probe.knn\n/,
    );
  });

  test("of the pretraining leaves RI alone", async () => {
    const after = await planOfText(edited(QUICKSTART, ["for       4 epochs", "for       2 epochs"]));
    const changed = after.plan.nodes.filter(({ key }) => !cachedBefore.has(key));
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.some(({ label }) => label.includes("init: RI"))).toBe(false);
    const kept = after.plan.nodes.filter(({ key, op }) => op === "train" && cachedBefore.has(key));
    expect(kept.length).toBe(8);
  });
});

describe("other changes", () => {
  const previous = jsonOf(before);
  const reasonsOf = ({ study, plan }: typeof before) => {
    const cached = new Set(before.plan.nodes.map(({ key }) => key));
    const diff = diffPlan(plan, { isCached: (key) => cached.has(key), previous, files: study.files });
    return [...diff.status.values()].flatMap((status) => ("reason" in status ? [status.reason] : []));
  };

  test("of data are told as such", async () => {
    const after = await planOfText(QUICKSTART, BUNDLED, {
      ...KNOWN,
      brain: { ...KNOWN.brain, fingerprint: "new scans" },
    });
    const kinds = new Set(reasonsOf(after).map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(["data", "upstream"]));
    expect(reasonsOf(after)).toContainEqual({ kind: "data", dataset: "brain" });
  });

  test("of the seed and of a sampler say so", async () => {
    const seeded = reasonsOf(await planOfText(edited(QUICKSTART, ["seed    2022", "seed    7"])));
    expect(seeded).toContainEqual(expect.objectContaining({ path: "seed", before: "2022", after: "7", line: 4 }));
    const sampled = reasonsOf(
      await planOfText(edited(QUICKSTART, ["init ST = stats ", "init ST = stats(sampler: shuffle) "])),
    );
    expect(sampled).toContainEqual(expect.objectContaining({ path: "sampler", before: "gaussian", after: "shuffle" }));
  });

  test("an added experiment is new, and nothing else is", async () => {
    const more = `${QUICKSTART}\nexperiment wide { model vit_s; target brain; source clothes; init WT_ST(2); train finetune; measure test = score(target.metric) }\n`;
    expect(new Set(reasonsOf(await planOfText(more)).map(({ kind }) => kind))).toEqual(new Set(["new"]));
  });

  test("a cache that was emptied is told as such", () => {
    const { study, plan } = before;
    const diff = diffPlan(plan, { isCached: () => false, previous, files: study.files });
    const lost = { status: "invalidated", reason: { kind: "lost", how: "removed" } };
    for (const status of diff.status.values()) expect(status).toEqual(lost);
    expect(diff.missing.length).toBe(plan.nodes.length);
  });

  test("a cached result needs nothing behind it", () => {
    const { study, plan } = before;
    const results = new Set([...plan.results.map(({ node }) => node), ...plan.training.values()]);
    const diff = diffPlan(plan, { isCached: (key) => results.has(key), previous, files: study.files });
    expect(diff.missing).toEqual([]);
  });

  test("another engine is told as such", () => {
    const { study, plan } = planOf(before.study, factsFor(before.study, KNOWN)) && before;
    const elsewhere = {
      ...previous,
      nodes: previous.nodes.map((node) => ({
        ...node,
        key: node.signature ? (node.key.replace(/^./, "x") as NodeKey) : node.key,
        signature: node.signature && { ...node.signature, threads: 8 },
      })),
    };
    const diff = diffPlan(plan, { isCached: () => false, previous: elsewhere, files: study.files });
    const train = plan.nodes.find(({ op }) => op === "train");
    expect(diff.status.get(train?.key ?? ("" as NodeKey))).toMatchObject({
      reason: { kind: "engine", before: "onnx 1.30.0 on cpu, 8 threads", after: "onnx 1.30.0 on cpu, 2 threads" },
    });
  });
});
