/** The quickstart as a checked study, built by hand: what the front of the compiler makes of studies/quickstart.xfer. */

import type { Choice } from "../../../src/catalog/types.js";
import type { Location } from "../../../src/compiler/diagnostics.js";
import type { DatasetFacts, Fact } from "../../../src/compiler/host.js";
import { resourcesOf, type StudyFacts } from "../../../src/compiler/plan/facts.js";
import { lower } from "../../../src/compiler/plan/index.js";
import type { NodeFor, NumericSignature, OpName, Plan } from "../../../src/compiler/plan/types.js";
import type {
  Axis,
  Cell,
  CellId,
  CheckedStudy,
  DatasetSpec,
  Experiment,
  InitSpec,
  ModelChoice,
  PartRule,
  ProbeSpec,
  RecipeSpec,
  Selector,
  SourceSpec,
  TensorSource,
} from "../../../src/compiler/study.js";

export const SIGNATURE: NumericSignature = {
  engine: "onnx",
  engineVersion: "1.30.0",
  device: "cpu",
  precision: "f32",
  threads: 2,
};

export const choice = (id: string, params: Choice["params"] = {}): Choice => ({ id, version: 1, params });

let nextOffset = 0;
/** A place of its own for every construct, as in a real text. */
export function somewhere(path = "quickstart.xfer"): Location {
  nextOffset += 10;
  return { path, span: { start: nextOffset, end: nextOffset + 5 } };
}

export function dataset(name: string, metric = "top1"): DatasetSpec {
  const path = `./data/${name}`;
  return {
    name,
    adapter: choice("idx", { path }),
    path,
    declaredIn: "studies/bundled.xfer",
    split: { kind: "official" },
    metric,
    location: somewhere("bundled.xfer"),
  };
}

export function datasetFacts(name: string, train: number, val: number, test: number, classes = 10): DatasetFacts {
  const split = (images: number) => ({ images, perClass: Array.from({ length: classes }, () => images / classes) });
  return {
    fingerprint: `fingerprint of ${name}`,
    classes: Array.from({ length: classes }, (_, index) => `class ${index}`),
    task: "multiclass",
    channels: 1,
    splits: {
      ...(train > 0 ? { train: split(train) } : {}),
      ...(val > 0 ? { val: split(val) } : {}),
      ...(test > 0 ? { test: split(test) } : {}),
    },
  };
}

export const RESNET: ModelChoice = {
  name: "resnet_s",
  family: choice("resnet", { blocks: [1, 1, 1], widths: [16, 32, 64], block: "basic", stem: "small", size: 28 }),
  location: somewhere("bundled.xfer"),
};
export const VIT: ModelChoice = {
  name: "vit_s",
  family: choice("vit", { dim: 64, depth: 4, heads: 4, patch: 7, mlp_ratio: 4, size: 28 }),
  location: somewhere("bundled.xfer"),
};
export const SWIN: ModelChoice = {
  name: "swin_s",
  family: choice("swin", { dim: 16, depths: [2, 1], heads: [2, 4], window: 4, patch: 2, mlp_ratio: 4, size: 28 }),
  location: somewhere("bundled.xfer"),
};
export const INCEPTION: ModelChoice = {
  name: "inception",
  family: choice("inception", { size: 75 }),
  location: somewhere("bundled.xfer"),
};

export const TRANSFER: TensorSource = { kind: "transfer" };
export const STATS: TensorSource = { kind: "stats", sampler: choice("gaussian") };
export const RANDOM: TensorSource = { kind: "random", scheme: choice("family") };

export function rule(parts: readonly Selector[], source: TensorSource, except: readonly Selector[] = []): PartRule {
  return { parts, except, source, location: somewhere() };
}
export function init(name: string, rules: readonly PartRule[]): InitSpec {
  return { name, rules, location: somewhere() };
}
export const REST: Selector = { kind: "rest" };
export const units = (from: number, to: number): Selector => ({ kind: "units", from, to });
export const glob = (text: string): Selector => ({ kind: "pattern", glob: text });

