/** The catalogue: every entry, and how to find one. */

import { ADAPTERS } from "./adapters/index.js";
import { AUGMENTS } from "./augment/index.js";
import { AVERAGES } from "./averages/index.js";
import { DATASETS } from "./datasets/index.js";
import { INITS } from "./init/index.js";
import { LOSSES } from "./losses/index.js";
import { MARKS } from "./marks/index.js";
import { METRICS } from "./metrics/index.js";
import { MIXES } from "./mixes/index.js";
import { MODELS } from "./models/index.js";
import { OPTIMIZERS } from "./optimizers/index.js";
import { PRECISIONS } from "./precision/index.js";
import { PROBES } from "./probes/index.js";
import { SAMPLERS } from "./samplers/index.js";
import { SCHEDULES } from "./schedules/index.js";
import { SELECTIONS } from "./selection/index.js";
import { SOLVERS } from "./solvers/index.js";
import { STATES } from "./states/index.js";
import { STOPS } from "./stops/index.js";
import { TESTS } from "./tests/index.js";
import { TRANSFORMS } from "./transforms/index.js";
import type {
  CatalogEntry,
  CatalogKind,
  MarkEntry,
  MetricEntry,
  ModelEntry,
  ProbeEntry,
  StateEntry,
  TestEntry,
  TransformEntry,
} from "./types.js";

export interface EntryOf {
  dataset: CatalogEntry;
  model: ModelEntry;
  optimizer: CatalogEntry;
  schedule: CatalogEntry;
  augment: CatalogEntry;
  transform: TransformEntry;
  selection: CatalogEntry;
  precision: CatalogEntry;
  solver: CatalogEntry;
  loss: CatalogEntry;
  mix: CatalogEntry;
  average: CatalogEntry;
  stop: CatalogEntry;
  adapter: CatalogEntry;
  init: CatalogEntry;
  sampler: CatalogEntry;
  state: StateEntry;
  probe: ProbeEntry;
  metric: MetricEntry;
  test: TestEntry;
  mark: MarkEntry;
}

const CATALOG: { readonly [K in CatalogKind]: readonly EntryOf[K][] } = {
  dataset: DATASETS,
  model: MODELS,
  optimizer: OPTIMIZERS,
  schedule: SCHEDULES,
  augment: AUGMENTS,
  transform: TRANSFORMS,
  selection: SELECTIONS,
  precision: PRECISIONS,
  solver: SOLVERS,
  loss: LOSSES,
  mix: MIXES,
  average: AVERAGES,
  stop: STOPS,
  adapter: ADAPTERS,
  init: INITS,
  sampler: SAMPLERS,
  state: STATES,
  probe: PROBES,
  metric: METRICS,
  test: TESTS,
  mark: MARKS,
};

export const CATALOG_KINDS = Object.keys(CATALOG) as readonly CatalogKind[];

/** A catalogue as a value: the built-in one, or that and what a project's plug-ins bring. Never changed once made. */
export interface Catalog {
  /** All entries of a kind, in the order people see them. */
  entries<K extends CatalogKind>(kind: K): readonly EntryOf[K][];
  /** By id or alias. */
  entry<K extends CatalogKind>(kind: K, id: string): EntryOf[K] | undefined;
  /** Ids and aliases: what may be written. */
  names(kind: CatalogKind): readonly string[];
}

function catalogOf(all: { readonly [K in CatalogKind]: readonly EntryOf[K][] }): Catalog {
  return {
    entries: (kind) => all[kind],
    entry: (kind, id) => all[kind].find((candidate) => candidate.id === id || candidate.aliases?.includes(id)),
    names: (kind) => all[kind].flatMap((candidate) => [candidate.id, ...(candidate.aliases ?? [])]),
  };
}

export const BUILTIN: Catalog = catalogOf(CATALOG);

/** Of what plug-ins may bring; their entries carry the plug-in. */
export interface PluginEntries {
  readonly metrics: readonly MetricEntry[];
  readonly datasets: readonly CatalogEntry[];
  readonly models?: readonly ModelEntry[];
  readonly probes?: readonly ProbeEntry[];
}

/** The built-in catalogue with entries after its own. Who calls it has looked for collisions. */
export function withPlugins(plugins: readonly PluginEntries[]): Catalog {
  if (plugins.length === 0) return BUILTIN;
  return catalogOf({
    ...CATALOG,
    metric: [...METRICS, ...plugins.flatMap(({ metrics }) => metrics)],
    dataset: [...DATASETS, ...plugins.flatMap(({ datasets }) => datasets)],
    model: [...MODELS, ...plugins.flatMap(({ models = [] }) => models)],
    probe: [...PROBES, ...plugins.flatMap(({ probes = [] }) => probes)],
  });
}

/** Of the built-in catalogue, for kinds that no plug-in brings. */
export const entries: Catalog["entries"] = BUILTIN.entries;
/** Of the built-in catalogue, for kinds that no plug-in brings. */
export const entry: Catalog["entry"] = BUILTIN.entry;
/** Of the built-in catalogue, for kinds that no plug-in brings. */
export const names: Catalog["names"] = BUILTIN.names;

export { fillDefaults, type Validation, validate } from "./validate.js";
