/** A run as its folder records it, of this version of xferc or another. */

import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  LOCK_FILE,
  type Lock,
  type NumericSignature,
  type RecordedPlan,
  readLock,
  readPlanJson,
} from "../../compiler/plan/index.js";
import { displayPath } from "../host/files.js";
import { sha256 } from "../store/disk.js";
import { RecordError } from "./errors.js";
import { findRun } from "./locate.js";

export interface RunRecord {
  /** Absolute. */
  readonly folder: string;
  /** As users know it. */
  readonly shown: string;
  readonly lock: Lock;
  readonly plan: RecordedPlan;
  /** The study's own file, below `study/`. */
  readonly file: string;
  /** Every file below `study/`. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly head: RunHead;
}

/** What the run says of itself; null where its report does not. */
export interface RunHead {
  readonly id: string | null;
  readonly startedAt: string | null;
  readonly seconds: number | null;
  readonly status: string | null;
  readonly node: string | null;
  readonly platform: string | null;
  readonly signature: NumericSignature;
  readonly profile: string | null;
  /** `finetune.for = 4 steps`: of its profile and of `--set`. */
  readonly overrides: readonly string[];
}

/** @throws UsageError where there is nothing, RecordError where it cannot be read */
export function readRecord(named: string, cwd: string): RunRecord {
  const folder = findRun(named, cwd);
  const shown = displayPath(folder, cwd);
  const lock = readLockOf(folder, shown);
  const plan = readPlanOf(folder, shown);
  const report = readReport(folder);
  const files = studyFiles(join(folder, "study"));
  checkTexts(lock, files, shown);
  const signature = lock.engine ?? plan.signature;
  return {
    folder,
    shown,
    lock,
    plan,
    files,
    file: ownFile(lock, report, files, shown),
    head: headOf(report, signature),
  };
}

const NEWER = "read it with the xferc that wrote it, or a later one";

function readLockOf(folder: string, shown: string): Lock {
  const read = readLock(textOf(join(folder, LOCK_FILE), `${shown} has no ${LOCK_FILE}`));
  if (read.ok) return read.lock;
  throw new RecordError(`${shown}/${LOCK_FILE} cannot be read: ${read.problem}`, NEWER);
}

function readPlanOf(folder: string, shown: string): RecordedPlan {
  const read = readPlanJson(textOf(join(folder, "plan.json"), `${shown} has no plan.json`));
  if (read.ok) return read.plan;
  throw new RecordError(`${shown}/plan.json cannot be read: ${read.problem}`, NEWER);
}

function textOf(path: string, problem: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new RecordError(problem, "it is written when a run starts: is this the whole folder?");
  }
}

interface Fields {
  readonly [name: string]: unknown;
}

/** `report/data.json`, whatever version wrote it: each field is looked at when it is used. */
function readReport(folder: string): { readonly run: Fields; readonly study: Fields } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(join(folder, "report", "data.json"), "utf8"));
  } catch {
    parsed = undefined;
  }
  const { run, study } = fields(parsed);
  return { run: fields(run), study: fields(study) };
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function headOf({ run, study }: ReturnType<typeof readReport>, signature: NumericSignature): RunHead {
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  const { overrides } = study;
  return {
    id: text(run.id),
    startedAt: text(run.startedAt),
    seconds: typeof run.seconds === "number" ? run.seconds : null,
    status: text(run.status),
    node: text(run.node),
    platform: text(run.platform),
    signature,
    profile: text(study.profile),
    overrides: Array.isArray(overrides) ? overrides.filter((each): each is string => typeof each === "string") : [],
  };
}

const MOST_FILES = 10_000;
const MOST_BYTES = 2 * 1024 * 1024;

/** Texts below a folder by their path in it, with forward slashes; none where there is no such folder. */
function studyFiles(folder: string): RunRecord["files"] {
  let names: readonly string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
  return names
    .slice(0, MOST_FILES)
    .filter((name) => name.endsWith(".xfer"))
    .flatMap((name) => {
      const path = join(folder, name);
      // a link in a folder of someone else's leads anywhere
      const kind = lstatSync(path, { throwIfNoEntry: false });
      if (!kind?.isFile() || kind.size > MOST_BYTES) return [];
      return [{ path: name.replaceAll("\\", "/"), text: readFileSync(path, "utf8") }];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What was run is what the lock has digests of. @throws RecordError where the copy was edited, or is not whole */
function checkTexts({ selection }: Lock, files: RunRecord["files"], shown: string): void {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  for (const { path, sha256: digest } of selection?.files ?? []) {
    const text = texts.get(path);
    if (text !== undefined && sha256(text) === digest) continue;
    const what = text === undefined ? "is missing" : "is not the file that was run";
    throw new RecordError(
      `${shown}/study/${path} ${what}`,
      "to change a study, run it; a run's folder stays as it was",
    );
  }
}

/** The lock says it; of an early run the report does, by its last part. */
function ownFile(
  { selection }: Lock,
  { study }: ReturnType<typeof readReport>,
  files: RunRecord["files"],
  shown: string,
): string {
  const paths = files.map(({ path }) => path);
  if (selection !== null && paths.includes(selection.file)) return selection.file;
  const [first] = Array.isArray(study.files) ? study.files : [];
  const { name } = fields(first);
  const named = paths.filter((path) => path === name || path.endsWith(`/${String(name)}`));
  const own = named.length > 0 ? named : files.filter(({ text }) => /^\s*study\b/m.test(text)).map(({ path }) => path);
  const [only, ...others] = own;
  if (only !== undefined && others.length === 0) return only;
  throw new RecordError(
    only === undefined
      ? `${shown} has no study in study/`
      : `${shown}: which of ${own.join(", ")} was run is not recorded`,
    "it has to be the whole folder of a run",
  );
}