export const RI = init("RI", [rule([REST], RANDOM)]);
export const ST = init("ST", [rule([REST], STATS)]);
export const WT = init("WT", [rule([REST], TRANSFER)]);
const wtStRules = [somewhere(), somewhere()] as const;
export function wtSt(n: number): InitSpec {
  const rules = [rule([units(1, n)], TRANSFER), rule([REST], STATS)];
  return {
    name: `WT_ST(${n})`,
    rules: rules.map((each, index) => ({ ...each, location: wtStRules[index] ?? somewhere() })),
    location: wtStRules[0],
  };
}

export const PRETRAINING: RecipeSpec = {
  name: "pretraining",
  optimizer: choice("adam", { lr: 1e-3, l2: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8 }),
  schedule: [],
  batch: 64,
  dropLast: true,
  duration: { value: 3, unit: "epochs" },
  augment: [],
  select: { kind: "last", every: { value: 1, unit: "epochs" } },
  location: somewhere(),
};
export const FINETUNE: RecipeSpec = {
  name: "finetune",
  optimizer: choice("adam", { lr: 1e-3, l2: 1e-5, beta1: 0.9, beta2: 0.999, eps: 1e-8 }),
  schedule: [choice("warmup", { duration: { value: 20, unit: "steps" }, from: 1e-8 }), choice("cosine", { to: 0 })],
  batch: 32,
  dropLast: true,
  duration: { value: 120, unit: "steps" },
  clipNorm: 1,
  augment: [choice("crop", { size: 28, scale: [0.8, 1], ratio: [0.75, 1.3333333333333333] })],
  select: { kind: "best", metric: "target.metric", on: "val", every: { value: 30, unit: "steps" } },
  location: somewhere(),
};

export const FASHION = dataset("fashion-mnist");
export const DIGITS = dataset("digits-few");
export const BRAIN = dataset("brain", "macro_recall");

export function pretrained(on: DatasetSpec = FASHION): SourceSpec {
  return {
    kind: "pretrain",
    name: "clothes",
    at: { kind: "selected" },
    pretrain: {
      name: "clothes",
      on,
      using: [PRETRAINING],
      init: init("random", [rule([REST], RANDOM)]),
      keep: [],
      repeats: "shared",
      location: somewhere(),
    },
  };
}
export const CLOTHES = pretrained();

export interface CellOptions {
  readonly experiment?: string;
  readonly point?: Cell["point"];
  readonly repeat?: number;
  readonly seed?: number;
  readonly model?: ModelChoice;
  readonly target?: DatasetSpec;
  readonly source?: SourceSpec | null;
  readonly init?: InitSpec;
  readonly train?: readonly RecipeSpec[];
  readonly probes?: (cell: Cell) => readonly ProbeSpec[];
}

const atCell = somewhere();

export function cell(options: CellOptions = {}): Cell {
  const { experiment = "main", point = {}, repeat = 1, seed = 2022, source = CLOTHES } = options;
  const axes = Object.entries(point).map(([axis, { label }]) => `${axis}: ${label}`);
  const bare: Cell = {
    id: `${experiment}[${axes.join(", ")}]#${repeat}` as CellId,
    experiment,
    point,
    repeat,
    seed,
    model: options.model ?? RESNET,
    target: options.target ?? DIGITS,
    ...(source ? { source } : {}),
    init: options.init ?? WT,
    train: options.train ?? [FINETUNE],
    probes: [],
    location: atCell,
  };
  // probes speak of their own cell, as the front's do
  const probes: ProbeSpec[] = [];
  const whole: Cell = { ...bare, probes };
  probes.push(...(options.probes ?? (() => []))(whole));
  return whole;
}

const at = somewhere();

export function score(of: Cell, moment: "initial" | "selected" | "last" = "selected"): ProbeSpec {
  return {
    measure: "test",
    probe: choice("score", { metric: "target.metric", of: moment, on: "test" }),
    loops: {},
    states: [{ kind: "cell", cell: of, moment: { kind: moment } }],
    on: "test",
    metric: of.target.metric,
    estimator: "",
    location: at,
  };
}
export function pairwise(measure: string, probe: Choice, of: Cell): ProbeSpec {
  return {
    measure,
    probe,
    loops: {},
    states: [
      { kind: "cell", cell: of, moment: { kind: "initial" } },
      { kind: "cell", cell: of, moment: { kind: "selected" } },
    ],
    on: "test",
    estimator: probe.id === "cka" ? "unbiased" : "corrected",
    location: at,
  };
}
export const CKA = choice("cka", {
  first: "initial",
  second: "selected",
  estimator: "unbiased",
  images: 2048,
  batch: 64,
  on: "test",
});
export const L2 = choice("l2", { first: "initial", second: "selected", estimator: "corrected" });
export function knn(of: Cell, k = 20): ProbeSpec {
  return {
    measure: "near",
    probe: choice("knn", { state: "selected", k, temperature: 0.1, bank: "train", features: "pooled", on: "test" }),
    loops: {},
    states: [{ kind: "cell", cell: of, moment: { kind: "selected" } }],
    on: "test",
    metric: of.target.metric,
    estimator: `k=${k}`,
    location: at,
  };
}

