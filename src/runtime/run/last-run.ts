/** The plan of a study's last run on this cache, and how it ended: what a change is a change from. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import {
  diffPlan,
  type PlanDiff,
  type RecordedPlan,
  readPlanJson,
  type Unfinished,
} from "../../compiler/plan/index.js";
import type { NodeKey, NumericSignature } from "../../compiler/plan/types.js";
import { quarantinedKeys } from "../store/quarantined.js";
import { replaceFile } from "../store/replace.js";
import { type Subject, withFileChanges } from "./data-changes.js";
import type { OpenStudy } from "./open.js";

const FORMAT = 1;

interface LastRun {
  readonly plan: RecordedPlan;
  readonly unfinished: ReadonlyMap<string, Unfinished>;
}

/** What runs, and why: what changed since the last run of this study. */
export async function diffWithLastRun(subject: Subject): Promise<PlanDiff> {
  const { open, study, plan, demand } = subject;
  // where everything is there, nothing runs and nothing needs a reason
  const last = plan.nodes.every(({ key }) => demand.found.has(key)) ? undefined : readLastRun(open);
  const damaged = last && demand.missing.length > 0 ? await quarantinedKeys(open.cache) : new Set();
  const diff = diffPlan(plan, {
    isCached: (key) => demand.found.has(key),
    previous: last?.plan,
    unfinished: last?.unfinished,
    isDamaged: (key) => damaged.has(key),
    files: study.files,
    overrides: study.overrides,
    cells: study.experiments.flatMap(({ cells }) => cells),
  });
  return withFileChanges(diff, subject);
}

/** With `--set`, the last run may have had another plan than the study as written. */
export function nodesOfLastRun(place: Place): readonly NodeKey[] {
  return readLastRun(place)?.plan.nodes.map(({ key }) => key) ?? [];
}

type Place = Pick<OpenStudy, "cache" | "place" | "host">;

function pathOf({ cache, place, host }: Place, extension: string): string {
  const name = relative(host.root, resolve(place.cwd, place.study));
  return join(cache, "plans", `${createHash("sha256").update(name).digest("hex").slice(0, 32)}${extension}`);
}

function readLastRun(open: Place): LastRun | undefined {
  try {
    const read = readPlanJson(readFileSync(pathOf(open, ".json"), "utf8"));
    return read.ok ? { plan: read.plan, unfinished: readUnfinished(open) } : undefined;
  } catch {
    return undefined;
  }
}

/** What computed the last run on this cache, read without its plan; undefined where nobody knows. */
export function engineOfLastRun(open: Place): NumericSignature | undefined {
  return readUnfinishedFile(open)?.engine;
}

/** None where the file is missing or of another version: such nodes then count as taken out of the cache. */
function readUnfinished(open: Place): LastRun["unfinished"] {
  return new Map(Object.entries(readUnfinishedFile(open)?.nodes ?? {}));
}

function readUnfinishedFile(open: Place): UnfinishedFile | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(pathOf(open, ".unfinished.json"), "utf8"));
    return isUnfinishedFile(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

interface UnfinishedFile {
  readonly format: typeof FORMAT;
  readonly nodes: { readonly [key: string]: Unfinished };
  /** Absent where an early xferc wrote it. */
  readonly engine?: NumericSignature;
}

/** Our own file, beside the cache: its form is told by its format. */
function isUnfinishedFile(value: unknown): value is UnfinishedFile {
  return (
    typeof value === "object" &&
    value !== null &&
    "format" in value &&
    value.format === FORMAT &&
    "nodes" in value &&
    typeof value.nodes === "object" &&
    value.nodes !== null
  );
}

export interface WrittenRun {
  readonly plan: string;
  readonly unfinished: UnfinishedFile["nodes"];
  readonly engine: NumericSignature;
}

/** @throws system errors */
export function writeLastRun(place: Place, { plan, unfinished, engine }: WrittenRun): void {
  const file: UnfinishedFile = { format: FORMAT, nodes: unfinished, engine };
  replaceFile(pathOf(place, ".unfinished.json"), JSON.stringify(file));
  replaceFile(pathOf(place, ".json"), plan);
}
