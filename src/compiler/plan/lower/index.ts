/** Checked study → plan. Pure: what is known of data and weights comes in as facts. */

import { BUILTIN } from "../../../catalog/index.js";
import { traceModel } from "../../../models/trace.js";
import type { Diagnostic } from "../../diagnostics.js";
import {
  type Cell,
  type CellId,
  CHOSEN_MEASURE,
  type CheckedStudy,
  type MeasureSignature,
  type ProbeSpec,
  TRAINED_MEASURE,
} from "../../study.js";
import { checkRules } from "../check/rules.js";
import { checkSupplies } from "../check/supplies.js";
import { checkTrainedParts, TrainedUse } from "../check/trained-parts.js";
import { DEFAULT_RATES, type Rates } from "../estimate.js";
import type { StudyFacts } from "../facts.js";
import { Graph, type Vertex } from "../graph.js";
import { readsOf } from "../passes.js";
import type { NodeKey, NumericSignature, Plan, ProbeParams, ResultBinding } from "../types.js";
import { lowerComparison } from "./comparison.js";
import { type Context, Identities, newParamsMemo, type Trace } from "./context.js";
import type { MicroBatching } from "./micro-batch.js";
import { RuleUse, SupplyUse } from "./observed.js";
import { lowerRow } from "./row.js";

export interface LowerOptions {
  readonly signature: NumericSignature;
  /** Of this machine, for estimates; without them, of an ordinary one. */
  readonly rates?: Rates;
  /** Whether nodes say what they cost; they do unless told otherwise. Models' programs are built for it alone. */
  readonly estimates?: "made" | "left out";
  /** Where trainings take a batch in pieces; nowhere unless given. */
  readonly microBatch?: MicroBatching | undefined;
  readonly trace?: Trace;
}

