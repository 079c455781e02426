/** A run of the quickstart with made-up numbers: the study's own tables and figures, a real plan, results out of a formula. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "../../../grammar/parse.js";
import type { Json } from "../../../src/catalog/types.js";
import type { Diagnostic } from "../../../src/compiler/diagnostics.js";
import { checkOutputs } from "../../../src/compiler/outputs/check.js";
import { experimentTable, type MetricFacts, type OutputsContext } from "../../../src/compiler/outputs/signature.js";
import type { NodeKey, Plan, PlanNode, ResultBinding } from "../../../src/compiler/plan/types.js";
import type {
  Axis,
  AxisRole,
  Cell,
  CheckedStudy,
  DatasetSpec,
  Experiment,
  MeasureSignature,
} from "../../../src/compiler/study.js";
import type { ReportInput, RunMetadata } from "../../../src/runtime/report/types.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import {
  CKA,
  cell,
  dataset,
  datasetFacts,
  factsFor,
  knn,
  L2,
  pairwise,
  planOf,
  RESNET,
  RI,
  SIGNATURE,
  ST,
  score,
  somewhere,
  study,
  UNITS,
  VIT,
  WT,
  wtSt,
} from "../../compiler/plan/fixture.js";

const STUDY_FILE = resolve(import.meta.dirname, "../../../studies/quickstart.xfer");

export const METRIC_FACTS: { readonly [metric: string]: MetricFacts } = {
  top1: { direction: "max", least: 0, greatest: 1 },
  macro_recall: { direction: "max", least: 0, greatest: 1 },
  quadratic_kappa: { direction: "max", least: -1, greatest: 1 },
  l2: { direction: "none", least: 0 },
};

const DIGITS_FEW: DatasetSpec = dataset("digits_few");
const BRAIN: DatasetSpec = dataset("brain", "macro_recall");
const FACTS = {
  "fashion-mnist": datasetFacts("fashion", 6000, 1000, 2000),
  digits_few: datasetFacts("digits", 100, 500, 1000),
  brain: datasetFacts("brain", 1200, 300, 900, 6),
};

const named = (label: string) => ({ label, value: label });

export function axis(name: string, role: AxisRole, labels: readonly (string | number)[]): Axis {
  return { name, role, points: labels.map((value) => ({ label: String(value), value })), location: somewhere() };
}

function measure(
  name: string,
  probe: string,
  metric: string,
  estimator: string,
  inner: readonly string[],
): MeasureSignature {
  return { name, probe, metric, estimator, inner: inner.map((each) => axis(each, "layer", [])), location: somewhere() };
}

const MODELS = [RESNET, VIT];

function mainCells(repeats: number): readonly Cell[] {
  return MODELS.flatMap((model) =>
    [DIGITS_FEW, BRAIN].flatMap((target) =>
      [RI, ST, WT].flatMap((init) =>
        Array.from({ length: repeats }, (_, index) =>
          cell({
            experiment: "main",
            point: { model: named(model.name), target: named(target.name), init: named(init.name) },
            model,
            target,
            init,
            repeat: index + 1,
            probes: (own) => [score(own), pairwise("reuse", CKA, own), pairwise("moved", L2, own)],
          }),
        ),
      ),
    ),
  );
}

function depthCells(repeats: number): readonly Cell[] {
  return MODELS.flatMap((model) =>
    Array.from({ length: (UNITS[model.name] ?? 0) + 1 }, (_, n) => n).flatMap((n) =>
      Array.from({ length: repeats }, (_, index) =>
        cell({
          experiment: "depth",
          point: { model: named(model.name), n: { label: String(n), value: n } },
          model,
          target: DIGITS_FEW,
          init: wtSt(n),
          repeat: index + 1,
          probes: (own) => [score(own), knn(own)],
        }),
      ),
    ),
  );
}

export function experiments(repeats: number): readonly Experiment[] {
  const models = axis(
    "model",
    "model",
    MODELS.map((model) => model.name),
  );
  return [
    {
      name: "main",
      axes: [models, axis("target", "target", ["digits_few", "brain"]), axis("init", "init", ["RI", "ST", "WT"])],
      measures: [
        measure("test", "score", "target.metric", "", []),
        measure("reuse", "cka", "cka", "unbiased", ["layer", "layer2"]),
        measure("moved", "l2", "l2", "corrected", ["layer"]),
      ],
      cells: mainCells(repeats),
      location: somewhere(),
    },
    {
      name: "depth",
      axes: [models, axis("n", "free", [0, 1, 2, 3, 4, 5])],
      measures: [measure("test", "score", "target.metric", "", []), measure("near", "knn", "top1", "k=20", ["layer"])],
      cells: depthCells(repeats),
      location: somewhere(),
    },
  ];
}

/** The rest of the compiler, as far as outputs need it. */
export function outputsContext(report: (diagnostic: Diagnostic) => void): OutputsContext {
  return {
    sink: { report },
    probes: ["cka", "knn", "l2", "score"],
    metric: (id) => METRIC_FACTS[id],
    probe: (call) => ({
      choice: CKA,
      states: call.args.filter((argument) => argument.name === undefined).map((argument) => argument.value),
      on: "test",
      estimator: "unbiased",
      column: "cka",
      inner: [axis("layer", "layer", []), axis("layer2", "layer", [])],
    }),
    property: (subject, name) => {
      if (subject.kind === "model" && name === "units") {
        return { status: "known", value: UNITS[subject.model.name] ?? 0 };
      }
      if (subject.kind === "target" && name === "size") {
        return { status: "known", value: subject.target.name === "brain" ? 1200 : 100 };
      }
      return { status: "none", properties: subject.kind === "model" ? ["units"] : ["size"] };
    },
  };
}

