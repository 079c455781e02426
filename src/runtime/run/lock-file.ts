/** `study.lock.json` beside a study: read to do without the data, written when data was seen. */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  canonicalJson,
  datasetIdentity,
  LOCK_FILE,
  type Lock,
  type LockedPredictions,
  lockText,
  readLock,
  weightsIdentity,
} from "../../compiler/plan/index.js";
import { displayPath } from "../host/files.js";
import { replaceFile } from "../store/replace.js";
import { type PortablePlace, portable, studyPath } from "./portable.js";

export type LockPlace = PortablePlace;

export type FoundLock =
  | { readonly status: "none" }
  /** As it is in the file: what is looked up in it is made `portable` first. */
  | { readonly status: "read"; readonly lock: Lock; readonly path: string }
  | { readonly status: "unusable"; readonly path: string; readonly problem: string };

export function findLock(place: LockPlace): FoundLock {
  const path = lockPath(place);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return { status: "none" };
  }
  const read = readLock(text);
  const shown = displayPath(path, place.cwd);
  if (!read.ok) return { status: "unusable", path: shown, problem: read.problem };
  return { status: "read", lock: read.lock, path: shown };
}

export type KeptLock =
  | { readonly status: "unchanged" | "written"; readonly path: string }
  /** A read-only folder; the lock is in the run folder alone. */
  | { readonly status: "refused"; readonly path: string; readonly reason: string };

/**
 * Several studies may lie in one folder: what the lock there holds of other data sets stays in it. It goes with the study
 * to other machines, so it changes with what the study reads and means: where nothing but the engine is another, it keeps
 * saying which one it was written with, and the run's folder says which one computed.
 */
export function keepLock(lock: Lock, place: LockPlace): KeptLock {
  const path = lockPath(place);
  const shown = displayPath(path, place.cwd);
  const before = findLock(place);
  const own = portableLock(lock, place);
  const merged = before.status === "read" ? merge(own, before.lock) : own;
  const text = lockText(merged);
  try {
    if (before.status === "read" && isSameAs(merged, readFileSync(path, "utf8"), before.lock)) {
      return { status: "unchanged", path: shown };
    }
    replaceFile(path, text);
    return { status: "written", path: shown };
  } catch (error) {
    return { status: "refused", path: shown, reason: error instanceof Error ? error.message : String(error) };
  }
}

function isSameAs(lock: Lock, before: string, { engine }: Lock): boolean {
  // Git may have turned its line ends
  return before.replaceAll("\r\n", "\n") === lockText({ ...lock, engine: engine ?? lock.engine });
}

/** The lock's file: paths relative to the study's folder, so that it can go with the study anywhere. */
export function portableLockText(lock: Lock, place: LockPlace): string {
  return lockText(portableLock(lock, place));
}

function portableLock(lock: Lock, place: LockPlace): Lock {
  const { selection, predictions } = lock;
  return {
    ...lock,
    ...(predictions === undefined ? {} : { predictions: sorted(predictions.map((each) => portable(each, place))) }),
    datasets: sorted(lock.datasets.map((dataset) => portable(dataset, place))),
    weights: sorted(lock.weights.map((weights) => portable(weights, place))),
    selection: selection && {
      ...selection,
      file: studyPath(selection.file, place),
      files: selection.files.map(({ path, sha256 }) => ({ path: studyPath(path, place), sha256 })),
    },
  };
}

function merge(lock: Lock, before: Lock): Lock {
  const datasets = new Set(lock.datasets.map(datasetIdentity));
  const weights = new Set(lock.weights.map(weightsIdentity));
  const predictions = [...(lock.predictions ?? []), ...(before.predictions ?? []).filter((each) => !isIn(lock, each))];
  return {
    ...lock,
    ...(predictions.length === 0 ? {} : { predictions: sorted(predictions) }),
    datasets: sorted([...lock.datasets, ...before.datasets.filter((each) => !datasets.has(datasetIdentity(each)))]),
    weights: sorted([...lock.weights, ...before.weights.filter((each) => !weights.has(weightsIdentity(each)))]),
  };
}

function isIn({ predictions = [] }: Lock, { path, declaredIn }: LockedPredictions): boolean {
  return predictions.some((each) => each.path === path && each.declaredIn === declaredIn);
}

function sorted<T>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
}

function lockPath({ cwd, study }: LockPlace): string {
  return join(dirname(resolve(cwd, study)), LOCK_FILE);
}
