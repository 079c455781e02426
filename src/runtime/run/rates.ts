/** How fast this machine was: kept beside the cache so that the next plan's estimates are measured, not guessed. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../../catalog/types.js";
import { DEFAULT_RATES, measuredRates, type Observation, type Rates } from "../../compiler/plan/index.js";
import { totalEstimate } from "../../compiler/plan/json.js";
import { runsForward } from "../../compiler/plan/passes.js";
import type { NumericSignature, PlanNode } from "../../compiler/plan/types.js";
import { memoryFactor } from "../../models/memory.js";
import { speedKey } from "../../models/trace.js";
import type { Device } from "../devices/types.js";
import { replaceFile } from "../store/replace.js";

/** The most recent ones say how fast the machine is now. */
const KEPT = 500;

const fileOf = (cache: string) => join(cache, "rates.json");

/** What speeds differ by: the engine, its threads, the kind of device and the GPU's make. */
export interface Speeder {
  readonly signature: NumericSignature;
  readonly devices: readonly Device[];
}

function nameOf({ signature, devices }: Speeder): string {
  const { engine, engineVersion, device, threads } = signature;
  const [first] = devices;
  const make = first === undefined || first.kind === "cpu" ? "" : ` ${first.name}`;
  return `${engine} ${engineVersion} ${device} ${threads}${make}`;
}

/** Of the budget of a training. */
function shareTaken(value: Json): number {
  const { steps, budget } = (value ?? {}) as { readonly steps?: Json; readonly budget?: Json };
  return typeof steps === "number" && typeof budget === "number" && budget > 0 ? Math.min(1, steps / budget) : 1;
}

type Observations = { readonly [speeder: string]: readonly Observation[] };

export function readRates(cache: string, speeder: Speeder): Rates {
  const seen = readObservations(cache)[nameOf(speeder)] ?? [];
  const rates = seen.length === 0 ? DEFAULT_RATES : measuredRates(seen);
  return { ...rates, memoryFactor: memoryFactor(speeder.signature.engine) };
}

/** Adds what was measured; failing to is no one's problem, the next estimate is only a little worse. */
export function addObservations(cache: string, speeder: Speeder, measured: readonly Observation[]): void {
  if (measured.length === 0) return;
  const name = nameOf(speeder);
  const before = readObservations(cache);
  const after = { ...before, [name]: [...(before[name] ?? []), ...measured].slice(-KEPT) };
  try {
    replaceFile(fileOf(cache), JSON.stringify(after));
  } catch {
    // A read-only or full disk; the run itself says so where it matters.
  }
}

function readObservations(cache: string): Observations {
  try {
    const parsed: unknown = JSON.parse(readFileSync(fileOf(cache), "utf8"));
    if (typeof parsed !== "object" || parsed === null) return {};
    return Object.fromEntries(
      Object.entries(parsed).map(([name, list]) => [name, Array.isArray(list) ? list.filter(isObservation) : []]),
    );
  } catch {
    return {};
  }
}

function isObservation(value: unknown): value is Observation {
  if (typeof value !== "object" || value === null) return false;
  const { work, family, model, flops, seconds } = value as Partial<Observation>;
  return (
    (work === "train" || work === "forward") &&
    typeof family === "string" &&
    (model === undefined || typeof model === "string") &&
    typeof flops === "number" &&
    flops > 0 &&
    typeof seconds === "number" &&
    seconds > 0
  );
}

/**
 * What a finished node says about the machine's speed; very short ones say more about its overhead.
 * @param value what it left: a training that stopped early did a part of what was estimated
 */
export function observationOf(node: PlanNode, seconds: number, value: Json): Observation | undefined {
  const flops = node.estimate.flops * shareTaken(value);
  if (seconds < 0.05 || flops <= 0) return undefined;
  if (node.op !== "train" && !runsForward(node)) return undefined;
  const { model } = node.params;
  const work = node.op === "train" ? "train" : "forward";
  return { work, family: model.family, model: speedKey(model), flops, seconds };
}

/** Of one worker, as events say it. */
export function timeOf(nodes: readonly PlanNode[]): { readonly estimateSeconds: number; readonly atMost?: true } {
  const { seconds, atMost } = totalEstimate(nodes);
  return { estimateSeconds: seconds, ...(atMost ? { atMost } : {}) };
}
