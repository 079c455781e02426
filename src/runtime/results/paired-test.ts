/** p values of paired tests: pairs gathered at every point, tested, and adjusted for as many tests as there are. */

import { statistics } from "../../analysis/index.js";
import { undefinedBecause } from "../../analysis/metrics/measured.js";
import type { TestResult } from "../../analysis/statistics/test-result.js";
import type { PairedTest } from "../../compiler/outputs/types.js";
import { Stream } from "../random/stream.js";
import { type Replicate, replicateOf } from "./replicates.js";
import { fixed, joined, keyOf, leftOut, type PointValue, type Pooled, type Series } from "./series.js";
import { mean } from "./statistics.js";

interface Pair {
  readonly first: number;
  readonly second: number;
  readonly fold: string | undefined;
  /** Of the observations it is made of. */
  readonly identity: string;
}

type Method = (pairs: readonly Pair[], seed: number) => TestResult;
const firsts = (pairs: readonly Pair[]) => pairs.map(({ first }) => first);
const seconds = (pairs: readonly Pair[]) => pairs.map(({ second }) => second);

/** By catalogue id; a test holds the two lists equal. */
export const TEST_METHODS: { readonly [id: string]: Method } = {
  paired_t: (pairs) => statistics.pairedT(firsts(pairs), seconds(pairs)),
  // `gather` has averaged the repeats of a fold
  corrected_t(pairs) {
    const folds = new Set(pairs.map(({ fold }) => fold)).size;
    if (folds < 3) return undefinedBecause(`it needs three folds, and there ${folds === 1 ? "is 1" : `are ${folds}`}`);
    // one fold is tested and one chooses, the others train
    return statistics.correctedT(firsts(pairs), seconds(pairs), 1 / (folds - 2));
  },
  wilcoxon: (pairs) => statistics.wilcoxon(firsts(pairs), seconds(pairs)),
  sign_flip: (pairs, seed) =>
    statistics.signFlip(
      firsts(pairs),
      seconds(pairs),
      new Stream({ seed, purpose: "permutation", repeat: 0, about: [] }),
    ),
};

/** A p at every point both sides have, without the axes that are paired over. */
export function testSeries({ method, over, adjust, seed }: PairedTest, left: Series, right: Series): Series {
  const test = TEST_METHODS[method];
  if (test === undefined) throw new Error(`no test ${method}; there is ${Object.keys(TEST_METHODS).join(", ")}`);
  const sides = new Map<PointValue, readonly [PointValue, PointValue]>();
  const both = joined(left, right, (a, b) => {
    const joint = fixed(Number.NaN, "");
    sides.set(joint, [a, b]);
    return joint;
  });
  const axes = both.axes.filter((axis) => !over.includes(axis));
  const points = new Map<
    string,
    { readonly at: Series["points"][number]["at"]; readonly pairs: RawPair[]; readonly unreached: Map<string, number> }
  >();
  for (const { at, value } of both.points) {
    const key = keyOf(at, axes);
    const kept = Object.fromEntries(Object.entries(at).filter(([axis]) => axes.includes(axis)));
    const point = points.get(key) ?? { at: kept, pairs: [], unreached: new Map<string, number>() };
    points.set(key, point);
    const place = keyOf(
      at,
      both.axes.filter((axis) => over.includes(axis)),
    );
    const [a, b] = sides.get(value) ?? [value, value];
    point.pairs.push(...pairsOf(a, b).map((pair) => ({ ...pair, place })));
    for (const identity of unreachedPairs(a, b)) point.unreached.set(identity, 1);
  }
  const tested = [...points.values()].map(({ at, pairs, unreached }) => {
    const gathered = gather(pairs, pairedOver(method, over));
    return { at, pairs: gathered, unreached, result: test(gathered, seed) };
  });
  // two points of the same pairs are one test
  const family = new Map(
    tested.map(({ pairs, result }) => [identityOf(pairs), result.kind === "tested" ? result.p : Number.NaN]),
  );
  const ps = statistics.adjust([...family.values()], adjust);
  const adjusted = new Map([...family.keys()].map((identity, i) => [identity, ps[i]]));
  return {
    axes,
    points: tested.map(({ at, pairs, unreached, result }) => ({
      at,
      value: { ...pOf(pairs, result, adjusted.get(identityOf(pairs))), ...leftOut(unreached) },
    })),
  };
}