export interface Checked {
  readonly study: CheckedStudy;
  readonly diagnostics: readonly Diagnostic[];
}

/** The quickstart, or another text over its two experiments. */
export function checked(
  text = readFileSync(STUDY_FILE, "utf8"),
  repeats = 2,
  more: Partial<CheckedStudy> = {},
): Checked {
  const diagnostics: Diagnostic[] = [];
  const all = experiments(repeats);
  const context = outputsContext((diagnostic) => diagnostics.push(diagnostic));
  const declarations = parse(text).file.items.flatMap((item) =>
    item.kind === "declaration" ? [{ declaration: item, path: "quickstart.xfer" }] : [],
  );
  const tables = all.map((experiment) => experimentTable(experiment, context.metric));
  const outputs = checkOutputs(declarations, tables, context);
  const whole = study(all, {
    title: "Transfer from clothes: two targets, two architectures",
    repeats,
    ...outputs,
    files: [{ path: "studies/quickstart.xfer", text }],
    ...more,
  });
  return { study: whole, diagnostics };
}

// ── made-up results ──────────────────────────────────────────────────────────────────────────────────────────────

/** In [-1, 1], the same for the same words. */
function noise(...words: readonly (string | number)[]): number {
  let hash = 2166136261;
  for (const character of words.join("|")) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0;
  }
  return ((Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0) / 2 ** 31 - 1) * 0.99;
}

const BASE: { readonly [init: string]: number } = { RI: 0.62, ST: 0.66, WT: 0.83 };

function scoreOf({ point, repeat }: ResultBinding): number {
  const model = String(point.model);
  const vit = model === "vit_s";
  const units = UNITS[model] ?? 1;
  const start =
    point.init === undefined
      ? 0.66 + 0.17 * (Number(point.n) / units) ** (vit ? 0.5 : 1)
      : (BASE[String(point.init)] ?? 0);
  const brain = point.target === "brain" ? -0.09 : 0;
  return Math.min(
    0.99,
    start + brain - (vit ? 0.07 : 0) + 0.013 * noise("score", ...Object.values(point).map(String), repeat),
  );
}

