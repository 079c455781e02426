/** From a checked study to a plan, held against the store and the plan of the run before. */

import { type Diagnostic, hasErrors } from "../../compiler/diagnostics.js";
import { plannedDiagnostics } from "../../compiler/lint/planned.js";
import {
  collectFacts,
  DEFAULT_RATES,
  type Lock,
  lower,
  makeLock,
  type Plan,
  type PlanDiff,
  type PlanReport,
  type Rates,
  type StudyFacts,
} from "../../compiler/plan/index.js";
import type { CheckedStudy } from "../../compiler/study.js";
import { cacheSeconds, type Demand, demandOf } from "../coordinator/demand.js";
import { packageVersion } from "../host/package.js";
import { type DiskStore, openStore } from "../store/index.js";
import { chooseEngine, type Option } from "./choose.js";
import { checkDataNames } from "./data-names.js";
import { type Compute, type ComputeWish, computeCandidates } from "./engine.js";
import { diffWithLastRun, engineOfLastRun } from "./last-run.js";
import { keepPieceSizes, microBatching, type PieceSizes, readPieceSizes } from "./micro-batches.js";
import type { OpenStudy } from "./open.js";
import { readRates } from "./rates.js";

export interface PlannedStudy {
  readonly ok: true;
  readonly open: OpenStudy;
  readonly study: CheckedStudy;
  readonly facts: StudyFacts;
  readonly plan: Plan;
  readonly diff: PlanDiff;
  readonly demand: Demand;
  readonly store: DiskStore;
  readonly compute: Compute;
  /** Why this engine; undefined where there was no other. */
  readonly why: string | undefined;
  readonly wish: ComputeWish;
  /** Pieces that batches are taken in because more was found not to fit. */
  readonly pieces: PieceSizes;
  /** Of the checker, the linter and the lowering; no errors among them. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface RefusedStudy {
  readonly ok: false;
  readonly open: OpenStudy;
  readonly diagnostics: readonly Diagnostic[];
}

/** @throws EngineError, UsageError, StoreError */
export async function planStudy(
  open: OpenStudy,
  wish: ComputeWish,
  found?: PieceSizes,
): Promise<PlannedStudy | RefusedStudy> {
  const { study, diagnostics: checked } = open.compilation;
  if (study === undefined || hasErrors(checked)) return { ok: false, open, diagnostics: checked };
  checkDataNames([open]);
  const candidates = await computeCandidates(wish);
  const facts = await collectFacts(study, open.host);
  await open.facts.save();
  const store = openStore(open.cache, undefined, open.layers);
  const rates = ratesOf(open.cache, candidates);
  const lowerings = new Map<Compute, Lowering>();
  for (const compute of lastUsedFirst(candidates, open)) {
    const { signature } = compute;
    const pieces = found ?? readPieceSizes(open.cache, signature);
    const microBatch = microBatching(wish.microBatch, pieces);
    const lowered = lower(study, facts, { signature, rates: rates.get(compute) ?? DEFAULT_RATES, microBatch });
    const diagnostics = [...checked, ...plannedDiagnostics(open.compilation, study, facts, lowered)];
    // what is wrong with a study is wrong on every engine
    if (hasErrors(diagnostics)) return { ok: false, open, diagnostics };
    const { plan } = lowered;
    const demand = await demandOf(plan, store);
    lowerings.set(compute, { compute, plan, pieces, demand, diagnostics });
    // no other can have less left to do
    if (demand.missing.length === 0) break;
  }
  const options = candidates.flatMap((compute) => lowerings.get(compute) ?? []);
  const choice = chooseEngine(options.map(optionOf), candidates.length);
  const chosen = options[choice.index];
  if (chosen === undefined) throw new Error("internal error: an engine was chosen that is not there");
  const { compute, plan, pieces, demand, diagnostics } = chosen;
  const diff = await diffWithLastRun({ open, study, plan, demand });
  const { why } = choice;
  return { ok: true, open, study, facts, plan, diff, demand, store, compute, why, wish, pieces, diagnostics };
}

/** The same study with batches in these smaller pieces, on the same engine and device. */
export async function planAgain(planned: PlannedStudy, tooLarge: PieceSizes): Promise<PlannedStudy> {
  const { open, compute, wish } = planned;
  const pieces = new Map([...planned.pieces, ...tooLarge]);
  keepPieceSizes(open.cache, compute.signature, pieces);
  const { id, device } = compute.engine;
  const same = { engine: id as ComputeWish["engine"], device: wish.device === "auto" ? device : wish.device };
  const again = await planStudy(open, { ...wish, ...same }, pieces);
  if (!again.ok) throw new Error("internal error: a study that was planned cannot be planned with smaller pieces");
  return again;
}

interface Lowering {
  readonly compute: Compute;
  readonly plan: Plan;
  readonly pieces: PieceSizes;
  readonly demand: Demand;
  readonly diagnostics: readonly Diagnostic[];
}

/** Each engine's own rates; one that was never measured is taken to be as fast as the fastest that was. */
function ratesOf(cache: string, candidates: readonly Compute[]): ReadonlyMap<Compute, Rates> {
  const own = candidates.map((candidate) => readRates(cache, candidate));
  const measured = own.filter((rates) => rates.measured.size > 0);
  const speed = ({ flopsPerSecond }: Rates): number => flopsPerSecond.train.default ?? 0;
  const fastest = measured.reduce<Rates | undefined>(
    (a, b) => (a !== undefined && speed(a) >= speed(b) ? a : b),
    undefined,
  );
  const rated = (rates: Rates): Rates =>
    rates.measured.size > 0 || fastest === undefined
      ? rates
      : { ...fastest, measured: NONE, memoryFactor: rates.memoryFactor };
  return new Map(candidates.map((candidate, index) => [candidate, rated(own[index] ?? DEFAULT_RATES)]));
}
const NONE: ReadonlySet<string> = new Set();

/** Where everything was computed by the engine of the last run, there is no need to look at another one's plan. */
function lastUsedFirst(candidates: readonly Compute[], open: OpenStudy): readonly Compute[] {
  const last = engineOfLastRun(open) ?? (open.lock.status === "read" ? open.lock.lock.engine : null);
  const isLast = ({ signature: { engine, device } }: Compute) => engine === last?.engine && device === last?.device;
  return [...candidates.filter(isLast), ...candidates.filter((one) => !isLast(one))];
}

function optionOf({ compute, demand: { missing } }: Lowering): Option {
  const computing = missing.filter(({ estimate }) => estimate.flops > 0);
  return {
    title: compute.title,
    seconds: missing.reduce((sum, { estimate }) => sum + estimate.seconds, 0),
    workers: compute.inventory.slots.length,
    nodes: missing.length,
    measured: computing.length > 0 && computing.every(({ estimate }) => estimate.basis !== "default"),
  };
}

export function reportOf({ study, plan, diff, compute, demand }: PlannedStudy): PlanReport {
  return { study, plan, diff, signature: compute.signature, cacheSeconds: cacheSeconds(demand) };
}

export function lockOf({ open, study, facts, compute }: PlannedStudy): Lock {
  return makeLock({ study, facts, xferc: packageVersion(), engine: compute.signature, selection: open.selection });
}