export interface Lowered {
  readonly plan: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

export function lower(study: CheckedStudy, facts: StudyFacts, options: LowerOptions): Lowered {
  const diagnostics = new Map<string, Diagnostic>();
  const context = newContext(study, facts, options, (diagnostic) => {
    const { code, message, location } = diagnostic;
    const told = `${code} ${location.path}:${location.span.start} ${message}`;
    if (!diagnostics.has(told)) diagnostics.set(told, diagnostic);
  });
  const results: ResultBinding[] = [];
  const training = new Map<CellId, NodeKey>();
  let requested = 0;
  for (const { name, cells, measures } of study.experiments) {
    const metrics = new Map(measures.map((measure) => [measure.name, measure.metric]));
    for (const cell of cells) {
      const lowered = lowerRow(context, cell, cell.probes);
      if (!lowered) continue;
      requested += lowered.requested;
      const train = lowered.train;
      if (train) training.set(cell.id, train.node.key);
      if (lowered.choice) results.push(chosenBinding(name, cell, lowered.choice));
      const trained = measures.find((each) => each.probe === "stop");
      if (trained) results.push(...trainedBindings(cell, lowered.stages, trained));
      for (const { probe, vertex } of lowered.probes) {
        results.push(binding(name, cell, probe, vertex, metrics.get(probe.measure)));
      }
    }
  }
  requested += lowerDerives(context, study, results);
  checkRules(context);
  checkSupplies(context);
  checkTrainedParts(context);
  const nodes = context.graph.needed();
  const savedSeconds = nodes.reduce((sum, { cells, estimate }) => sum + (cells.length - 1) * estimate.seconds, 0);
  return {
    plan: { nodes, results, training, sharing: { requested, nodes: nodes.length, savedSeconds } },
    diagnostics: [...diagnostics.values()],
  };
}

function newContext(
  { catalog = BUILTIN }: CheckedStudy,
  facts: StudyFacts,
  options: LowerOptions,
  report: Context["report"],
): Context {
  return {
    catalog,
    graph: new Graph(options.signature, options.estimates),
    facts,
    trace: options.trace ?? traceModel,
    rates: options.rates ?? DEFAULT_RATES,
    microBatch: options.microBatch,
    report,
    datasets: new Map(),
    models: { lowered: new Map(), traced: new Map() },
    ids: new Identities(),
    inits: new Map(),
    params: newParamsMemo(),
    sources: { pretrained: new Map(), imported: new Map(), unusable: new Set() },
    training: { recipes: new Map(), lengths: new Map(), augments: new Map(), streams: new Map(), frozen: new Map() },
    tunes: { choices: new Map(), trials: new Map() },
    cells: new Map(),
    rules: new RuleUse(),
    supplies: new SupplyUse(),
    trained: new TrainedUse(),
  };
}

/** Probes across cells lower like any measure, under `derive:NAME`. */
function lowerDerives(context: Context, study: CheckedStudy, results: ResultBinding[]): number {
  let requested = 0;
  for (const { name, value, metric, estimator } of study.derives) {
    if (value.kind === "comparison") {
      for (const instance of value.instances) {
        const lowered = lowerComparison(context, instance, value.method, name);
        if (!lowered) continue;
        const { cell, vertex } = lowered;
        requested += lowered.requested;
        const { seed, id } = cell;
        const bound = {
          experiment: `derive:${name}`,
          point: valuesOf(instance.point),
          repeat: null,
          seed,
          measure: name,
        };
        results.push({ ...bound, metric, estimator, node: vertex.node.key, cell: id, adjust: value.adjust });
      }
    }
    if (value.kind !== "probe") continue;
    for (const { cell, probe, point, repeat } of value.instances) {
      const lowered = lowerRow(context, cell, [probe]);
      if (!lowered) continue;
      requested += lowered.requested;
      for (const { vertex } of lowered.probes) {
        const bound = binding(`derive:${name}`, { ...cell, point, repeat }, probe, vertex, metric);
        results.push({ ...bound, measure: name });
      }
    }
  }
  return requested;
}

function chosenBinding(experiment: string, cell: Cell, { node }: Vertex): ResultBinding {
  const { repeat, seed, id } = cell;
  const said = { measure: CHOSEN_MEASURE, metric: "value", estimator: "chosen" };
  return { experiment, point: valuesOf(cell.point), repeat, seed, ...said, node: node.key, cell: id };
}

/** One a stage that takes steps; of what was chosen among trials, the last stage alone. */
function trainedBindings(
  cell: Cell,
  stages: readonly Vertex[],
  { inner }: Pick<MeasureSignature, "inner">,
): readonly ResultBinding[] {
  const { experiment, train, repeat, seed, id } = cell;
  const first = train.length - stages.length;
  const said = { measure: TRAINED_MEASURE, metric: "value", estimator: "early" };
  return stages.flatMap(({ node }, index): ResultBinding[] => {
    if (train[first + index]?.solver !== undefined) return [];
    const stage = inner.some(({ name }) => name === "stage") ? { stage: first + index + 1 } : {};
    const point = { ...valuesOf(cell.point), ...stage };
    return [{ experiment, point, repeat, seed, ...said, node: node.key, cell: id }];
  });
}

function binding(
  experiment: string,
  cell: Cell,
  probe: ProbeSpec,
  vertex: Vertex,
  metric: string | undefined,
): ResultBinding {
  return {
    experiment,
    point: pointOf(cell, probe),
    repeat: cell.repeat,
    seed: cell.seed,
    measure: probe.measure,
    metric: metricOf(vertex, metric ?? probe.probe.id),
    estimator: probe.estimator,
    node: vertex.node.key,
    cell: cell.id,
  };
}

const points = new WeakMap<Cell["point"], ResultBinding["point"]>();

function pointOf({ point }: Pick<Cell, "point">, { loops }: ProbeSpec): ResultBinding["point"] {
  let values = points.get(point);
  if (!values) {
    values = valuesOf(point);
    points.set(point, values);
  }
  return Object.keys(loops).length === 0 ? values : { ...values, ...valuesOf(loops) };
}

function valuesOf(point: Cell["point"]): ResultBinding["point"] {
  return Object.fromEntries(Object.entries(point).map(([axis, { value }]) => [axis, value]));
}

/** A score's metric is the node's own, the target being known now; other probes are called as the study's check did. */
function metricOf({ node }: Vertex, declared: string): string {
  if (node.op === "score") return node.params.metric;
  const scored = readsOf(node) && (node.params as ProbeParams).metric;
  return scored ?? declared;
}