/** Whether two points differ by more than their replicates do: a paired t-test, corrected where folds share images. */
export function pairedDifference(left: PointValue, right: PointValue): TestResult {
  const raw = pairsOf(left, right).map((pair) => ({ ...pair, place: "" }));
  const folded = raw.some(({ replicate }) => replicate.fold !== undefined);
  const pairs = gather(raw, folded ? pairedOver("corrected_t", ["repeat", "fold"]) : ["repeat"]);
  const method = folded ? TEST_METHODS.corrected_t : TEST_METHODS.paired_t;
  return method?.(pairs, 0) ?? undefinedBecause("there is no such test");
}

/**
 * The repeats of a fold train and test on the same cases: as pairs of their own they would pass for as many splits, and p
 * would fall with every repeat, however little repeats differ. Each fold is the mean of its repeats, as in intervals.
 */
function pairedOver(method: string, over: readonly string[]): readonly string[] {
  return method === "corrected_t" && over.includes("fold") ? over.filter((axis) => axis !== "repeat") : over;
}

interface RawPair extends Omit<Pair, "fold"> {
  readonly replicate: Replicate;
  /** Along the axes paired over. */
  readonly place: string;
}

/** Of equal replicates; one that failed on a side drops from both. */
function pairsOf(left: PointValue, right: PointValue): readonly Omit<RawPair, "place">[] {
  if (left.kind === "pooled" || right.kind === "pooled") return [];
  return [...left.observations].flatMap(([id, first]) => {
    const second = right.observations.get(id);
    if (second === undefined || !Number.isFinite(first.value) || !Number.isFinite(second.value)) return [];
    const identity = `${first.identity}|${second.identity}`;
    return [{ first: first.value, second: second.value, identity, replicate: replicateOf(id) }];
  });
}

/** Identities of pairs that are left out because a side was not reached. */
function unreachedPairs(left: PointValue, right: PointValue): readonly string[] {
  if (left.kind === "pooled" || right.kind === "pooled") return [];
  return [...left.observations].flatMap(([id, first]) => {
    const second = right.observations.get(id);
    if (second === undefined || !(first.unreached || second.unreached)) return [];
    return [`${first.identity}|${second.identity}`];
  });
}

/** One pair for every place, fold and repeat that is paired over; what is not is averaged. Equal observations count once. */
function gather(pairs: readonly RawPair[], over: readonly string[]): readonly Pair[] {
  const groups = new Map<string, RawPair[]>();
  for (const pair of pairs) {
    const { fold, repeat } = pair.replicate;
    const key = JSON.stringify([
      pair.place,
      over.includes("fold") ? fold : null,
      over.includes("repeat") ? repeat : null,
    ]);
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  const found = new Map<string, Pair>();
  for (const members of groups.values()) {
    const distinct = [...new Map(members.map((member) => [member.identity, member])).values()];
    const identity = distinct.map((member) => member.identity).join(",");
    found.set(identity, {
      first: mean(distinct.map(({ first }) => first)),
      second: mean(distinct.map(({ second }) => second)),
      fold: members[0]?.replicate.fold,
      identity,
    });
  }
  return [...found.values()];
}

function identityOf(pairs: readonly Pair[]): string {
  return pairs.map((pair) => pair.identity).join(",");
}

/** `n` is the pairs, counted and not named: an identity is no replicate's. A p has no interval. */
function pOf(pairs: readonly Pair[], result: TestResult, p = Number.NaN): Pooled {
  const identity = `p(${identityOf(pairs)})`;
  const replicates = new Map(pairs.map((pair, index) => [String(index + 1), pair.identity]));
  const value = { kind: "pooled", replicates, at: () => p, identity, rough: true } as const;
  return result.kind === "tested" ? value : { ...value, reason: result.reason };
}
