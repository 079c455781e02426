/**
 * study.lock.json: what a study's data sets and checkpoints were, so that `check` and `plan` work without them, and a
 * later run can say what has changed. It may come with someone else's study: nothing in it is trusted beyond its schema,
 * and no number of it reaches a result except through a key.
 */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { Choice } from "../../catalog/types.js";
import type { DatasetFacts, Fact, WeightsFacts } from "../host.js";
import type { CheckedStudy, DatasetSpec, SplitSpec, WeightsSpec } from "../study.js";
import { canonicalJson } from "./canonical.js";
import { resourcesOf, type StudyFacts } from "./facts.js";
import { LOCK_SCHEMA } from "./lock.schema.js";
import type { NumericSignature, OpName } from "./types.js";
import { OP_VERSIONS } from "./versions.js";

export const LOCK_FORMAT = 1;
export const LOCK_FILE = "study.lock.json";

export interface Lock {
  readonly format: typeof LOCK_FORMAT;
  readonly xferc: string;
  readonly study: string;
  /** What computed the results the lock was written with; null where `xferc data` wrote it. */
  readonly engine: NumericSignature | null;
  readonly ops: { readonly [K in OpName]?: number };
  readonly datasets: readonly LockedDataset[];
  readonly weights: readonly LockedWeights[];
}
export interface LockedDataset {
  readonly name: string;
  readonly adapter: Choice;
  readonly path: string;
  readonly declaredIn: string;
  readonly split: SplitSpec;
  readonly facts: DatasetFacts;
}
export interface LockedWeights {
  readonly path: string;
  readonly declaredIn: string;
  readonly facts: WeightsFacts;
}

export interface LockInput {
  readonly study: CheckedStudy;
  readonly facts: StudyFacts;
  readonly xferc: string;
  readonly engine: NumericSignature | null;
}

/** Of what is known; sorted, so that equal studies have equal locks. */
export function makeLock({ study, facts, xferc, engine }: LockInput): Lock {
  const resources = resourcesOf(study);
  const datasets = [...resources.datasets].flatMap((spec): LockedDataset[] => {
    const fact = facts.datasets.get(spec);
    if (fact?.status !== "known") return [];
    const { name, adapter, path, declaredIn, split } = spec;
    return [{ name, adapter, path, declaredIn, split, facts: fact.facts }];
  });
  const weights = [...resources.weights].flatMap((spec): LockedWeights[] => {
    const fact = facts.weights.get(spec);
    return fact?.status === "known" ? [{ path: spec.path, declaredIn: spec.declaredIn, facts: fact.facts }] : [];
  });
  return {
    format: LOCK_FORMAT,
    xferc,
    study: study.name,
    engine,
    ops: OP_VERSIONS,
    datasets: distinct(datasets),
    weights: distinct(weights),
  };
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

let validate: ValidateFunction<Lock> | undefined;

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
  validate ??= new Ajv2020({
    strict: true,
    meta: false,
    validateSchema: false,
    code: { optimize: false },
  }).compile<Lock>(LOCK_SCHEMA);
  if (validate(value)) return { ok: true, lock: value };
  const [error] = validate.errors ?? [];
  return { ok: false, problem: `${error?.instancePath || "/"} ${error?.message ?? "is not a lock"}` };
}

/** What the lock knows of a data set; `unknown` where it is not in it. */
export function lockedDataset(lock: Lock, spec: DatasetSpec): Fact<DatasetFacts> {
  const identity = datasetIdentity(spec);
  const locked = lock.datasets.find((each) => datasetIdentity(each) === identity);
  if (!locked) return { status: "unknown", reason: `${LOCK_FILE} does not hold ${spec.name}` };
  return { status: "known", facts: locked.facts, from: "lock" };
}

export function lockedWeights(lock: Lock, spec: WeightsSpec): Fact<WeightsFacts> {
  const locked = lock.weights.find(({ path, declaredIn }) => path === spec.path && declaredIn === spec.declaredIn);
  if (!locked) return { status: "unknown", reason: `${LOCK_FILE} does not hold ${spec.path}` };
  return { status: "known", facts: locked.facts, from: "lock" };
}

/** The declaration's meaning, not its name. */
function datasetIdentity({ adapter, path, declaredIn, split }: Omit<LockedDataset, "name" | "facts">): string {
  return canonicalJson([adapter, path, declaredIn, split]);
}
