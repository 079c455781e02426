/** A run of the quickstart with made-up numbers: the study's own tables and figures, a real plan, results out of a formula. */

import type { Json } from "../../../src/catalog/types.js";
import type { Diagnostic } from "../../../src/compiler/diagnostics.js";
import type { NodeKey, Plan, PlanNode, ResultBinding } from "../../../src/compiler/plan/types.js";
import type { CheckedStudy } from "../../../src/compiler/study.js";
import type { ReportInput, RunMetadata } from "../../../src/runtime/report/types.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { datasetFacts, factsFor, planOf, SIGNATURE, UNITS } from "../../compiler/plan/fixture.js";

const FACTS = {
  "fashion-mnist": datasetFacts("fashion", 6000, 1000, 2000),
  digits_few: datasetFacts("digits", 100, 500, 1000),
  brain: datasetFacts("brain", 1200, 300, 900, 6),
};

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
    start + brain - (vit ? 0.07 : 0) + 0.013 * noise("score", ...Object.values(point).map(String), repeat ?? 0),
  );
}

function layerValues(node: PlanNode, binding: ResultBinding): Json {
  const words = [...Object.values(binding.point).map(String), binding.repeat ?? 0];
  if (node.op === "probe.cka") {
    const { layers = [] } = node.params;
    const scale = binding.point.init === "WT" ? 0.9 : 0.55;
    return layers.flatMap((layer, i) =>
      layers.map((layer2, j) => ({
        inner: { layer, layer2 },
        value: scale * Math.exp(-Math.abs(i - j) / 3) * (1 - 0.04 * j) + 0.03 * noise("cka", layer, layer2, ...words),
      })),
    );
  }
  if (node.op === "probe.knn") {
    const { layers = [] } = node.params;
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
  /** Bindings whose number was not reached. */
  readonly unreached?: (binding: ResultBinding) => boolean;
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
        ? options.unreached?.(binding) === true
          ? { rows: [{ inner: {}, value: null, reason: "not within 600 steps", above: 600 }], warnings: [] }
          : { rows: layerValues(node, binding), warnings: [] }
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
