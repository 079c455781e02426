import { describe, expect, it } from "vitest";
import { metrics, statistics } from "../../src/analysis/index.js";
import type { CaseMetric } from "../../src/analysis/metrics/measured.js";
import { quantile } from "../../src/analysis/statistics/quantile.js";
import type { TestResult, TestValue } from "../../src/analysis/statistics/test-result.js";
import { Stream } from "../../src/runtime/random/stream.js";
import fc from "../support/properties.js";
import { binary, Draw, sample } from "./draw.js";

const stream = (seed: number) => new Stream({ seed, purpose: "bootstrap", repeat: 0, about: [] });
const interval = (...given: Parameters<typeof statistics.bootstrap>) => {
  const found = statistics.bootstrap(...given);
  if (found.kind === "undefined") throw new Error(found.reason);
  return found;
};
function tested(result: TestResult): TestValue {
  if (result.kind === "undefined") throw new Error(result.reason);
  return result;
}
const drawn = (seed: number, n = 60) => binary({ seed, n, grid: 12, perMille: 500, lift: 1 });
const aucOf = ({ y, p }: ReturnType<typeof drawn>): CaseMetric => metrics.rocAucMetric(y, p);

describe("the bootstrap", () => {
  const methods = ["percentile", "bca"] as const;

  it.each(methods)("of one stream is one interval, of another another; %s", (method) => {
    const metric = aucOf(drawn(1));
    const once = interval(metric, stream(1), { resamples: 200, method });
    expect(interval(aucOf(drawn(1)), stream(1), { resamples: 200, method })).toEqual(once);
    expect(interval(metric, stream(2), { resamples: 200, method })).not.toEqual(once);
  });

  it("is quantiles of the metric of rows drawn with replacement", () => {
    const { y, p } = drawn(3, 25);
    const random = stream(3);
    const values = Float64Array.from({ length: 50 }, (_, r) => {
      const rows = Array.from(random.uniforms(25, r * 25), (u) => Math.floor(u * 25));
      return metrics.rocAuc(
        rows.map((i) => y[i] as number),
        rows.map((i) => p[i] as number),
      );
    }).sort();
    const { low, high } = interval(metrics.rocAucMetric(y, p), random, { resamples: 50, level: 0.8 });
    expect(low).toBeCloseTo(quantile(values, 0.1), 12);
    expect(high).toBeCloseTo(quantile(values, 0.9), 12);
  });

  it.each(methods)("contains the estimate, and less of it at a lower level; %s", (method) => {
    for (let seed = 10; seed < 40; seed++) {
      const metric = aucOf(drawn(seed));
      const estimate = metrics.numberOf(metric.measure());
      const [wide, narrow] = [0.95, 0.5].map((level) =>
        interval(metric, stream(seed), { resamples: 400, method, level }),
      );
      expect(wide?.low).toBeLessThanOrEqual(estimate);
      expect(wide?.high).toBeGreaterThanOrEqual(estimate);
      expect(wide?.low).toBeLessThanOrEqual(narrow?.low ?? Number.NaN);
      expect(wide?.high).toBeGreaterThanOrEqual(narrow?.high ?? Number.NaN);
    }
  });

  it.each(methods)("covers the truth about as often as it says; %s", (method) => {
    let covered = 0;
    for (let run = 0; run < 300; run++) {
      const draw = new Draw(7000 + run);
      const right = Array.from({ length: 80 }, () => (draw.below(1000) < 700 ? 1 : 0));
      const metric = metrics.accuracyMetric(new Uint8Array(80).fill(1), right);
      const { low, high } = interval(metric, stream(run), { resamples: 300, level: 0.9, method });
      if (low <= 0.7 && 0.7 <= high) covered += 1;
    }
    expect(covered / 300).toBeGreaterThan(0.85);
    expect(covered / 300).toBeLessThan(0.95);
  });

  it("by group draws groups whole, whatever the order of cases and the groups' names", () => {
    const { y, p } = drawn(5, 48);
    const groups = Array.from(y, (_, i) => `patient ${10 + (i % 12)}`);
    const order = Array.from(y.keys()).reverse();
    const options = { resamples: 300, groups };
    const found = interval(metrics.rocAucMetric(y, p), stream(5), options);
    expect(found.units).toBe(12);
    const reversed = metrics.rocAucMetric(
      order.map((i) => y[i] as number),
      order.map((i) => p[i] as number),
    );
    expect(interval(reversed, stream(5), { ...options, groups: [...groups].reverse() })).toEqual(found);
    const numbered = groups.map((name) => Number(name.slice(8)));
    expect(interval(metrics.rocAucMetric(y, p), stream(5), { ...options, groups: numbered })).toEqual(found);
  });

  it("by group of one case each is that by case; of copies of each case it is as wide as without them", () => {
    const { y, p } = drawn(6);
    const metric = metrics.rocAucMetric(y, p);
    const padded = Array.from(y, (_, i) => String(i).padStart(3, "0"));
    for (const method of methods) {
      const byCase = interval(metric, stream(6), { resamples: 200, method });
      expect(interval(metric, stream(6), { resamples: 200, method, groups: padded })).toEqual(byCase);
      const twice = metrics.rocAucMetric([...y, ...y], [...p, ...p]);
      const copies = interval(twice, stream(6), { resamples: 200, method, groups: [...padded, ...padded] });
      expect(copies.low).toBeCloseTo(byCase.low, 12);
      expect(copies.high).toBeCloseTo(byCase.high, 12);
    }
  });

  it("counts resamples without a value, and those of fewer labels", () => {
    const y = [1, 0, 0, 0, 0, 0, 0, 0];
    const found = interval(metrics.rocAucMetric(y, sample(1, 8, 100)), stream(8), { resamples: 500 });
    expect(found.withoutValue).toBeGreaterThan(500 * ((7 / 8) ** 8 - 0.1));
    expect(found.withoutValue).toBeLessThan(500 * ((7 / 8) ** 8 + 0.1));
    const labels = { data: y.flatMap((label, i) => [label, i % 2]), shape: [8, 2] };
    const several = metrics.rocAucMetric(labels, { data: sample(2, 16, 100), shape: [8, 2] });
    expect(interval(several, stream(8), { resamples: 500 })).toMatchObject({
      partial: expect.toSatisfy((partial: number) => partial > 100),
    });
  });

  it("has no interval where there is no number, one unit, or too few resamples with a number", () => {
    const of = (...given: Parameters<typeof statistics.bootstrap>) => statistics.bootstrap(...given);
    expect(of(metrics.rocAucMetric([1, 1], [0.1, 0.2]), stream(1))).toMatchObject({ reason: "there are no negatives" });
    const metric = metrics.rocAucMetric([1, 0], [0.2, 0.1]);
    expect(of(metric, stream(1), { groups: ["a", "a"] })).toMatchObject({ reason: "there is 1 group to draw from" });
    const rare = metrics.kappaMetric([1, 0], [1, 0]);
    const few = of(rare, { uniforms: (count) => new Float64Array(count) });
    expect(few).toMatchObject({ reason: "2000 of 2000 resamples have no value" });
    expect(() => of(metric, stream(1), { resamples: 0 })).toThrow(/0 resamples/);
    expect(() => of(metric, stream(1), { level: 1 })).toThrow(/level of 1/);
    expect(() => of(metric, stream(1), { groups: ["a"] })).toThrow(/1 groups for 2 cases/);
  });

  it("of a metric that is the same in every resample has no width", () => {
    const perfect = metrics.accuracyMetric([0, 1, 1], [0, 1, 1]);
    for (const method of methods) expect(interval(perfect, stream(1), { method })).toMatchObject({ low: 1, high: 1 });
  });

  it("of a difference is paired: of one metric beside itself it is 0", () => {
    const metric = aucOf(drawn(9));
    const none = statistics.differenceMetric(metric, aucOf(drawn(9)));
    expect(interval(none, stream(9), { resamples: 100, method: "bca" })).toMatchObject({ low: 0, high: 0 });
    expect(() => statistics.differenceMetric(metric, aucOf(drawn(9, 10)))).toThrow(/60 cases beside 10/);
  });
});

