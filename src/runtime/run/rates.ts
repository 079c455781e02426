/** How fast this machine was: kept beside the cache so that the next plan's estimates are measured, not guessed. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_RATES, measuredRates, type Observation, type Rates } from "../../compiler/plan/index.js";
import type { NumericSignature, PlanNode } from "../../compiler/plan/types.js";
import { replaceFile } from "../store/replace.js";

/** The most recent ones say how fast the machine is now. */
const KEPT = 500;

const fileOf = (cache: string) => join(cache, "rates.json");

/** Speeds differ by engine and threads; only those of the same signature count. */
function signatureName({ engine, engineVersion, device, threads }: NumericSignature): string {
  return `${engine} ${engineVersion} ${device} ${threads}`;
}

type Observations = { readonly [signature: string]: readonly Observation[] };

export function readRates(cache: string, signature: NumericSignature): Rates {
  const seen = readObservations(cache)[signatureName(signature)] ?? [];
  return seen.length === 0 ? DEFAULT_RATES : measuredRates(seen);
}

/** Adds what was measured; failing to is no one's problem, the next estimate is only a little worse. */
export function addObservations(cache: string, signature: NumericSignature, measured: readonly Observation[]): void {
  if (measured.length === 0) return;
  const name = signatureName(signature);
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
  const { work, family, flops, seconds } = value as Partial<Observation>;
  return (
    (work === "train" || work === "forward") &&
    typeof family === "string" &&
    typeof flops === "number" &&
    flops > 0 &&
    typeof seconds === "number" &&
    seconds > 0
  );
}

/** What a finished node says about the machine's speed; very short ones say more about its overhead. */
export function observationOf(node: PlanNode, seconds: number): Observation | undefined {
  if (seconds < 0.05 || node.estimate.flops <= 0) return undefined;
  switch (node.op) {
    case "train":
      return { work: "train", family: node.params.model.family, flops: node.estimate.flops, seconds };
    case "predict":
    case "probe.cka":
    case "probe.knn":
      return { work: "forward", family: node.params.model.family, flops: node.estimate.flops, seconds };
    default:
      return undefined;
  }
}
