/**
 * Why nodes run: a study before, the study after, and what `plan` prints, side by side in golden/why/. Rewrite with -u.
 */

import { describe, expect, test } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import { format } from "../../../src/compiler/format/index.js";
import {
  causesOf,
  DEFAULT_RATES,
  type DiffInput,
  diffPlan,
  lower,
  measuredRates,
  type NodeKey,
  type PlanDetail,
  planJson,
  planText,
  type Rates,
  REASON_KINDS,
  type RecordedPlan,
  readPlanJson,
  type Unfinished,
} from "../../../src/compiler/plan/index.js";
import fc from "../../support/properties.js";
import { memoryHost } from "../support/host.js";
import { datasetFacts, factsFor, planOf, SIGNATURE } from "./fixture.js";

const STUDY = `study why { seed 1; repeats 2 }
dataset few from idx("./few") { metric top1 }
dataset more from idx("./more") { metric top1 }
model mini = resnet(blocks: [1, 1], widths: [4, 8], stem: small, size: 28 px)
init RI = random
init ST = stats
init WT = transfer
recipe long { optimizer adam(lr: 1e-3); batch 16; for 40 steps; select last }
recipe short {
  optimizer sgd(lr: 0.1)
  batch     64
  for       20 steps
  select    best(target.metric, on: val) every 10 steps
}
source clothes = pretrain(on: more, using: long)
experiment main {
  vary init in [RI, WT]
  model mini
  target few
  source clothes
  train short
  measure test = score(target.metric)
  measure near = knn(selected, k: 5, bank: train)
}
table t from main { rows init; cell test }
`;

const FACTS = { few: datasetFacts("few", 100, 100, 100), more: datasetFacts("more", 600, 100, 100) };
type Facts = { readonly [name: string]: (typeof FACTS)["few"] };

async function planned(text: string, facts: Facts = FACTS, set: readonly string[] = []) {
  const result = await compile("why.xfer", memoryHost({ "why.xfer": text }), { set });
  const errors = result.diagnostics.filter(({ severity }) => severity === "error");
  if (!result.study) throw new Error(errors.map(({ message }) => message).join("\n"));
  const { study } = result;
  const { plan, diagnostics } = planOf(study, factsFor(study, facts));
  expect(diagnostics).toEqual([]);
  return { study, plan };
}
type Planned = Awaited<ReturnType<typeof planned>>;

function recorded({ study, plan }: Planned): RecordedPlan {
  const diff = diffPlan(plan, { isCached: () => false, files: study.files });
  const read = readPlanJson([...planJson({ study, plan, diff, signature: SIGNATURE })].join(""));
  if (!read.ok) throw new Error(read.problem);
  return read.plan;
}

function diffOf({ study, plan }: Planned, input: Omit<DiffInput, "files">) {
  const cells = study.experiments.flatMap((experiment) => experiment.cells);
  return diffPlan(plan, { files: study.files, overrides: study.overrides, cells, ...input });
}

/** As the store would answer where the run before was finished. */
const finished = (plan: RecordedPlan) => {
  const keys = new Set<string>(plan.nodes.map(({ key }) => key));
  return (key: NodeKey) => keys.has(key);
};

function printed(after: Planned, input: Omit<DiffInput, "files">, detail: PlanDetail = "short"): string {
  return planText({ ...after, diff: diffOf(after, input), signature: SIGNATURE, cacheSeconds: 95 }, detail);
}

const edited = (text: string, ...changes: readonly (readonly [from: string, to: string])[]): string =>
  changes.reduce((current, [from, to]) => {
    expect(current).toContain(from);
    return current.replaceAll(from, to);
  }, text);

const BATCH = ["batch     64", "batch     32"] as const;

interface Case {
  readonly name: string;
  readonly changes?: readonly (readonly [string, string])[];
  readonly facts?: Facts;
  readonly set?: readonly string[];
  readonly detail?: PlanDetail;
}