const numbers = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
  minLength: 2,
  maxLength: 11,
});
const TESTS: { readonly [name: string]: (a: readonly number[], b: readonly number[]) => TestResult } = {
  pairedT: statistics.pairedT,
  correctedT: (a, b) => statistics.correctedT(a, b, 0.25),
  wilcoxon: statistics.wilcoxon,
  "wilcoxon, exact": (a, b) => statistics.wilcoxon(a, b, { variant: "exact" }),
  signFlip: (a, b) => statistics.signFlip(a, b, stream(1)),
};

describe.each(Object.entries(TESTS))("%s", (_, test) => {
  it("has p in [0, 1], the same for exchanged sides and in any order of pairs, and no p for equal sides", () => {
    fc.assert(
      fc.property(numbers, (pairs) => {
        const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
        const [result, exchanged] = [test(a, b), test(b, a)];
        const reversed = test([...a].reverse(), [...b].reverse());
        expect(test(a, a).kind).toBe("undefined");
        expect(exchanged.kind).toBe(result.kind);
        if (result.kind === "undefined" || exchanged.kind === "undefined" || reversed.kind === "undefined") return;
        expect(result.p).toBeGreaterThanOrEqual(0);
        expect(result.p).toBeLessThanOrEqual(1);
        expect(exchanged.p).toBeCloseTo(result.p, 12);
        expect(reversed.p).toBeCloseTo(result.p, 12);
        expect(exchanged.estimate).toBeCloseTo(-result.estimate, 12);
      }),
    );
  });
  it("refuses sides of different lengths and what is not finite", () => {
    expect(() => test([1, 2], [1])).toThrow(/2 numbers beside 1/);
    expect(() => test([1, Number.NaN], [1, 2])).toThrow(/pair 1 \(NaN, 2\) is not finite/);
  });
});

