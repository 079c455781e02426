/**
 * How often intervals of gain and reuse share hold the truth: numbers of repeats drawn from known distributions, and
 * cross-validations of a small classifier, whose truth is a long simulation. docs/statistics.md has the numbers.
 */

import { relativeGain, reuseShare } from "../../src/analysis/index.js";
import { valued } from "../../src/analysis/metrics/measured.js";
import { percentiles } from "../../src/analysis/statistics/resample-rows.js";
import { Stream } from "../../src/runtime/random/stream.js";
import { overReplicates } from "../../src/runtime/results/over-replicates.js";
import { overlapping, replicateId } from "../../src/runtime/results/replicates.js";
import { commonReplicates, type PointValue, type Pooled, summarizePoint } from "../../src/runtime/results/series.js";

const stream = (about: string) => new Stream({ seed: 7, purpose: "bootstrap", repeat: 0, about: [about] });
const holds = (low: number, high: number, truth: number) => low <= truth && truth <= high;

export interface RepeatsCase {
  readonly repeats: number;
  /** Errors are normal, or squares of normal numbers, which lie far to one side. */
  readonly errors: "normal" | "skewed";
  readonly runs: number;
}

/** Two metrics of paired repeats, 0.85 ± 0.01 and 0.80 ± 0.03, correlated by 0.5. */
export function repeatsCoverage({ repeats, errors, runs }: RepeatsCase) {
  const normals = stream(`repeats ${repeats} ${errors}`).normals(2 * repeats * runs);
  const shape = (z: number) => (errors === "normal" ? z : (z * z - 1) / Math.SQRT2);
  const pair = (i: number) => {
    const [u, v] = [normals[2 * i] as number, normals[2 * i + 1] as number];
    return [0.85 + 0.01 * shape(u), 0.8 + 0.03 * (0.5 * shape(u) + Math.sqrt(0.75) * shape(v))] as const;
  };
  const all = Array.from({ length: repeats * runs }, (_, i) => pair(i));
  // of all draws together: some thousand times as many as in a run
  const meanShare = all.reduce((sum, [a, b]) => sum + (a - b) / a, 0) / all.length;
  const found = { gain: 0, share: 0, percentiles: 0 };
  for (let run = 0; run < runs; run++) {
    const part = all.slice(run * repeats, (run + 1) * repeats);
    const [a, b] = [part.map(([x]) => x), part.map(([, y]) => y)];
    const gain = relativeGain(a, b);
    const share = reuseShare(a, b);
    found.gain += holds(gain.low, gain.high, 0.85 / 0.8) ? 1 : 0;
    found.share += holds(share.low, share.high, meanShare) ? 1 : 0;
    if (run % 4 === 0) found.percentiles += bootstrapped(a, b, run) ? 4 : 0;
  }
  return { gain: found.gain / runs, share: found.share / runs, percentiles: found.percentiles / runs };
}

function bootstrapped(a: readonly number[], b: readonly number[], run: number): boolean {
  const n = a.length;
  const uniforms = stream(`percentiles ${run}`).uniforms(n * 400);
  const ends = percentiles(400, (r) => {
    let [above, below] = [0, 0];
    for (let i = 0; i < n; i++) {
      const k = Math.floor((uniforms[r * n + i] as number) * n);
      above += a[k] as number;
      below += b[k] as number;
    }
    return valued(above / below);
  });
  return ends.kind === "interval" && holds(ends.low, ends.high, 0.85 / 0.8);
}

export interface FoldsCase {
  readonly folds: number;
  readonly cases: number;
  /** Nearest mean hardly depends on which cases train; the nearest of a few cases does. */
  readonly learner: "means" | "nearest";
  readonly runs: number;
}

const DIMENSIONS = 6;

/**
 * Cases of two classes with normal features; a nearest-mean classifier on all features (the transferred model) and on the
 * first two (the other). One fold tests, the next is left out, the others train, as a study's folds do. The truth is the
 * ratio of both accuracies expected of so many training cases.
 */
