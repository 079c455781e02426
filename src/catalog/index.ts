/** The catalogue: every entry, and how to find one. */

import { AUGMENTS } from "./augment/index.js";
import { DATASETS } from "./datasets/index.js";
import { INITS } from "./init/index.js";
import { MARKS } from "./marks/index.js";
import { METRICS } from "./metrics/index.js";
import { MODELS } from "./models/index.js";
import { OPTIMIZERS } from "./optimizers/index.js";
import { PRECISIONS } from "./precision/index.js";
import { PROBES } from "./probes/index.js";
import { SAMPLERS } from "./samplers/index.js";
import { SCHEDULES } from "./schedules/index.js";
import { SELECTIONS } from "./selection/index.js";
import { STATES } from "./states/index.js";
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
  init: INITS,
  sampler: SAMPLERS,
  state: STATES,
  probe: PROBES,
  metric: METRICS,
  test: TESTS,
  mark: MARKS,
};

export const CATALOG_KINDS = Object.keys(CATALOG) as readonly CatalogKind[];

/** All entries of a kind, in the order people see them. */
export function entries<K extends CatalogKind>(kind: K): readonly EntryOf[K][] {
  return CATALOG[kind];
}

/** By id or alias. */
export function entry<K extends CatalogKind>(kind: K, id: string): EntryOf[K] | undefined {
  return entries(kind).find((candidate) => candidate.id === id || candidate.aliases?.includes(id));
}

/** Ids and aliases: what may be written. */
export function names(kind: CatalogKind): readonly string[] {
  return entries(kind).flatMap((candidate) => [candidate.id, ...(candidate.aliases ?? [])]);
}

export { fillDefaults, type Validation, validate } from "./validate.js";
