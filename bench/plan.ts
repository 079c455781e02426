/**
 * Planning 100,000 cells: a grid of models, targets, depths of transfer, learning rates and repeats, with a score, a CKA
 * and a k-NN each, from the checked study to the plan, its diff and its JSON. Aim: < 5 s and < 1.5 GB.
 *
 *     npx tsc -p bench && node dist/bench/plan.js [CELLS] [RATES]
 *
 * RATES is the number of learning rates, 20 by default: that many cells share each init. With 1 no two cells do.
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
const recipe = (lr: number): RecipeSpec => ({
  name: "finetune",
  optimizer: choice("adam", { lr, l2: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8 }),
  schedule: [],
  batch: 64,
  dropLast: true,
  duration: { value: 10, unit: "epochs" },
  augment: [],
  select: { kind: "best", metric: "target.metric", on: "val", every: { value: 1, unit: "epochs" } },
  location,
});
const [wantedCells = 100_000, wantedRates = 20] = process.argv.slice(2).map(Number);
const recipes = range(wantedRates).map((index) => recipe(1e-5 * (index + 1)));
const source: SourceSpec = {
  kind: "pretrain",
  name: "source",
  at: { kind: "selected" },
  pretrain: {
    name: "source",
    on: sourceData,
    using: [recipe(1e-3)],
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

const inits: readonly InitSpec[] = range(5).map((units) => ({
  name: `WT_ST(${units})`,
  rules: [
    { parts: [{ kind: "units", from: 1, to: units }], except: [], source: { kind: "transfer" }, location },
    { parts: [{ kind: "rest" }], except: [], source: { kind: "stats", sampler: choice("gaussian") }, location },
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

const named = (name: string) => ({ label: name, value: name });

function* grid() {
  for (const model of models) {
    for (const target of targets) {
      for (const init of inits) {
        for (const [index, train] of recipes.entries()) {
          yield {
            model,
            target,
            init,
            train: [train],
            point: {
              model: named(model.name),
              target: named(target.name),
              init: named(init.name),
              lr: named(`${index}`),
            },
          };
        }
      }
    }
  }
}

function study(cells: number): CheckedStudy {
  const repeats = Math.ceil(cells / (models.length * targets.length * inits.length * recipes.length));
  const all: Cell[] = [];
  for (const row of grid()) {
    const name = Object.entries(row.point).map(([axis, { label }]) => `${axis}: ${label}`);
    for (let repeat = 1; repeat <= repeats && all.length < cells; repeat++) {
      const id = `main[${name.join(", ")}]#${repeat}` as CellId;
      const probes: ProbeSpec[] = [];
      const cell: Cell = { ...row, id, experiment: "main", repeat, seed: 1, source, probes, location };
      probes.push(...probesOf(cell));
      all.push(cell);
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

const checked = study(wantedCells);
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
