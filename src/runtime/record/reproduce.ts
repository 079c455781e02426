/** Runs again what a run folder records, from its lock, and says which numbers came out the same. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CompileResult } from "../../compiler/compile.js";
import { type Diagnostic, hasErrors } from "../../compiler/diagnostics.js";
import {
  catalogVersions,
  collectFacts,
  diffRecorded,
  type NodeKey,
  OP_VERSIONS,
  type OpParams,
  type RecordedPlan,
  stepName,
  wholeReason,
} from "../../compiler/plan/index.js";
import { EngineError } from "../engine/errors.js";
import { findProjectRoot } from "../host/config.js";
import { UsageError } from "../host/errors.js";
import { displayPath } from "../host/files.js";
import { packageVersion } from "../host/package.js";
import type { ComputeWish } from "../run/engine.js";
import type { PieceSizes } from "../run/micro-batches.js";
import { provideData } from "../run/missing-data.js";
import { type OpenStudy, openStudy, type StudyOptions } from "../run/open.js";
import { type PlannedStudy, planStudy } from "../run/planned.js";
import { type FinishedRun, type RunOptions, runStudy } from "../run/run.js";
import { compareRows, type RowComparison, type RowPair, relativeDifference } from "./compare.js";
import { type Surroundings, surroundingDifferences } from "./differences.js";
import { RecordError } from "./errors.js";
import { recordingOf } from "./host.js";
import { type RunRecord, readRecord } from "./read.js";
import { readRows, rowRank } from "./rows.js";
import { type Verified, verifyInputs } from "./verify.js";

export interface ReproduceOptions {
  readonly cwd: string;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly data: readonly string[];
  readonly cache?: string | undefined;
  /** Whether checkpoints on a hub may be fetched, and who hears how far that is. */
  readonly network?: StudyOptions["network"];
  readonly onDownload?: StudyOptions["onDownload"];
  readonly plugins?: StudyOptions["plugins"];
  readonly onPlugins?: StudyOptions["onPlugins"];
  /** Whether results in the cache may be taken, or all is computed again in a cache of its own. */
  readonly results: "cached" | "fresh";
  /** What is not said here is as it was recorded. */
  readonly wish: Partial<ComputeWish>;
}

/** Ready to run: everything that can be said beforehand. */
export interface Prepared {
  readonly record: RunRecord;
  readonly planned: PlannedStudy;
  readonly verified: readonly Verified[];
  readonly surroundings: Surroundings;
  /** Why the recorded engine is not the one that computes here; undefined where it is. */
  readonly instead: string | undefined;
  /** Nodes the run had with the same key, of all the run had. */
  readonly keys: { readonly same: number; readonly recorded: number };
  /** Where finished work is: what `--cache` names to go on with a run that was stopped. */
  readonly cache: string;
  /** Removes a cache that was made for this alone. */
  dispose(): void;
}

export type Preparation =
  | { readonly ok: true; readonly prepared: Prepared }
  /** Why it cannot be: diagnostics of the study here, or inputs that are others or not here. */
  | {
      readonly ok: false;
      readonly record: RunRecord;
      readonly verified: readonly Verified[];
      readonly diagnostics: readonly Diagnostic[];
      readonly sources: CompileResult["sources"];
    };

/** @throws UsageError, RecordError, EngineError, StoreError */
export async function prepareReproduction(named: string, options: ReproduceOptions): Promise<Preparation> {
  const record = readRecord(named, options.cwd);
  // read before hours are spent: a run without results can be run, but not reproduced
  readRows(record.folder, record.shown);
  const cache = options.results === "fresh" ? freshCache(options) : { folder: options.cache, dispose: () => undefined };
  try {
    const open = await openRecord(record, { ...options, cache: cache.folder });
    const preparation = await prepare(record, open, options);
    if (!preparation.ok) cache.dispose();
    return preparation.ok ? { ok: true, prepared: { ...preparation.prepared, dispose: cache.dispose } } : preparation;
  } catch (error) {
    cache.dispose();
    throw error;
  }
}

