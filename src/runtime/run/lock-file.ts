/** `study.lock.json` beside a study: read to do without the data, written when data was seen. */

import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { canonicalJson, LOCK_FILE, type Lock, lockText, readLock } from "../../compiler/plan/index.js";
import { absolutePath, BUNDLED, displayPath } from "../host/files.js";
import { bundledStudy } from "../host/package.js";
import { replaceFile } from "../store/replace.js";

export interface LockPlace {
  readonly cwd: string;
  /** The study, as the user named it. */
  readonly study: string;
}

export type FoundLock =
  | { readonly status: "none" }
  | { readonly status: "read"; readonly lock: Lock; readonly path: string }
  | { readonly status: "unusable"; readonly path: string; readonly problem: string };

/** With paths as the host names them here. */
export function findLock(place: LockPlace): FoundLock {
  const path = lockPath(place);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return { status: "none" };
  }
  const read = readLock(text);
  if (!read.ok) return { status: "unusable", path: displayPath(path, place.cwd), problem: read.problem };
  const lock = withPaths(read.lock, (declaredIn) => fromPortable(declaredIn, place));
  return { status: "read", lock, path: displayPath(path, place.cwd) };
}

export type KeptLock =
  | { readonly status: "unchanged" | "written"; readonly path: string }
  /** A read-only folder; the lock is in the run folder alone. */
  | { readonly status: "refused"; readonly path: string; readonly reason: string };

/** Several studies may lie in one folder: what the lock there holds of other data sets stays in it. */
export function keepLock(lock: Lock, place: LockPlace): KeptLock {
  const path = lockPath(place);
  const shown = displayPath(path, place.cwd);
  const before = findLock(place);
  const merged = before.status === "read" ? merge(lock, before.lock) : lock;
  const text = portableLockText(merged, place);
  try {
    if (before.status === "read" && readFileSync(path, "utf8") === text) return { status: "unchanged", path: shown };
    replaceFile(path, text);
    return { status: "written", path: shown };
  } catch (error) {
    return { status: "refused", path: shown, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The lock's file: paths relative to the study's folder, so that it can go with the study anywhere. */
export function portableLockText(lock: Lock, place: LockPlace): string {
  return lockText(withPaths(lock, (declaredIn) => toPortable(declaredIn, place)));
}

function merge(lock: Lock, before: Lock): Lock {
  const datasets = new Set(lock.datasets.map(datasetIdentity));
  const weights = new Set(lock.weights.map(({ path, declaredIn }) => `${declaredIn} ${path}`));
  return {
    ...lock,
    datasets: sorted([...lock.datasets, ...before.datasets.filter((each) => !datasets.has(datasetIdentity(each)))]),
    weights: sorted([
      ...lock.weights,
      ...before.weights.filter(({ path, declaredIn }) => !weights.has(`${declaredIn} ${path}`)),
    ]),
  };
}

function datasetIdentity({ adapter, path, declaredIn, split }: Lock["datasets"][number]): string {
  return canonicalJson([adapter, path, declaredIn, split]);
}

function sorted<T>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
}

function withPaths(lock: Lock, change: (declaredIn: string) => string): Lock {
  const changed = <T extends { readonly declaredIn: string }>(item: T): T => ({
    ...item,
    declaredIn: change(item.declaredIn),
  });
  return { ...lock, datasets: sorted(lock.datasets.map(changed)), weights: sorted(lock.weights.map(changed)) };
}

function lockPath({ cwd, study }: LockPlace): string {
  return join(dirname(resolve(cwd, study)), LOCK_FILE);
}

function toPortable(declaredIn: string, { cwd, study }: LockPlace): string {
  const whole = absolutePath(declaredIn, cwd);
  if (whole === bundledStudy) return BUNDLED;
  return relative(dirname(resolve(cwd, study)), whole)
    .split(sep)
    .join("/");
}

function fromPortable(declaredIn: string, { cwd, study }: LockPlace): string {
  if (declaredIn === BUNDLED) return displayPath(bundledStudy, cwd);
  const whole = isAbsolute(declaredIn) ? declaredIn : resolve(dirname(resolve(cwd, study)), declaredIn);
  return displayPath(whole, cwd);
}