const CASES: readonly Case[] = [
  { name: "batch", changes: [BATCH] },
  { name: "batch-every-node", changes: [BATCH], detail: "why" },
  { name: "several-settings", changes: [BATCH, ["lr: 0.1", "lr: 0.05"], ["for       20 steps", "for       30 steps"]] },
  { name: "pretraining", changes: [["for 40 steps", "for 80 steps"]] },
  { name: "model", changes: [["widths: [4, 8]", "widths: [4, 16]"]] },
  { name: "seed", changes: [["seed 1", "seed 2"]] },
  {
    name: "init-rule",
    changes: [["init WT = transfer", 'init WT {\n  "layer1.**" <- transfer\n  rest        <- stats\n}']],
  },
  { name: "probe", changes: [["k: 5", "k: 7"]] },
  { name: "point-added", changes: [["in [RI, WT]", "in [RI, ST, WT]"]] },
  { name: "point-added-and-batch", changes: [["in [RI, WT]", "in [RI, ST, WT]"], BATCH] },
  { name: "point-replaced", changes: [["in [RI, WT]", "in [RI, ST]"]] },
  { name: "repeat-added", changes: [["repeats 2", "repeats 3"]] },
  { name: "target", changes: [["target few", "target more"]] },
  { name: "source", changes: [["pretrain(on: more", "pretrain(on: few"]] },
  {
    name: "split",
    changes: [['idx("./few") { metric', 'idx("./few") { split train: 70%, val: 15%, test: 15%; metric']],
  },
  { name: "data", facts: { ...FACTS, few: { ...FACTS.few, fingerprint: "newer" } } },
  { name: "set", set: ["short.batch = 32"] },
  {
    name: "renamed-moved-and-batch",
    changes: [
      ["experiment main {\n  vary init in [RI, WT]\n", "experiment first {\n  vary init in [Transfer, RI]\n"],
      ["from main", "from first"],
      ["init WT =", "init Transfer ="],
      ["measure test", "measure quality"],
      ["cell test", "cell quality"],
      ["recipe short", "recipe tuning"],
      ["train short", "train tuning"],
      BATCH,
    ],
  },
];

const before = await planned(STUDY);
const previous = recorded(before);

describe("a change of the study, and why nodes run", () => {
  test.each(CASES)("$name", async ({ name, changes = [], facts, set, detail }) => {
    const text = edited(STUDY, ...changes);
    const after = await planned(text, facts, set);
    const plan = printed(after, { isCached: finished(previous), previous }, detail);
    await expect(sideBySide(name, text, plan)).toMatchFileSnapshot(`golden/why/${name}.txt`);
  });

  /** Lines of before and after in two columns where they differ, then the plan. */
  function sideBySide(name: string, after: string, plan: string): string {
    const [left, right] = [STUDY.trimEnd().split("\n"), after.trimEnd().split("\n")];
    let end = 0;
    while (end < left.length && left.at(-1 - end) === right.at(-1 - end)) end++;
    const lines = Array.from({ length: Math.max(left.length, right.length) - end }, (_, index) => {
      const [a, b] = [index < left.length - end ? left[index] : "", index < right.length - end ? right[index] : ""];
      return `${`${index + 1}`.padStart(3)} ${a === b ? " " : "~"} ${(a ?? "").padEnd(60)} │ ${b ?? ""}`.trimEnd();
    });
    return `${name}: the study before │ and after\n\n${lines.join("\n")}\n\n$ xferc plan why.xfer\n\n${plan}`;
  }
});

