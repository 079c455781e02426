/**
 * study.lock.json: what a study's data sets and checkpoints were, so that `check` and `plan` work without them, and a
 * later run can say what has changed. It may come with someone else's study: nothing in it is trusted beyond its schema,
 * and no number of it reaches a result except through a key.
 */

import type { ErrorObject } from "ajv";
import { BUILTIN, CATALOG_KINDS, type Catalog } from "../../catalog/index.js";
import { documentCheck } from "../../catalog/json-check.js";
import type { Choice, PluginRef } from "../../catalog/types.js";
import type { DatasetFacts, Fact, PredictionsFacts, WeightsFacts } from "../host.js";
import type {
  CheckedStudy,
  DatasetSpec,
  FeaturesSpec,
  PredictionsSpec,
  SplitSpec,
  ViewSpec,
  WeightsSpec,
} from "../study.js";
import type { WeightsNames } from "../weights-names.js";
import { canonicalJson } from "./canonical.js";
import { resourcesOf, type StudyFacts } from "./facts.js";
import { sha256 } from "./key.js";
import { FIRST_LOCK_SCHEMA, LOCK_SCHEMA } from "./lock.schema.js";
import type { NumericSignature } from "./types.js";
import { OP_VERSIONS } from "./versions.js";

const LOCK_FORMAT = 2;
export const LOCK_FILE = "study.lock.json";

export interface Lock {
  readonly format: typeof LOCK_FORMAT;
  readonly xferc: string;
  readonly study: string;
  /** What computed the results the lock was written with; null where `xferc data` wrote it. */
  readonly engine: NumericSignature | null;
  /** By operation; other versions of xferc have others. */
  readonly ops: { readonly [op: string]: number };
  /** Versions of catalogue entries: `optimizer.adam`. Empty where an early xferc wrote the lock. */
  readonly catalog: { readonly [entry: string]: number };
  readonly datasets: readonly LockedDataset[];
  readonly weights: readonly LockedWeights[];
  /** Null where an early xferc wrote the lock. */
  readonly selection: LockedSelection | null;
  /** Absent where there are none. */
  readonly predictions?: readonly LockedPredictions[];
  /** Those that brought something; absent where there were none. */
  readonly plugins?: readonly PluginRef[];
}
/** What of the study was run: enough to give the same command again. */
export interface LockedSelection {
  /** The study's own file. */
  readonly file: string;
  /** Every file read. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly profile: string | null;
  /** `path=value`, as given to `--set`. */
  readonly set: readonly string[];
  /** Experiments that were kept; none kept all. */
  readonly only: readonly string[];
}
export interface LockedDataset {
  readonly name: string;
  readonly adapter: Choice;
  readonly path: string;
  readonly declaredIn: string;
  readonly split: SplitSpec;
  readonly views?: readonly ViewSpec[];
  readonly seed?: number;
  readonly facts: DatasetFacts;
}
export interface LockedWeights {
  /** Of the source that names it; empty where an early xferc wrote the lock. */
  readonly name: string;
  readonly path: string;
  readonly declaredIn: string;
  /** Where the study tells what the tensors are called. */
  readonly names?: WeightsNames;
  readonly facts: WeightsFacts;
}

export interface LockedPredictions {
  readonly path: string;
  readonly declaredIn: string;
  readonly facts: PredictionsFacts;
}

export interface LockInput {
  readonly study: CheckedStudy;
  readonly facts: StudyFacts;
  readonly xferc: string;
  readonly engine: NumericSignature | null;
  readonly selection: Omit<LockedSelection, "file" | "files">;
}

/** Of what is known; sorted, so that equal studies have equal locks. */
export function makeLock({ study, facts, xferc, engine, selection }: LockInput): Lock {
  const resources = resourcesOf(study);
  const datasets = [...resources.datasets].flatMap((spec): LockedDataset[] => {
    const fact = facts.datasets.get(spec);
    if (fact?.status !== "known") return [];
    const { name, adapter, path, declaredIn, split, views, seed } = spec;
    const chosen = { ...(views === undefined ? {} : { views }), ...(seed === undefined ? {} : { seed }) };
    return [{ name, adapter, path, declaredIn, split, ...chosen, facts: fact.facts }];
  });
  const weights = [...resources.weights].flatMap((spec): LockedWeights[] => {
    const fact = facts.weights.get(spec);
    const name = resources.weightNames.get(spec) ?? "";
    if (fact?.status !== "known") return [];
    const { path, declaredIn, names } = spec;
    return [{ name, path, declaredIn, ...(names === undefined ? {} : { names }), facts: fact.facts }];
  });
  const predictions = [...resources.predictions].flatMap((spec): LockedPredictions[] => {
    const fact = facts.predictions?.get(spec);
    return fact?.status === "known" ? [{ path: spec.path, declaredIn: spec.declaredIn, facts: fact.facts }] : [];
  });
  return {
    format: LOCK_FORMAT,
    xferc,
    study: study.name,
    engine,
    ops: OP_VERSIONS,
    catalog: catalogVersions(study.catalog),
    datasets: distinct(datasets),
    weights: distinct(weights),
    ...(predictions.length === 0 ? {} : { predictions: distinct(predictions) }),
    selection: {
      file: study.files[0]?.path ?? "",
      files: study.files.map(({ path, text }) => ({ path, sha256: sha256(text) })),
      ...selection,
    },
    ...lockedPlugins(study.catalog),
  };
}