export function foldsCoverage({ folds, cases, learner, runs }: FoldsCase) {
  const normals = stream(`folds ${folds} ${cases}`);
  const classify = learner === "means" ? accuracy : nearest;
  let [above, below] = [0, 0];
  const estimates: { readonly value: number; readonly low: number; readonly high: number }[] = [];
  for (let run = 0; run < runs; run++) {
    const data = dataset(normals, run, cases);
    const [full, few] = [DIMENSIONS, 2].map((width) =>
      Array.from({ length: folds }, (_, fold) => classify(data, fold, folds, width)),
    ) as [number[], number[]];
    above += sum(full) / folds;
    below += sum(few) / folds;
    const { mean: value, low, high } = summarizePoint(ratio(replicated(full), replicated(few)));
    estimates.push({ value, low, high });
  }
  const truth = above / below;
  const narrower = 1 / overlapping(folds);
  const share = (held: (each: (typeof estimates)[number]) => boolean) => estimates.filter(held).length / runs;
  return {
    truth,
    folds: share(({ low, high }) => holds(low, high, truth)),
    independent: share(({ value, low, high }) =>
      holds(value - (value - low) * narrower, value + (high - value) * narrower, truth),
    ),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function replicated(byFold: readonly number[]): PointValue {
  const observations = new Map(
    byFold.map((value, i) => [replicateId({ fold: String(i + 1), repeat: "1" }), { value, identity: `${i}` }]),
  );
  return overReplicates("mean", { kind: "each", observations });
}

function ratio(a: PointValue, b: PointValue): Pooled {
  if (a.kind !== "pooled" || b.kind !== "pooled") throw new Error("means are pooled");
  const replicates = commonReplicates(a.replicates, b.replicates);
  return { kind: "pooled", replicates, at: (chosen) => a.at(chosen) / b.at(chosen), identity: "" };
}

interface Data {
  readonly x: Float64Array;
  readonly y: readonly number[];
}

function dataset(source: Stream, run: number, cases: number): Data {
  const uniforms = source.uniforms(cases * DIMENSIONS * 2, run * cases * DIMENSIONS * 2);
  const y = Array.from({ length: cases }, (_, i) => i % 2);
  const x = new Float64Array(cases * DIMENSIONS);
  for (let at = 0; at < x.length; at++) {
    const [u, v] = [uniforms[2 * at] as number, uniforms[2 * at + 1] as number];
    const z = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
    x[at] = z + (y[Math.floor(at / DIMENSIONS)] === 1 ? 0.7 : 0);
  }
  return { x, y };
}

function accuracy({ x, y }: Data, fold: number, folds: number, width: number): number {
  const foldOf = (i: number) => Math.floor(i / 2) % folds;
  const means = [new Float64Array(width), new Float64Array(width)];
  const counts = [0, 0];
  y.forEach((label, i) => {
    if (foldOf(i) === fold || foldOf(i) === (fold + 1) % folds) return;
    counts[label] = (counts[label] ?? 0) + 1;
    const mean = means[label] as Float64Array;
    for (let j = 0; j < width; j++) mean[j] = (mean[j] as number) + (x[i * DIMENSIONS + j] as number);
  });
  let [right, all] = [0, 0];
  y.forEach((label, i) => {
    if (foldOf(i) !== fold) return;
    const far = [0, 1].map((c) => {
      let squares = 0;
      for (let j = 0; j < width; j++) {
        squares += ((x[i * DIMENSIONS + j] as number) - (means[c]?.[j] as number) / (counts[c] as number)) ** 2;
      }
      return squares;
    });
    right += ((far[1] as number) < (far[0] as number) ? 1 : 0) === label ? 1 : 0;
    all += 1;
  });
  return right / all;
}

/** Of the nearest of every eighth training case: what it says hangs on which cases these are. */
function nearest({ x, y }: Data, fold: number, folds: number, width: number): number {
  const foldOf = (i: number) => Math.floor(i / 2) % folds;
  const training = y.flatMap((_, i) => (foldOf(i) === fold || foldOf(i) === (fold + 1) % folds ? [] : [i]));
  const few = training.filter((_, place) => place % 16 < 2);
  let [right, all] = [0, 0];
  y.forEach((label, i) => {
    if (foldOf(i) !== fold) return;
    let [best, found] = [Number.POSITIVE_INFINITY, 0];
    for (const other of few) {
      let squares = 0;
      for (let j = 0; j < width; j++) {
        squares += ((x[i * DIMENSIONS + j] as number) - (x[other * DIMENSIONS + j] as number)) ** 2;
      }
      if (squares < best) [best, found] = [squares, y[other] as number];
    }
    right += found === label ? 1 : 0;
    all += 1;
  });
  return right / all;
}