/** One that was named is kept: a run that is stopped goes on there. */
function freshCache({ cache, cwd }: ReproduceOptions): { readonly folder: string; dispose(): void } {
  if (cache !== undefined) return { folder: cache, dispose: () => undefined };
  // beside the project's own cache: prepared images may be more than a temporary file system holds
  const beside = join(findProjectRoot(cwd, cwd), ".xfer");
  mkdirSync(beside, { recursive: true });
  const folder = mkdtempSync(join(beside, "fresh-"));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

function openRecord(record: RunRecord, { results, wish: _, ...options }: ReproduceOptions) {
  const { cwd } = options;
  const { host, study } = recordingOf(record, cwd);
  const { selection } = record.lock;
  // an early lock does not say what was asked for; its report has the profile, and all overrides as they were written
  const { profile, set, only } = selection ?? { profile: record.head.profile, set: record.head.overrides, only: [] };
  const layers = results === "fresh" ? "unread" : "read";
  return openStudy(
    { ...options, layers, study, profile: profile ?? undefined, set, only },
    { host, lock: record.lock },
  );
}

async function prepare(
  record: RunRecord,
  open: OpenStudy,
  { wish }: ReproduceOptions,
): Promise<Extract<Preparation, { ok: false }> | { readonly ok: true; readonly prepared: Omit<Prepared, "dispose"> }> {
  const { study, diagnostics, sources } = open.compilation;
  const refused = { ok: false, record, sources } as const;
  if (study === undefined) {
    checkPlugins(record, open);
    return { ...refused, verified: [], diagnostics };
  }
  const verify = async () => verifyInputs(record.lock, study, await collectFacts(study, open.host), open);
  let verified = await verify();
  if (verified.some(({ status }) => status === "differs")) return { ...refused, verified, diagnostics: [] };
  const { planned, instead } = await planAs(open, record, wish);
  if (!planned.ok) return { ...refused, verified, diagnostics: planned.diagnostics };
  const absent = await provideData(planned);
  const said = verified.some(({ status }) => status === "missing");
  if (hasErrors(absent)) return { ...refused, verified, diagnostics: said ? [] : absent };
  // what was fetched just now is held to the lock like all else
  if (said) verified = await verify();
  if (verified.some(({ status }) => status === "differs")) return { ...refused, verified, diagnostics: [] };
  const here = new Set<string>(planned.plan.nodes.map(({ key }) => key));
  const same = record.plan.nodes.filter(({ key }) => here.has(key)).length;
  const prepared = {
    record,
    planned,
    verified,
    surroundings: surroundingsHere(record, planned),
    instead,
    keys: { same, recorded: record.plan.nodes.length },
    cache: displayPath(open.cache, open.place.cwd),
  };
  return { ok: true, prepared };
}

/** What the study cannot be read without. @throws RecordError */
function checkPlugins({ lock, shown }: RunRecord, { plugins }: OpenStudy): void {
  const here = new Set(plugins.specs.map(({ ref }) => ref.name));
  const missing = (lock.plugins ?? []).filter(({ name }) => !here.has(name));
  if (missing.length === 0) return;
  const names = missing.map(({ name, version }) => `${name} ${version}`).join(", ");
  throw new RecordError(
    `${shown} was made with plug-ins that are not loaded here: ${names}`,
    `read their code in ${shown}/plugins, then name them in xfer.config.json of this project`,
  );
}

/** With the engine that was recorded, or, where it is not to be had here, with the one that is. */
async function planAs(open: OpenStudy, { head, plan }: RunRecord, wish: Partial<ComputeWish>) {
  const { engine, device, threads } = head.signature;
  const pieces = recordedPieces(plan);
  const whole = pieces.size === 0 ? {} : { microBatch: "auto" as const };
  const asRecorded: ComputeWish = { engine: engineNamed(engine), device, threads, ...whole, ...wish };
  try {
    return { planned: await planStudy(open, asRecorded, pieces), instead: undefined };
  } catch (error) {
    const isTheirs = wish.engine === undefined && wish.device === undefined;
    if (!isTheirs || !(error instanceof EngineError || error instanceof UsageError)) throw error;
    const anyOther: ComputeWish = { ...asRecorded, engine: "auto", device: "auto" };
    return { planned: await planStudy(open, anyOther, pieces), instead: error.message };
  }
}

/** Trainings that took their batches in pieces: the same pieces again. */
function recordedPieces({ nodes }: RecordedPlan): PieceSizes {
  const sizes = new Map<string, number>();
  for (const { op, params, signature } of nodes) {
    const images = signature?.microBatch;
    if (op !== "train" || images === undefined) continue;
    // the file is a plan of ours, and an operation's parameters follow from its version
    sizes.set(stepName(params as unknown as OpParams["train"]), images);
  }
  return sizes;
}

/** A lock may be anyone's, and of a version with other engines. */
function engineNamed(name: string): ComputeWish["engine"] {
  return name === "onnx" || name === "tensorflow" || name === "reference" ? name : "auto";
}

function surroundingsHere(record: RunRecord, { compute, study, open }: PlannedStudy): Surroundings {
  const { lock, head } = record;
  const here = {
    ...lock,
    xferc: packageVersion(),
    ops: OP_VERSIONS,
    catalog: catalogVersions(study.catalog),
    plugins: open.plugins.specs.map(({ ref }) => ref),
  };
  const platform = `${process.platform} ${process.arch}`;
  return surroundingDifferences(
    { lock, head },
    { lock: here, head: { signature: compute.signature, node: process.versions.node, platform } },
  );
}

// ── after the run ────────────────────────────────────────────────────────────────────────────────────────────────

export interface Reproduction {
  readonly run: FinishedRun;
  readonly rows: RowComparison;
  /** Rows that differ and likely why: scores before layers, among them the largest relative difference first. */
  readonly largest: readonly Explained[];
  readonly verdict: Verdict;
}

export interface Explained extends RowPair {
  readonly relative: number;
  readonly why: string;
}

export interface RunAgain extends Omit<RunOptions, "keeps"> {
  /** Relative; two numbers this near are the same for the verdict. */
  readonly tolerance: number;
}

/** @throws StoreError. Undefined rows where the run came to no end. */
export async function runAgain(
  { record, planned }: Prepared,
  { tolerance, ...options }: RunAgain,
): Promise<Reproduction | FinishedRun> {
  const run = await runStudy(planned, { ...options, keeps: "run folder" });
  if (run.end === "interrupted" || run.end === "stopped") return run;
  const { cwd } = planned.open.place;
  const made = readRecord(run.folder, cwd);
  const rows = compareRows(readRows(record.folder, record.shown), readRows(made.folder, made.shown), tolerance);
  return { run, rows, largest: explained(record, made, rows.differing), verdict: verdictOf(rows, record) };
}

function explained(record: RunRecord, made: RunRecord, differing: readonly RowPair[]): readonly Explained[] {
  const { reasons } = diffRecorded(record.plan, made.plan, { files: made.files, overrides: [] });
  const why = ({ before, after }: RowPair): string => {
    if (after.status === "not_reached") return `not reached here: ${after.reason}`;
    if (after.status === "failed") return `it failed here: ${after.reason}`;
    if (before.status === "not_reached") return `not reached then: ${before.reason}`;
    if (before.status === "failed") return `it had failed then: ${before.reason}`;
    if (after.node === "") return "derived from numbers that differ";
    const root = reasons.get(after.node as NodeKey);
    if (root === undefined) return "the same key: the engine's arithmetic is another on this machine";
    return wholeReason(root.reason, root.node.source.path);
  };
  return differing
    .map((pair) => ({ ...pair, relative: relativeDifference(pair), why: why(pair) }))
    .sort((a, b) => rowRank(a.before) - rowRank(b.before) || descending(a.relative, b.relative));
}

/** Two infinities are equal. */
function descending(a: number, b: number): number {
  return a === b ? 0 : b - a;
}

export type Verdict = "same" | "close" | "differs";

function verdictOf({ close, differing, onlyBefore, onlyAfter }: RowComparison, { head }: RunRecord): Verdict {
  // a run that was stopped did not get to all of its numbers
  const unexpected = head.status === "interrupted" ? 0 : onlyAfter.length;
  if (differing.length + onlyBefore.length + unexpected > 0) return "differs";
  return close.length > 0 ? "close" : "same";
}
