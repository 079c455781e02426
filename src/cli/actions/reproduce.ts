/** `xferc reproduce`. */

import { RecordError } from "../../runtime/record/errors.js";
import { type Preparation, type Prepared, prepareReproduction, runAgain } from "../../runtime/record/reproduce.js";
import { reproductionJson } from "../../runtime/record/reproduce-json.js";
import { preparationText, reproductionText, verifiedText } from "../../runtime/record/reproduce-text.js";
import type { FinishedRun } from "../../runtime/run/run.js";
import { chooseView, openView, type RunView } from "../../runtime/ui/view.js";
import { commandLine, PLACING, VIEWING } from "../command-line.js";
import { showDiagnostics } from "../diagnostics.js";
import { downloadLines } from "../downloads.js";
import { colorOf, complain, EXIT, type ExitCode, type Io, print } from "../io.js";
import { listenForStop } from "../stop.js";
import type { EngineName } from "../study-options.js";
import { pluginOptions } from "../study-options.js";

export interface ReproduceFlags {
  readonly data?: readonly string[];
  readonly cache?: string;
  readonly allowDownload?: true;
  readonly plugins?: boolean;
  readonly out?: string;
  readonly fresh?: true;
  readonly tolerance?: number;
  readonly engine?: EngineName;
  readonly device?: string;
  readonly jobs?: number;
  readonly threads?: number;
  readonly ui: "auto" | "ink" | "plain" | "json";
  readonly format: "text" | "json";
}

export async function reproduceCommand(io: Io, run: string, flags: ReproduceFlags): Promise<ExitCode> {
  let preparation: Preparation;
  try {
    preparation = await prepareReproduction(run, {
      cwd: io.cwd,
      environment: io.env,
      data: flags.data ?? [],
      cache: flags.cache,
      network: flags.allowDownload ? "allowed" : undefined,
      onDownload: downloadLines(io),
      ...pluginOptions(io, flags),
      results: flags.fresh ? "fresh" : "cached",
      wish: { ...wishOf(flags), environment: io.env },
    });
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return refuse(io, error);
  }
  if (!preparation.ok) return cannot(io, preparation);
  const { prepared } = preparation;
  if (flags.format === "text") print(io, preparationText(prepared));
  const ended = await shownRun(io, run, prepared, flags).catch((error: unknown) => {
    prepared.dispose();
    throw error;
  });
  if (!("rows" in ended)) return stopped(io, prepared, ended, flags);
  prepared.dispose();
  if (flags.format === "json")
    print(io, JSON.stringify(reproductionJson(prepared, ended, toleranceOf(flags)), null, 2));
  else print(io, reproductionText(ended, toleranceOf(flags)));
  return ended.verdict === "differs" ? EXIT.cells : EXIT.success;
}

function toleranceOf({ tolerance = 1e-6 }: ReproduceFlags): number {
  return tolerance;
}

/** What is not said is as it was recorded. */
function wishOf({ engine, device, threads, jobs }: ReproduceFlags) {
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(jobs === undefined ? {} : { jobs }),
  };
}

export function refuse(io: Io, { message, hint }: RecordError): ExitCode {
  complain(io, `xferc: ${message}${hint === undefined ? "" : `\nhint: ${hint}`}`);
  return EXIT.study;
}

function cannot(io: Io, { record, verified, diagnostics, sources }: Extract<Preparation, { ok: false }>): ExitCode {
  showDiagnostics(io, diagnostics, { sources });
  complain(io, `xferc: ${record.shown} cannot be reproduced here`);
  for (const each of verified) if (each.status !== "same") complain(io, verifiedText(each));
  return EXIT.study;
}

async function shownRun(io: Io, run: string, prepared: Prepared, flags: ReproduceFlags) {
  let view: RunView | undefined;
  const stop = listenForStop(() => view?.stopping());
  const { format: _, ...typed } = flags;
  const { study } = prepared.planned;
  // a program that reads JSON wants one document, not the run's events before it
  const kind = flags.format === "json" ? undefined : chooseView(flags.ui, io.out, io.input);
  if (kind !== undefined) {
    view = await openView(kind, {
      title: study.title ?? study.name,
      resume: commandLine(["reproduce", run], { ...typed, ...(flags.fresh ? { cache: prepared.cache } : {}) }, VIEWING),
      out: io.out,
      color: colorOf(io, io.out),
      onStop: stop.ask,
    });
  }
  try {
    return await runAgain(prepared, {
      out: flags.out,
      policy: "keep-going",
      listeners: view === undefined ? [] : [view.listener],
      signal: stop.signal,
      command: commandLine(["reproduce", run], typed, PLACING),
      tolerance: toleranceOf(flags),
    });
  } finally {
    await view?.close();
    stop.dispose();
  }
}

/** What is finished stays, in a cache of its own, too, so that the same work goes on there. */
function stopped(io: Io, { cache }: Prepared, run: FinishedRun, flags: ReproduceFlags): ExitCode {
  if (run.problem !== undefined) complain(io, `xferc: ${run.problem}`);
  if (flags.fresh && flags.cache === undefined)
    complain(io, `xferc: finished work is kept in ${cache}; remove it when it is not needed`);
  return run.end === "interrupted" ? EXIT.interrupted : EXIT.study;
}