function layerValues(node: PlanNode, binding: ResultBinding): Json {
  const words = [...Object.values(binding.point).map(String), binding.repeat];
  if (node.op === "probe.cka") {
    const { layers } = node.params;
    const scale = binding.point.init === "WT" ? 0.9 : 0.55;
    return layers.flatMap((layer, i) =>
      layers.map((layer2, j) => ({
        inner: { layer, layer2 },
        value: scale * Math.exp(-Math.abs(i - j) / 3) * (1 - 0.04 * j) + 0.03 * noise("cka", layer, layer2, ...words),
      })),
    );
  }
  if (node.op === "probe.knn") {
    const { layers } = node.params;
    const last = scoreOf(binding);
    return layers.map((layer, i) => ({
      inner: { layer },
      value: 0.42 + (last - 0.44) * ((i + 1) / layers.length) ** 0.6 + 0.01 * noise("knn", layer, ...words),
    }));
  }
  if (node.op === "probe.l2") {
    return ["stem", "layer1.0", "layer2.0", "layer3.0"].map((layer, i) => ({
      inner: { layer },
      value: 0.0021 / (i + 1) + 0.0002 * noise("l2", layer, ...words),
    }));
  }
  return [{ inner: {}, value: scoreOf(binding) }];
}

function trainValue(node: PlanNode): Json {
  const end = 0.6 + 0.2 * noise("end", node.key);
  const history = Array.from({ length: 24 }, (_, index) => ({
    step: (index + 1) * 5,
    loss: 0.3 + 2 * Math.exp(-index / 7) + 0.08 * noise("loss", node.key, index),
    lr: 0.001,
  }));
  const checks = [30, 60, 90, 120].map((step) => ({ step, "top1 (val)": end - 0.3 * Math.exp(-step / 40) }));
  return { history: { train: history, checks } };
}

export const RUN: RunMetadata = {
  id: "2026-11-23T09-30-00-1a2b3c",
  startedAt: "2026-11-23T09:30:00.000Z",
  finishedAt: "2026-11-23T09:32:11.000Z",
  status: "complete",
  seconds: 131,
  computed: 148,
  cached: 6,
  failed: 0,
  savedSeconds: 22,
  xferc: "0.1.0",
  node: "20.20.2",
  platform: "linux x64",
  signature: SIGNATURE,
  lockDigest: "9f2b".repeat(16),
  command: "xferc run studies/quickstart.xfer",
};

export interface RunOptions {
  readonly run?: Partial<RunMetadata>;
  readonly diagnostics?: readonly Diagnostic[];
  /** Why the nodes of a binding failed; undefined where they did not. */
  readonly fails?: (binding: ResultBinding) => string | undefined;
  /** Bindings whose nodes never ran. */
  readonly pending?: (binding: ResultBinding) => boolean;
}

export function planned(of: CheckedStudy): Plan {
  const { plan, diagnostics } = planOf(of, factsFor(of, FACTS));
  if (diagnostics.length > 0) {
    throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  }
  return plan;
}

function manifestOf(node: PlanNode, value: Json): Manifest {
  return {
    format: 1,
    key: node.key,
    op: node.op,
    outputs: {},
    value,
    seconds: Math.round((node.op === "train" ? 4.2 : 0.3) * (1 + 0.2 * noise("time", node.key)) * 1000) / 1000,
    peakBytes: 2 ** 28,
    createdAt: RUN.startedAt,
    by: { xferc: "0.1.0", host: "made-up", engine: "onnx" },
    recipe: null,
  };
}

/** Every node with a result, but for those that fail or wait. */
export function made(of: CheckedStudy, options: RunOptions = {}): ReportInput {
  const plan = planned(of);
  const failures = new Map<NodeKey, string>();
  const waiting = new Set<NodeKey>();
  const first = new Map<NodeKey, ResultBinding>();
  for (const binding of plan.results) {
    const reason = options.fails?.(binding);
    if (reason !== undefined) failures.set(binding.node, reason);
    if (options.pending?.(binding) === true) waiting.add(binding.node);
    if (!first.has(binding.node)) first.set(binding.node, binding);
  }
  const manifests = new Map<NodeKey, Manifest>();
  for (const node of plan.nodes) {
    const binding = first.get(node.key);
    if (failures.has(node.key) || waiting.has(node.key)) continue;
    const value: Json =
      binding !== undefined
        ? { rows: layerValues(node, binding), warnings: [] }
        : node.op === "train"
          ? trainValue(node)
          : null;
    manifests.set(node.key, manifestOf(node, value));
  }
  return {
    study: of,
    plan,
    manifest: (key) => manifests.get(key),
    failure: (key) => failures.get(key),
    run: { ...RUN, ...options.run },
    diagnostics: options.diagnostics ?? [],
  };
}