describe("what changed outside the study", () => {
  const others = (change: (node: RecordedPlan["nodes"][number]) => object): RecordedPlan => ({
    ...previous,
    nodes: previous.nodes.map((node, index) => {
      const changes = change(node);
      const other = Object.keys(changes).length > 0;
      return { ...node, ...changes, key: other ? (`${index}`.padStart(64, "0") as NodeKey) : node.key };
    }),
  });
  const print = (plan: RecordedPlan, input: Partial<DiffInput> = {}) =>
    printed(before, { isCached: finished(plan), previous: plan, ...input });

  test("an operation's version", () => {
    expect(print(others(({ op }) => (op === "train" ? { version: 0 } : {})))).toContain(
      "operator version (train 0 → 1)",
    );
  });

  test("a catalogue entry's version: whose code it is", () => {
    const older = others(({ op, params }) =>
      op === "score"
        ? { params: { ...(params as object), versions: { top1: 0 } } }
        : op === "train" && JSON.stringify(params).includes('"sgd"')
          ? { params: JSON.parse(JSON.stringify(params).replace('"id":"sgd","version":1', '"id":"sgd","version":0')) }
          : {},
    );
    const text = print(older);
    expect(text).toContain("code of sgd (version 0 → 1)");
    const family = others(({ op, params }) =>
      op === "probe.knn"
        ? { params: { ...(params as object), model: { ...(params as { model: object }).model, version: 0 } } }
        : {},
    );
    expect(print(family)).toContain("code of resnet (version 0 → 1)");
  });

  test.each([
    [{ engineVersion: "1.29.0" }, "onnx 1.29.0 → onnx 1.30.0"],
    [{ threads: 1 }, "threads 1 → 2"],
    [{ device: "cuda" as const }, "device cuda → cpu"],
    [{ engine: "tensorflow", engineVersion: "2.21.0", threads: 4 }, "tensorflow 2.21.0 → onnx 1.30.0, threads 4 → 2"],
  ])("the engine: %j", (part, words) => {
    const text = print(others(({ signature }) => (signature ? { signature: { ...signature, ...part } } : {})));
    expect(text).toContain(words);
  });

  test("a damaged result, one taken out, one that failed, and what waited for it", () => {
    const cells = before.plan.nodes.filter(({ label }) => label.startsWith("train main"));
    const trains = cells.map(({ key }) => key);
    const [damaged = "", removed = "", failed = "", pending = ""] = trains;
    const gone = new Set<string>(trains);
    const scores = before.plan.nodes.filter(({ inputs }) => inputs.some(({ node }) => gone.has(node)));
    for (const { key } of scores) gone.add(key);
    const waiting: Unfinished = { kind: "pending", reason: { kind: "new" } };
    const broken: Unfinished = { kind: "failed", message: "the loss is NaN at step 3" };
    const diff = diffOf(before, {
      isCached: (key) => !gone.has(key),
      previous,
      isDamaged: (key) => key === damaged,
      unfinished: new Map<string, Unfinished>([
        [failed, broken],
        ...[pending, ...scores.map(({ key }) => key)].map((key) => [key, waiting] as const),
      ]),
    });
    const reasonOf = (key: string) => diff.status.get(key as NodeKey);
    expect(reasonOf(damaged)).toMatchObject({ reason: { kind: "lost", how: "damaged" } });
    expect(reasonOf(removed)).toMatchObject({ reason: { kind: "lost", how: "removed" } });
    expect(reasonOf(failed)).toMatchObject({ reason: { kind: "failed", message: "the loss is NaN at step 3" } });
    const after = before.plan.nodes.find(({ inputs }) => inputs.some(({ node }) => node === failed));
    expect(reasonOf(after?.key ?? "")).toMatchObject({ reason: { kind: "upstream", node: failed } });
    // never reached, and nothing in its way: it runs for the reason it was to run then
    expect(reasonOf(pending)).toMatchObject({ status: "new", reason: { kind: "new" } });
  });

  test("the list of reasons is closed", () => {
    expect(new Set(REASON_KINDS).size).toBe(REASON_KINDS.length);
  });
});

describe("the basis of an estimate", () => {
  const print = (rates: Rates) => {
    const { study } = before;
    const { plan } = lower(study, factsFor(study, FACTS), { signature: SIGNATURE, rates });
    return planText({
      study,
      plan,
      diff: diffPlan(plan, { isCached: () => false, files: study.files }),
      signature: SIGNATURE,
    });
  };
  const seen = (family: string) =>
    measuredRates([
      { work: "train", family, flops: 1e9, seconds: 1 },
      { work: "train", family: "vit", flops: 1e9, seconds: 1 },
    ]);

  test("is said per operation: measured here, extrapolated and from what, or neither", () => {
    expect(print(DEFAULT_RATES)).toMatch(/^train +5 .* {2}default rates of an ordinary machine$/m);
    expect(print(seen("resnet"))).toMatch(/^train +5 .* {2}measured on this machine$/m);
    const other = print(seen("swin"));
    expect(other).toMatch(/^train +5 .* {2}extrapolated from swin, vit on this machine$/m);
    expect(other).toMatch(/^predict +4 .* {2}default rates of an ordinary machine$/m);
    // of the whole the least sure
    expect(other).toContain("(basis: default rates of an ordinary machine)");
  });
});