export function experiment(name: string, cells: readonly Cell[], axes: readonly Axis[] = []): Experiment {
  return { name, axes, measures: [], cells, location: somewhere() };
}

export function study(experiments: readonly Experiment[], more: Partial<CheckedStudy> = {}): CheckedStudy {
  return {
    name: "quickstart",
    seed: 2022,
    repeats: 2,
    experiments,
    derives: [],
    tables: [],
    figures: [],
    overrides: [],
    files: [{ path: "quickstart.xfer", text: "" }],
    ...more,
  };
}

const point = (label: string) => ({ label, value: label });

/** Two architectures, two targets, three inits, and WT_ST(n) for every n; two repeats. */
export function quickstart(): CheckedStudy {
  const models = [RESNET, VIT];
  const main = models.flatMap((model) =>
    [DIGITS, BRAIN].flatMap((target) =>
      [RI, ST, WT].flatMap((start) =>
        [1, 2].map((repeat) =>
          cell({
            experiment: "main",
            point: { model: point(model.name), target: point(target.name), init: point(start.name) },
            model,
            target,
            init: start,
            repeat,
            probes: (own) => [score(own), pairwise("reuse", CKA, own), pairwise("moved", L2, own)],
          }),
        ),
      ),
    ),
  );
  const depth = models.flatMap((model) =>
    Array.from({ length: UNITS[model.name] ?? 0 }, (_, index) => index)
      .concat(UNITS[model.name] ?? 0)
      .flatMap((n) =>
        [1, 2].map((repeat) =>
          cell({
            experiment: "depth",
            point: { model: point(model.name), n: { label: `${n}`, value: n } },
            model,
            init: wtSt(n),
            repeat,
            probes: (own) => [score(own), knn(own)],
          }),
        ),
      ),
  );
  return study([experiment("main", main), experiment("depth", depth)]);
}
/** By model name; a test holds them equal to the traced models'. */
export const UNITS: { readonly [model: string]: number } = {
  resnet_s: 4,
  vit_s: 5,
  swin_s: 4,
  inception: 7,
};

/** Everything known, from data. */
export function factsFor(of: CheckedStudy, known: { readonly [name: string]: DatasetFacts } = BUNDLED): StudyFacts {
  const { datasets } = resourcesOf(of);
  const fact = (spec: DatasetSpec): Fact<DatasetFacts> => {
    const facts = known[spec.name];
    return facts ? { status: "known", facts, from: "data" } : { status: "unknown", reason: "no data" };
  };
  return { datasets: new Map([...datasets].map((spec) => [spec, fact(spec)])), weights: new Map() };
}
export const BUNDLED: { readonly [name: string]: DatasetFacts } = {
  "fashion-mnist": datasetFacts("fashion", 6000, 1000, 2000),
  "digits-few": datasetFacts("digits", 100, 500, 1000),
  brain: datasetFacts("brain", 1200, 300, 900, 6),
};

export function planOf(of: CheckedStudy, facts = factsFor(of)) {
  return lower(of, facts, { signature: SIGNATURE });
}

/** The plan of one cell, which must be free of problems. */
export function planOfCell(options: CellOptions = {}) {
  const of = study([experiment("main", [cell({ probes: (own) => [score(own)], ...options })])]);
  const { plan, diagnostics } = planOf(of);
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return plan;
}

export function nodesOf<K extends OpName>(plan: Plan, op: K): readonly NodeFor<K>[] {
  return plan.nodes.filter((node): node is NodeFor<K> => node.op === op);
}