describe("tests of paired numbers", () => {
  it("the corrected t is smaller than the plain one by √(1/n + n₂/n₁) to √(1/n)", () => {
    const [a, b] = [sample(1, 15, 100, 20), sample(2, 15, 100)];
    const [plain, corrected] = [tested(statistics.pairedT(a, b)), tested(statistics.correctedT(a, b, 0.25))];
    expect(corrected.statistic).toBeCloseTo(plain.statistic * Math.sqrt(1 / 15 / (1 / 15 + 0.25)), 12);
    expect(corrected.p).toBeGreaterThan(plain.p);
    expect(() => statistics.correctedT(a, b, 0)).toThrow(/must be positive/);
  });

  it("drawn signs come near to all signs", () => {
    const [a, b] = [sample(3, 12, 100, 12), sample(4, 12, 100)];
    const exact = tested(statistics.signFlip(a, b, stream(1)));
    const some = tested(statistics.signFlip(a, b, stream(1), { resamples: 4000 }));
    expect([exact.variant, some.variant]).toEqual(["exact", "sampled"]);
    expect(Math.abs(exact.p - some.p)).toBeLessThan(4 * Math.sqrt((exact.p * (1 - exact.p)) / 4000));
    expect(statistics.signFlip(a, b, stream(1), { resamples: 4000 })).toEqual(some);
  });
});

describe("DeLong's test", () => {
  it("is of the metric's AUCs; exchanged sides turn the sign; of one side with itself there is none", () => {
    for (let seed = 1; seed < 20; seed++) {
      const [one, two] = [drawn(seed), drawn(seed + 100)];
      const forth = tested(statistics.delongPaired(one.y, one.p, two.p));
      const back = tested(statistics.delongPaired(one.y, two.p, one.p));
      expect(forth.estimate).toBeCloseTo(metrics.rocAuc(one.y, one.p) - metrics.rocAuc(one.y, two.p), 12);
      expect(back.statistic).toBeCloseTo(-forth.statistic, 10);
      expect(back.p).toBeCloseTo(forth.p, 12);
    }
    const { y, p } = drawn(1);
    expect(statistics.delongPaired(y, p, p)).toMatchObject({ reason: "both rank the cases alike" });
  });
});

describe("adjustment", () => {
  const list = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
  it("never lowers a p, keeps their order, and Bonferroni ≥ Holm ≥ Benjamini–Hochberg", () => {
    fc.assert(
      fc.property(list, (p) => {
        const [bonferroni, holm, bh] = (["bonferroni", "holm", "benjamini_hochberg"] as const).map((method) =>
          statistics.adjust(p, method),
        );
        p.forEach((value, i) => {
          const [x, y, z] = [bonferroni?.[i] ?? -1, holm?.[i] ?? -1, bh?.[i] ?? -1];
          expect(x).toBeGreaterThanOrEqual(y - 1e-15);
          expect(y).toBeGreaterThanOrEqual(z - 1e-15);
          expect(z).toBeGreaterThanOrEqual(value - 1e-15);
          p.forEach((other, j) => {
            if (other > value) expect(holm?.[j]).toBeGreaterThanOrEqual(y);
          });
        });
      }),
    );
  });
  it("passes over tests without a p", () => {
    expect(statistics.adjust([0.01, Number.NaN, 0.04], "holm")).toEqual([0.02, Number.NaN, 0.04]);
    expect(statistics.adjust([0.01, 0.5], "none")).toEqual([0.01, 0.5]);
    expect(() => statistics.adjust([1.2], "holm")).toThrow(/1.2 at 0/);
  });
});