function lockedPlugins(catalog: Catalog = BUILTIN): Pick<Lock, "plugins"> {
  const brought = CATALOG_KINDS.flatMap((kind) => catalog.entries(kind).flatMap(({ plugin }) => plugin ?? []));
  const byName = new Map(brought.map((plugin) => [plugin.name, plugin]));
  const plugins = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return plugins.length === 0 ? {} : { plugins };
}

/** Marks draw; they change no number. */
export function catalogVersions(catalog: Catalog = BUILTIN): Lock["catalog"] {
  return Object.fromEntries(
    CATALOG_KINDS.filter((kind) => kind !== "mark").flatMap((kind) =>
      catalog.entries(kind).map(({ id, version }) => [`${kind}.${id}`, version] as const),
    ),
  );
}

function distinct<T>(items: readonly T[]): readonly T[] {
  const byText = new Map(items.map((item) => [canonicalJson(item), item]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

export function lockText(lock: Lock): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(lock)), null, 2)}\n`;
}

export type LockRead = { readonly ok: true; readonly lock: Lock } | { readonly ok: false; readonly problem: string };

/** A lock lists names and counts, a checkpoint's tensors at most. */
const MAX_LOCK_LENGTH = 64 * 1024 * 1024;

export function readLock(text: string): LockRead {
  if (text.length > MAX_LOCK_LENGTH) return { ok: false, problem: "it is larger than any lock can be" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: "it is not JSON" };
  }
  const format = typeof value === "object" && value !== null && "format" in value ? value.format : undefined;
  if (typeof format === "number" && format > LOCK_FORMAT) {
    return { ok: false, problem: `it is of format ${format}; this xferc reads format ${LOCK_FORMAT}` };
  }
  if (format === 1) {
    const isFirst = firstCheck();
    return isFirst(value) ? { ok: true, lock: ofFirst(value) } : wrongLock(isFirst);
  }
  const isLock = lockCheck();
  return isLock(value) ? { ok: true, lock: value } : wrongLock(isLock);
}

function wrongLock({ errors }: { readonly errors?: readonly ErrorObject[] | null }): LockRead {
  const [error] = errors ?? [];
  return { ok: false, problem: `${error?.instancePath || "/"} ${error?.message ?? "is not a lock"}` };
}

interface FirstLock extends Omit<Lock, "format" | "catalog" | "weights" | "selection"> {
  readonly format: 1;
  readonly weights: readonly Omit<LockedWeights, "name">[];
}

const lockCheck = documentCheck<Lock>("lock", LOCK_SCHEMA);
const firstCheck = documentCheck<FirstLock>("first-lock", FIRST_LOCK_SCHEMA);

function ofFirst(lock: FirstLock): Lock {
  const weights = lock.weights.map((each) => ({ ...each, name: "" }));
  return { ...lock, format: LOCK_FORMAT, catalog: {}, weights, selection: null };
}

/** What the lock knows of a data set; `unknown` where it is not in it. */
export function lockedDataset(lock: Lock, spec: DatasetSpec): Fact<DatasetFacts> {
  const identity = datasetIdentity(spec);
  const locked = lock.datasets.find((each) => datasetIdentity(each) === identity);
  if (!locked) return { status: "unknown", reason: `${LOCK_FILE} does not hold ${spec.name}` };
  return { status: "known", facts: locked.facts, from: "lock" };
}

export function lockedWeights(lock: Lock, spec: WeightsSpec): Fact<WeightsFacts> {
  const identity = weightsIdentity(spec);
  const locked = lock.weights.find((each) => weightsIdentity(each) === identity);
  if (!locked) return { status: "unknown", reason: `${LOCK_FILE} does not hold ${spec.path}` };
  return { status: "known", facts: locked.facts, from: "lock" };
}

/** One file may be read in several ways: the teacher of it, and the student. */
export function weightsIdentity({
  path,
  declaredIn,
  names,
}: Pick<WeightsSpec, "path" | "declaredIn" | "names">): string {
  return canonicalJson([path, declaredIn, names ?? null]);
}

export function lockedPredictions(lock: Lock, spec: PredictionsSpec | FeaturesSpec): Fact<PredictionsFacts> {
  const locked = lock.predictions?.find(
    ({ path, declaredIn, facts }) =>
      path === spec.path &&
      declaredIn === spec.declaredIn &&
      (facts.form === "features") === (spec.scores === "features"),
  );
  if (!locked) return { status: "unknown", reason: `${LOCK_FILE} does not hold ${spec.path}` };
  return { status: "known", facts: locked.facts, from: "lock" };
}

/** The declaration's meaning, not its name. */
export function datasetIdentity(spec: Omit<LockedDataset, "name" | "facts">): string {
  const { adapter, path, declaredIn, split, views = null, seed = null } = spec;
  return canonicalJson([adapter, path, declaredIn, split, views, seed]);
}
