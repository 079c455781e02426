/** What plug-ins bring, as entries of the catalogue: data, without their code. */

import { CHANNELS, PATH, TRUST } from "../../catalog/datasets/shared.js";
import { BUILTIN, CATALOG_KINDS, type PluginEntries } from "../../catalog/index.js";
import type {
  CatalogEntry,
  MetricEntry,
  ModelEntry,
  ParameterSchema,
  PluginRef,
  ProbeEntry,
} from "../../catalog/types.js";
import { PLUGIN_STATES } from "../../compiler/plan/passes.js";
import type { Plugin, PluginDataset, PluginMetric, PluginModel, PluginProbe } from "./api.js";
import { PluginError } from "./errors.js";
import type { PluginSpec } from "./place.js";
import { DROP_NAMES } from "./schema.js";

/** What means something wherever it stands, so that an entry of that name could not be reached. */
const WORDS = [
  ..."study import param dataset model source part init recipe group experiment derive table figure profile".split(" "),
  ..."vary tune measure for where with then except as not and or in by from yes no".split(" "),
  ..."target initial selected last weights pretrain predictions features take mean log logit exp abs".split(" "),
  ..."rest head units layers backbone buffers bias norm adapter".split(" "),
];

export interface Loaded {
  readonly spec: PluginSpec;
  readonly plugin: Plugin;
}

export function checkCollisions(loaded: readonly Loaded[]): void {
  const owners = new Map<string, string>(WORDS.map((word) => [word, "is a word of the language"]));
  for (const kind of CATALOG_KINDS) {
    for (const id of BUILTIN.names(kind)) owners.set(id, `is built in as a ${kind}`);
  }
  const names = new Map<string, string>();
  for (const { spec, plugin } of loaded) {
    const own = `plug-in ${plugin.name} (${spec.from})`;
    const twin = names.get(plugin.name);
    if (twin !== undefined) throw new PluginError(`${own} has the name of ${twin}`, "rename one of them");
    names.set(plugin.name, own);
    const brought = [
      ...(plugin.metrics ?? []).map(({ id }) => ["metric", id] as const),
      ...(plugin.datasets ?? []).map(({ id }) => ["data set", id] as const),
      ...(plugin.models ?? []).map(({ id }) => ["model", id] as const),
      ...(plugin.probes ?? []).map(({ id }) => ["probe", id] as const),
    ];
    for (const [what, id] of brought) {
      const owner = owners.get(id);
      if (owner !== undefined) throw new PluginError(`${own} brings the ${what} ${id}, which ${owner}`, "rename it");
      owners.set(id, `${own} brings too`);
    }
  }
}

export function entriesOf({ spec: { ref: plugin }, plugin: brought }: Loaded): PluginEntries {
  const { metrics = [], datasets = [], models = [], probes = [] } = brought;
  return {
    metrics: metrics.map((metric) => metricEntry(metric, plugin)),
    datasets: datasets.map((dataset) => datasetEntry(dataset, plugin)),
    models: models.map((model) => modelEntry(model, plugin)),
    probes: probes.map((probe) => probeEntry(probe, plugin)),
  };
}

function metricEntry(metric: PluginMetric, plugin: PluginRef): MetricEntry {
  const { id, version = 1, doc, tasks, reads, direction, range = [null, null], threshold } = metric;
  const { undefinedWhen = "Never, given an image.", source = `Plug-in ${plugin.name} ${plugin.version}.` } = metric;
  const described = { kind: "metric", id, version, doc, parameters: {}, undefinedWhen, source, plugin } as const;
  return { ...described, tasks, reads, direction, range, ...(threshold === undefined ? {} : { threshold }) };
}

function datasetEntry(dataset: PluginDataset, plugin: PluginRef): CatalogEntry {
  const { id, version = 1, doc, parameters = {}, required = [] } = dataset;
  return {
    kind: "dataset",
    id,
    version,
    doc,
    parameters: { path: PATH, ...parameters, channels: CHANNELS, ...TRUST },
    required: ["path", ...required],
    positional: ["path"],
    plugin,
  };
}

function modelEntry(model: PluginModel, plugin: PluginRef): ModelEntry {
  const { id, version = 1, doc, parameters = {}, required = [], size, widths } = model;
  return {
    kind: "model",
    id,
    version,
    doc,
    parameters: {
      ...Object.fromEntries(Object.entries(parameters).map(([name, schema]) => [name, phased(name, schema)])),
      size: {
        type: "integer",
        minimum: 1,
        maximum: 2048,
        default: size,
        unit: "px",
        description: "Height and width of the input.",
      },
    },
    required,
    ...(widths === undefined ? {} : { widths }),
    plugin,
  };
}

function phased(name: string, schema: ParameterSchema): ParameterSchema {
  return DROP_NAMES.some((rate) => rate === name) ? { ...schema, phase: "training" } : schema;
}

const state = (description: string): ParameterSchema => ({ type: "string", refers: "state", description });

function probeEntry(probe: PluginProbe, plugin: PluginRef): ProbeEntry {
  const { id, version = 1, doc, parameters = {}, required = [], reads, layers, byLayer, numbers, sample } = probe;
  const pair = probe.states === 2;
  const names = pair ? ["first", "second"] : ["state"];
  const seesImages = reads !== "tensors";
  const taps = !seesImages ? "none" : reads.includes("flat") || reads.includes("pooled") ? "layers" : "embedding";
  const given = Object.entries(numbers ?? {}).map(([name, sentence]) => `\`${name}\`: ${sentence}`);
  return {
    kind: "probe",
    id,
    version,
    doc: given.length === 0 ? doc : `${doc} Adds the axis \`number\`: ${given.join("; ")}`,
    parameters: {
      ...(pair
        ? { first: state("A state."), second: state("The state it is compared with.") }
        : { state: { ...state("The state it is of."), default: "selected" } }),
      ...parameters,
      ...(seesImages ? imageParameters(sample) : {}),
    },
    required: [...(pair ? names : []), ...required],
    positional: names,
    states: names.map((name) => (pair ? { name } : { name, default: "selected" })),
    split: seesImages ? "test" : null,
    inner: [
      ...(byLayer === undefined ? [] : (["layer"] as const)),
      ...(numbers === undefined ? [] : (["number"] as const)),
    ],
    ...(numbers === undefined ? {} : { numbers: Object.keys(numbers) }),
    metric: "none",
    estimator: [],
    called: `${probe.estimator ?? id} v${version} of ${plugin.name} ${plugin.version}`,
    estimatorUnlessDefault: Object.keys(parameters),
    reads: {
      kind: "inputs",
      states: pair ? PLUGIN_STATES : { a: "state" },
      images: seesImages ? { data: "on" } : {},
      taps,
      ...(layers === undefined ? {} : { only: layers }),
      ...(seesImages && sample !== undefined ? { draws: "images" } : {}),
    },
    cost: { passes: seesImages ? 1 : 0 },
    plugin,
  };
}

function imageParameters(sample: number | undefined): ProbeEntry["parameters"] {
  const on: ParameterSchema = {
    type: "string",
    refers: "split",
    default: "test",
    description: "The split the images come from.",
  };
  if (sample === undefined) return { on };
  const images: ParameterSchema = {
    type: "integer",
    minimum: 1,
    maximum: 1_000_000,
    default: sample,
    unit: "images",
    description: "Size of the sample; all images where the split has fewer.",
  };
  return { images, on };
}
