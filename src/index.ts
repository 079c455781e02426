/**
 * xferc as a library: compile a study, plan it, run it. Nothing here prints or ends the process; what is wrong with a
 * study comes back as diagnostics, what is wrong outside of it is thrown as an error that names the remedy.
 */

import { compile as compileWith } from "./compiler/compile.js";
import { type Diagnostic, hasErrors } from "./compiler/diagnostics.js";
import { type PlanJson, planJson, planText } from "./compiler/plan/index.js";
import type { CheckedStudy } from "./compiler/study.js";
import type { DownloadProgress } from "./runtime/hub/index.js";
import type { RunEvent } from "./runtime/journal/events.js";
import { checkStudy } from "./runtime/run/check.js";
import type { ComputeWish } from "./runtime/run/engine.js";
import { provideData } from "./runtime/run/missing-data.js";
import { openStudy, type StudyOptions } from "./runtime/run/open.js";
import { type PlannedStudy, planStudy, reportOf } from "./runtime/run/planned.js";
import { type RunEnd, runStudy } from "./runtime/run/run.js";

export type { CompileOptions, CompileResult } from "./compiler/compile.js";
export type { Diagnostic, Fix, Location, Severity, TextEdit } from "./compiler/diagnostics.js";
export type { CompilerHost } from "./compiler/host.js";
export type { NodeKey, Plan, PlanJson, PlanNode } from "./compiler/plan/index.js";
export type { CheckedStudy } from "./compiler/study.js";
export { UsageError } from "./runtime/host/errors.js";
export type { DownloadProgress } from "./runtime/hub/index.js";
export type { RunEvent } from "./runtime/journal/events.js";
export { StoreError } from "./runtime/store/errors.js";

/** The compiler itself, on a host of one's own: a browser, an editor, a test. */
export { compileWith };

/** What every function takes; all but the study may be left out. */
export interface Options extends Partial<ComputeWish> {
  /** Folder that relative paths start from; the process's own unless given. */
  readonly cwd?: string;
  readonly profile?: string;
  /** `path=value`, as `--set` takes them. */
  readonly set?: readonly string[];
  /** Experiments to keep; all of them unless given. */
  readonly only?: readonly string[];
  /** Where datasets lie, by name. */
  readonly data?: { readonly [dataset: string]: string };
  /** The cache's folder. */
  readonly cache?: string;
  /** Whether weights a study names on a hub may be fetched; the configuration's to say unless given. */
  readonly network?: "allowed" | "refused";
  /** Whether the plug-ins that xfer.config.json names are loaded, which runs their code; they are unless given. */
  readonly plugins?: "load" | "ignore";
  readonly onDownload?: (progress: DownloadProgress) => void;
}

export interface Compiled {
  /** Absent where there are errors. */
  readonly study?: CheckedStudy;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and checks a study file and what it imports. */
export async function compile(study: string, options: Options = {}): Promise<Compiled> {
  const open = await openStudy({ ...studyOptions(study, options), unchosen: "errors" });
  const { diagnostics } = await checkStudy(open);
  const { study: checked } = open.compilation;
  return checked === undefined || hasErrors(diagnostics) ? { diagnostics } : { study: checked, diagnostics };
}

export interface Planned {
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where there are errors. */
  readonly plan?: {
    /** As `xferc plan --format json` prints it. */
    readonly json: PlanJson;
    /** As `xferc plan` prints it. */
    readonly text: string;
  };
}

/** What a run would compute, and why. @throws EngineError, UsageError, StoreError */
export async function plan(study: string, options: Options = {}): Promise<Planned> {
  const planned = await planStudy(await openStudy(studyOptions(study, options)), computeWish(options));
  if (!planned.ok) return { diagnostics: planned.diagnostics };
  const report = reportOf(planned);
  const json = JSON.parse([...planJson(report)].join("")) as PlanJson;
  return { diagnostics: planned.diagnostics, plan: { json, text: planText(report) } };
}

export interface RunOptions extends Options {
  /** The run's folder; `runs/<study>/<time>-<id>` unless given. */
  readonly out?: string;
  readonly failure?: "keep-going" | "fail-fast";
  readonly onEvent?: (event: RunEvent) => void;
  /** Asks for a graceful stop: nothing new starts, finished work is kept. */
  readonly signal?: AbortSignal;
}

export interface Ran {
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where there are errors and nothing ran. */
  readonly run?: {
    readonly end: RunEnd;
    /** Relative to `cwd` where it lies below it. */
    readonly folder: string;
    readonly report: string | null;
    readonly computed: number;
    readonly cached: number;
    /** Computed by other runs on the same cache in the meantime. */
    readonly shared: number;
    readonly failed: number;
    /** What stopped a run that ended as `stopped`: a full disk, an engine that does not start. */
    readonly problem?: string;
  };
}

/** Runs what the cache lacks and writes a run folder. @throws EngineError, UsageError, StoreError */
export async function run(study: string, options: RunOptions = {}): Promise<Ran> {
  const planned = await planStudy(await openStudy(studyOptions(study, options)), computeWish(options));
  if (!planned.ok) return { diagnostics: planned.diagnostics };
  const diagnostics = [...planned.diagnostics, ...(await provideData(planned))];
  if (hasErrors(diagnostics)) return { diagnostics };
  return { diagnostics, run: await ranStudy(planned, study, options) };
}

async function ranStudy(planned: PlannedStudy, study: string, options: RunOptions): Promise<NonNullable<Ran["run"]>> {
  const { end, folder, report, execution, problem } = await runStudy(planned, {
    out: options.out,
    policy: options.failure ?? "keep-going",
    listeners: options.onEvent === undefined ? [] : [options.onEvent],
    signal: options.signal ?? new AbortController().signal,
    command: `run(${JSON.stringify(study)})`,
  });
  const { computed, cached, shared, failed } = execution;
  return { end, folder, report, computed, cached, shared, failed, ...(problem === undefined ? {} : { problem }) };
}

function studyOptions(study: string, options: Options): StudyOptions {
  return {
    cwd: options.cwd ?? process.cwd(),
    environment: process.env,
    study,
    data: Object.entries(options.data ?? {}).map(([name, path]) => `${name}=${path}`),
    cache: options.cache,
    profile: options.profile,
    set: options.set ?? [],
    only: options.only ?? [],
    network: options.network,
    plugins: options.plugins,
    onDownload: options.onDownload,
  };
}

function computeWish({ engine = "auto", device = "auto", threads, jobs, microBatch }: Options): ComputeWish {
  return { engine, device, threads, jobs, microBatch };
}
