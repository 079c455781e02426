/**
 * Trainings whose batch finds no memory are taken in smaller pieces where the user allows it. What was found to fit is
 * kept beside the cache: a piece's size is in the keys, so the next plan has to know it.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type MicroBatching, stepName } from "../../compiler/plan/index.js";
import type { NodeFor, NumericSignature } from "../../compiler/plan/types.js";
import { entangles } from "../../models/accumulate.js";
import { replaceFile } from "../store/replace.js";
import { seal, unseal } from "../store/seal.js";

/** Images at once in every training, or as many as fit; a batch is taken whole where nothing is said. */
export type MicroBatchWish = number | "auto" | undefined;

/** By `stepName`. */
export type PieceSizes = ReadonlyMap<string, number>;

export function microBatching(wish: MicroBatchWish, known: PieceSizes): MicroBatching | undefined {
  if (wish === undefined) return undefined;
  return wish === "auto" ? { kind: "known", sizes: known } : { kind: "size", images: wish };
}

export type Splitting =
  | { readonly kind: "smaller"; readonly step: string; readonly images: number }
  /** `remedy`: what the user could do, as the end of a sentence. */
  | { readonly kind: "none"; readonly remedy: string };

/** What to do with a training that found no memory. */
export function splittingOf(wish: MicroBatchWish): (node: NodeFor<"train">) => Splitting {
  return ({ params, signature }) => {
    const { batch } = params.recipe;
    const now = signature?.microBatch ?? batch;
    const reason = entangles(params.model);
    if (reason !== undefined) {
      const remedy = `lower \`batch\`, or use a device with more memory: pieces of a batch would be another training, for ${reason}`;
      return { kind: "none", remedy };
    }
    if (now === 1) return { kind: "none", remedy: "a single image does not fit: use a smaller model or image" };
    const images = Math.ceil(now / 2);
    if (wish === "auto") return { kind: "smaller", step: stepName(params), images };
    const flag = wish === undefined ? "--micro-batch auto" : `--micro-batch ${images}`;
    return { kind: "none", remedy: `${flag} takes batches of ${batch} in pieces: the same mean, rounded otherwise` };
  };
}

const fileOf = (cache: string) => join(cache, "micro-batches.json");

function computerName({ engine, engineVersion, device }: NumericSignature): string {
  return `${engine} ${engineVersion} ${device}`;
}

type Kept = { readonly [computer: string]: { readonly [step: string]: number } };

export function readPieceSizes(cache: string, signature: NumericSignature): PieceSizes {
  return new Map(Object.entries(readAll(cache)[computerName(signature)] ?? {}));
}

/** Failing to is no one's problem: the next run finds out once more. */
export function keepPieceSizes(cache: string, signature: NumericSignature, sizes: PieceSizes): void {
  const before = readAll(cache);
  const name = computerName(signature);
  const after: Kept = { ...before, [name]: { ...before[name], ...Object.fromEntries(sizes) } };
  try {
    // Sealed: an altered size would make other keys of the same trainings.
    replaceFile(fileOf(cache), seal(JSON.stringify(after)));
  } catch {
    // A read-only or full disk; the run itself says so where it matters.
  }
}

function readAll(cache: string): Kept {
  try {
    const unsealed = unseal(readFileSync(fileOf(cache), "utf8"));
    if (unsealed.status !== "whole") return {};
    const parsed: unknown = JSON.parse(unsealed.text);
    if (typeof parsed !== "object" || parsed === null) return {};
    return Object.fromEntries(Object.entries(parsed).map(([name, sizes]) => [name, sound(sizes)]));
  } catch {
    return {};
  }
}

function sound(sizes: unknown): { readonly [step: string]: number } {
  if (typeof sizes !== "object" || sizes === null) return {};
  const entries = Object.entries(sizes).filter(([, size]) => Number.isInteger(size) && size >= 1);
  return Object.fromEntries(entries);
}