describe("a change of text that changes no meaning", () => {
  const RENAMES: readonly (readonly [RegExp, string])[] = [
    [/\bmain\b/g, "first"],
    [/\bRI\b/g, "Scratch"],
    [/\bWT\b/g, "Reused"],
    [/\bshort\b/g, "tuning"],
    [/\blong\b/g, "schooling"],
    [/\bmini\b/g, "small_model"],
    [/\bclothes\b/g, "garments"],
    [/\bnear\b/g, "neighbours"],
  ];
  const MOVES: readonly ((text: string) => string)[] = [
    (text) => text.replace("[RI, WT]", "[WT, RI]"),
    (text) => text.replace("  model mini\n  target few\n", "  target few\n  model mini\n"),
    (text) => {
      const [recipe = ""] = /recipe long .*\n/.exec(text) ?? [];
      return `${text.replace(recipe, "")}${recipe}`;
    },
    (text) => text.replace(/\n(?!$)/g, "  // aside\n"),
    (text) => text.replace(/\n/g, "\n\n"),
    (text) => text.replace("lr: 0.1", "lr: 1e-1"),
    (text) => text.replace("score(target.metric)", "score(target.metric, of: selected, on: test)"),
    (text) => {
      const formatted = format(text);
      return formatted.ok ? formatted.text : text;
    },
  ];

  test("runs nothing and gives no reason, whatever is renamed, moved and reformatted together", async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray([...MOVES]), fc.subarray([...RENAMES]), async (moves, renames) => {
        const moved = moves.reduce((text, move) => move(text), STUDY);
        const text = renames.reduce((current, [from, to]) => current.replace(from, to), moved);
        const after = await planned(text);
        const diff = diffOf(after, { isCached: finished(previous), previous });
        expect(diff.missing, text).toEqual([]);
        expect([...diff.status.values()].filter(({ status }) => status !== "cached")).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test("nor does it hide what did change: renamed and moved, only the batch is told", async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray([...MOVES]), fc.subarray([...RENAMES]), async (moves, renames) => {
        const moved = moves.reduce((text, move) => move(text), STUDY.replace("batch     64", "batch 32"));
        const text = renames.reduce((current, [from, to]) => current.replace(from, to), moved);
        const after = await planned(text);
        const diff = diffOf(after, { isCached: finished(previous), previous });
        const kinds = new Set<string>();
        for (const status of diff.status.values()) {
          if (status.status === "cached") continue;
          const { reason } = status;
          kinds.add(reason.kind === "parameter" ? `${reason.path} ${reason.before} ${reason.after}` : reason.kind);
        }
        expect([...kinds].sort(), text).toEqual(["batch 64 32", "upstream"]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a change that nodes of several files run for", () => {
  const causes = async (override?: string) => {
    const { plan } = await planned(STUDY);
    const [first, second] = plan.nodes;
    if (first === undefined || second === undefined) throw new Error("no nodes");
    const missing = [first, { ...second, location: { ...second.location, path: "base.xfer" } }];
    const change = { path: "seed", before: "1", after: "5" } as const;
    const reason = { kind: "parameter", ...change, ...(override === undefined ? {} : { override }) } as const;
    const status = new Map(missing.map(({ key }) => [key, { status: "invalidated", reason } as const]));
    return causesOf({ missing, status }).map(({ nodes }) => nodes);
  };

  test("is one cause where an override made it, and one a file where the files say it", async () => {
    expect(await causes("seed = 5")).toEqual([2]);
    expect(await causes()).toEqual([1, 1]);
  });
});
