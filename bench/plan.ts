/**
 * Planning 100,000 cells: 4 models × 5 targets × 50 inits × 100 repeats with a score, a CKA and a k-NN each, from the
 * checked study to the plan, its diff and its JSON. Aim: < 5 s and < 1.5 GB.
 *
 *     npx tsc -p bench && node dist/bench/plan.js [CELLS]
 */

import type { Choice } from "../src/catalog/types.js";
import type { Location } from "../src/compiler/diagnostics.js";
import type { DatasetFacts } from "../src/compiler/host.js";
import { diffPlan, lower, planJson, resourcesOf } from "../src/compiler/plan/index.js";
import type {
  Cell,
  CellId,
  CheckedStudy,
  DatasetSpec,
  InitSpec,
  ModelChoice,
  ProbeSpec,
  RecipeSpec,
  SourceSpec,
} from "../src/compiler/study.js";

const location: Location = { path: "bench.xfer", span: { start: 0, end: 1 } };
const choice = (id: string, params: Choice["params"] = {}): Choice => ({ id, version: 1, params });
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

const signature = { engine: "onnx", engineVersion: "1.30.0", device: "cpu", precision: "f32", threads: 2 } as const;
const models: readonly ModelChoice[] = [2, 3, 4, 6].map((depth) => ({
  name: `vit_${depth}`,
  family: choice("vit", { dim: 64, depth: 2 * depth, heads: 4, patch: 7, mlp_ratio: 4, size: 28 }),
  location,
}));
const dataset = (name: string): DatasetSpec => ({
  name,
  adapter: choice("idx", {}),
  path: `./${name}`,
  declaredIn: "bench.xfer",
  split: { kind: "official" },
  metric: "top1",
  location,
});
const targets = range(5).map((index) => dataset(`target_${index}`));
const sourceData = dataset("source");
const recipe: RecipeSpec = {
  name: "finetune",
  optimizer: choice("adam", { lr: 1e-3, l2: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8 }),
  schedule: [],
  batch: 64,
  dropLast: true,
  duration: { value: 10, unit: "epochs" },
  augment: [],
  select: { kind: "best", metric: "target.metric", on: "val", every: { value: 1, unit: "epochs" } },
  location,
};
const source: SourceSpec = {
  kind: "pretrain",
  name: "source",
  at: { kind: "selected" },
  pretrain: {
    name: "source",
    on: sourceData,
    using: [recipe],
    init: {
      name: "random",
      rules: [
        { parts: [{ kind: "rest" }], except: [], source: { kind: "random", scheme: choice("family") }, location },
      ],
      location,
    },
    keep: [],
    repeats: "shared",
    location,
  },
};

/** Ten depths of transfer by five samplers. */
const inits: readonly InitSpec[] = range(50).map((index) => ({
  name: `init_${index}`,
  rules: [
    { parts: [{ kind: "units", from: 1, to: index % 5 }], except: [], source: { kind: "transfer" }, location },
    {
      parts: [{ kind: "rest" }],
      except: [],
      source: { kind: "stats", sampler: choice("gaussian", { variant: Math.floor(index / 5) }) },
      location,
    },
  ],
  location,
}));

const scoreChoice = choice("score");
const ckaChoice = choice("cka", { estimator: "unbiased", images: 2048, batch: 64 });
const knnChoice = choice("knn", { k: 20, temperature: 0.1, bank: "train", features: "pooled" });
function probesOf(cell: Cell): readonly ProbeSpec[] {
  const selected = { kind: "cell", cell, moment: { kind: "selected" } } as const;
  const initial = { kind: "cell", cell, moment: { kind: "initial" } } as const;
  const common = { loops: {}, on: "test", location } as const;
  return [
    { ...common, measure: "test", probe: scoreChoice, states: [selected], metric: "top1", estimator: "" },
    { ...common, measure: "reuse", probe: ckaChoice, states: [initial, selected], estimator: "unbiased" },
    { ...common, measure: "near", probe: knnChoice, states: [selected], metric: "top1", estimator: "k=20" },
  ];
}

function study(cells: number): CheckedStudy {
  const repeats = Math.ceil(cells / (models.length * targets.length * inits.length));
  const all: Cell[] = [];
  for (const model of models) {
    for (const target of targets) {
      for (const init of inits) {
        const point = {
          model: { label: model.name, value: model.name },
          target: { label: target.name, value: target.name },
          init: { label: init.name, value: init.name },
        };
        for (let repeat = 1; repeat <= repeats && all.length < cells; repeat++) {
          const id = `main[model: ${model.name}, target: ${target.name}, init: ${init.name}]#${repeat}` as CellId;
          const probes: ProbeSpec[] = [];
          const cell: Cell = {
            id,
            experiment: "main",
            point,
            repeat,
            seed: 1,
            model,
            target,
            source,
            init,
            train: [recipe],
            probes,
            location,
          };
          probes.push(...probesOf(cell));
          all.push(cell);
        }
      }
    }
  }
  return {
    name: "bench",
    seed: 1,
    repeats,
    experiments: [{ name: "main", axes: [], measures: [], cells: all, location }],
    derives: [],
    tables: [],
    figures: [],
    overrides: [],
    files: [{ path: "bench.xfer", text: "study bench {}\n" }],
  };
}

const facts = (classes: number): DatasetFacts => ({
  fingerprint: `with ${classes} classes`,
  classes: range(classes).map(String),
  task: "multiclass",
  channels: 1,
  splits: Object.fromEntries(
    ["train", "val", "test"].map((split) => [split, { images: 10_000, perClass: range(classes).map(() => 10) }]),
  ),
});

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
/** Wall-clock and, for a machine that is busy with other things, processor seconds since the last call. */
let since = performance.now();
let processor = process.cpuUsage();
function elapsed(): string {
  const used = process.cpuUsage(processor);
  const text = `${((performance.now() - since) / 1000).toFixed(2)} s (${((used.user + used.system) / 1e6).toFixed(2)} s of processor)`;
  since = performance.now();
  processor = process.cpuUsage();
  return text;
}

const cells = Number(process.argv[2] ?? 100_000);
const checked = study(cells);
const before = process.memoryUsage().rss;
console.log(`${checked.experiments[0]?.cells.length} cells checked; resident ${megabytes(before)}`);

const { datasets } = resourcesOf(checked);
const known = new Map(
  [...datasets].map((spec, index) => [spec, { status: "known", facts: facts(5 + index), from: "lock" } as const]),
);
elapsed();
const { plan, diagnostics } = lower(checked, { datasets: known, weights: new Map() }, { signature });
const resident = megabytes(process.memoryUsage().rss);
console.log(`lower: ${elapsed()}, ${plan.nodes.length} nodes, ${diagnostics.length} diagnostics, resident ${resident}`);

const diff = diffPlan(plan, { isCached: () => false, files: checked.files });
console.log(`diff: ${elapsed()}, ${diff.missing.length} to run`);

let bytes = 0;
for (const piece of planJson({ study: checked, plan, diff, signature })) bytes += piece.length;
console.log(`json: ${elapsed()}, ${megabytes(bytes)} in pieces`);
console.log(`peak resident ${megabytes(process.resourceUsage().maxRSS * 1024)}`);
