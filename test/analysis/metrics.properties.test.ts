import { describe, expect, it } from "vitest";
import { metrics } from "../../src/analysis/index.js";
import { withoutEachOf } from "../../src/analysis/metrics/columns.js";
import { numberOf } from "../../src/analysis/metrics/measured.js";
import { entries, entry } from "../../src/catalog/index.js";
import type { Task } from "../../src/catalog/types.js";
import { metricOf, type Predictions, rowsOf } from "../../src/runtime/probes/metric.js";
import { chooseThresholds } from "../../src/runtime/probes/threshold.js";
import fc from "../support/properties.js";

/** Predictions of a task: few cases, scores on a coarse grid so that there are ties, labels not known among several. */
function predictions(task: Task, cases = { min: 1, max: 14 }): fc.Arbitrary<Predictions> {
  const classes = task === "binary" ? 2 : 3;
  const row = fc.record({
    weights: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: classes, maxLength: classes }),
    label: fc.integer({ min: 0, max: classes - 1 }),
    labels: fc.array(fc.constantFrom(0, 1, 1, 0, -1), { minLength: classes, maxLength: classes }),
  });
  return fc.array(row, { minLength: cases.min, maxLength: cases.max }).map((rows) => {
    const several = task === "multilabel";
    const total = (weights: readonly number[]) => (several ? 5 : weights.reduce((sum, each) => sum + each, 0));
    return {
      images: rows.length,
      classes,
      probabilities: Float64Array.from(rows.flatMap(({ weights }) => weights.map((each) => each / total(weights)))),
      labels: Int32Array.from(rows.flatMap(({ label, labels }) => (several ? labels : [label]))),
      several,
    };
  });
}

const every = (["binary", "multiclass", "multilabel"] as const).flatMap((task) =>
  entries("metric")
    .filter(({ tasks }) => tasks.includes(task))
    .map(({ id }) => ({ id, task })),
);
const same = (value: number, expected: number) =>
  Number.isNaN(expected) ? Number.isNaN(value) : Math.abs(value - expected) < 1e-12;

describe.each(every)("$id of $task", ({ id, task }) => {
  const scoreOf = (given: Predictions) => numberOf(metricOf(id, given).measure());

  it("lies in its range, and does not depend on the order of images", () => {
    const [least, most] = entry("metric", id)?.range ?? [null, null];
    fc.assert(
      fc.property(predictions(task), fc.infiniteStream(fc.nat()), (given, keys) => {
        const value = scoreOf(given);
        const shuffled = Array.from({ length: given.images }, (_, i) => [keys.next().value, i] as const)
          .sort(([a], [b]) => a - b)
          .map(([, i]) => i);
        expect(same(scoreOf(rowsOf(given, shuffled)), value)).toBe(true);
        if (!Number.isNaN(value)) {
          expect(value).toBeGreaterThanOrEqual((least ?? -Infinity) - 1e-12);
          expect(value).toBeLessThanOrEqual((most ?? Infinity) + 1e-12);
        }
      }),
    );
  });

  it("of images counted so often is that of the images written so often", () => {
    fc.assert(
      fc.property(predictions(task), fc.infiniteStream(fc.integer({ min: 0, max: 3 })), (given, times) => {
        const counts = Array.from({ length: given.images }, () => times.next().value as number);
        const rows = counts.flatMap((count, i) => Array.from({ length: count }, () => i));
        fc.pre(rows.length > 0);
        const counted = metricOf(id, given).measure(counts);
        const written = metricOf(id, rowsOf(given, rows)).measure();
        expect(counted.kind).toBe(written.kind);
        expect(same(numberOf(counted), numberOf(written))).toBe(true);
        if (counted.kind === "value" && written.kind === "value") expect(counted.leftOut).toEqual(written.leftOut);
      }),
    );
  });

  it("without each image in turn is that of the others", () => {
    fc.assert(
      fc.property(predictions(task, { min: 2, max: 9 }), (given) => {
        const values = withoutEachOf(metricOf(id, given));
        for (let i = 0; i < given.images; i++) {
          const others = Array.from({ length: given.images }, (_, j) => j).filter((j) => j !== i);
          expect(same(values[i] as number, scoreOf(rowsOf(given, others)))).toBe(true);
        }
      }),
    );
  });

  it("is undefined without cases, with a reason", () => {
    fc.assert(
      fc.property(predictions(task), (given) => {
        const none = metricOf(id, given).measure(new Uint32Array(given.images));
        expect(none).toMatchObject({ kind: "undefined", reason: expect.stringMatching(/./) });
      }),
    );
  });
});

const scored = fc
  .array(fc.record({ label: fc.constantFrom(0, 1), score: fc.integer({ min: -5, max: 5 }) }), { minLength: 2 })
  .map((rows) => ({ y: rows.map(({ label }) => label), scores: rows.map(({ score }) => score) }));
const twoLists = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 40 })
  .map((pairs) => ({ y: pairs.map(([a]) => a), predicted: pairs.map(([, b]) => b) }));

describe("identities", () => {
  it("the AUC of reversed scores, and of exchanged labels, is 1 − AUC; any rising function of scores leaves it", () => {
    fc.assert(
      fc.property(scored, ({ y, scores }) => {
        const auc = metrics.rocAuc(y, scores);
        fc.pre(!Number.isNaN(auc));
        const reversed = scores.map((score) => -score);
        const exchanged = y.map((label) => 1 - label);
        expect(metrics.rocAuc(y, reversed)).toBeCloseTo(1 - auc, 12);
        expect(metrics.rocAuc(exchanged, scores)).toBeCloseTo(1 - auc, 12);
        expect(metrics.rocAuc(y, scores.map(Math.exp))).toBe(auc);
      }),
    );
  });

  it("the AUC is the share of pairs ranked right", () => {
    fc.assert(
      fc.property(scored, ({ y, scores }) => {
        let pairs = 0;
        let right = 0;
        for (const [i, a] of scores.entries()) {
          for (const [j, b] of scores.entries()) {
            if (y[i] !== 1 || y[j] !== 0) continue;
            pairs += 1;
            right += a > b ? 1 : a === b ? 0.5 : 0;
          }
        }
        expect(same(metrics.rocAuc(y, scores), right / pairs)).toBe(true);
      }),
    );
  });

  it("a list beside itself is perfect, kappa included where there are two classes; kappa is symmetric", () => {
    fc.assert(
      fc.property(twoLists, ({ y, predicted }) => {
        for (const name of ["accuracy", "balancedAccuracy", "macroRecall", "macroPrecision", "macroF1"] as const) {
          expect(metrics[name](y, y)).toBe(1);
        }
        for (const name of ["kappa", "quadraticKappa"] as const) {
          const own = metrics[name](y, y);
          if (new Set(y).size > 1) expect(own).toBe(1);
          else expect(own).toBeNaN();
          expect(same(metrics[name](y, predicted), metrics[name](predicted, y))).toBe(true);
        }
      }),
    );
  });

  it("macro recall is at most balanced accuracy, and it where every predicted class occurs", () => {
    fc.assert(
      fc.property(twoLists, ({ y, predicted }) => {
        const [macro, balanced] = [metrics.macroRecall(y, predicted), metrics.balancedAccuracy(y, predicted)];
        expect(macro).toBeLessThanOrEqual(balanced + 1e-12);
        if (predicted.every((label) => y.includes(label))) expect(macro).toBeCloseTo(balanced, 12);
      }),
    );
  });

  it("sensitivity of exchanged labels and calls is specificity, and so with predictive values; F1 is a harmonic mean", () => {
    fc.assert(
      fc.property(twoLists, (lists) => {
        const [y, called] = [lists.y.map((each) => each % 2), lists.predicted.map((each) => each % 2)];
        const flip = (list: readonly number[]) => list.map((each) => 1 - each);
        expect(same(metrics.sensitivity(y, called), metrics.specificity(flip(y), flip(called)))).toBe(true);
        expect(same(metrics.ppv(y, called), metrics.npv(flip(y), flip(called)))).toBe(true);
        expect(same(metrics.ppv(y, called), metrics.sensitivity(called, y))).toBe(true);
        const [s, p, f1] = [metrics.sensitivity(y, called), metrics.ppv(y, called), metrics.f1(y, called)];
        if (s + p > 0) expect(f1).toBeCloseTo((2 * s * p) / (s + p), 12);
        else if (Number.isNaN(f1)) expect(y.concat(called).every((each) => each === 0)).toBe(true);
      }),
    );
  });

  it("Brier's score of two classes is the same from one column and from two", () => {
    const rows = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 8 })), { minLength: 1 });
    fc.assert(
      fc.property(rows, (list) => {
        const y = list.map(([label]) => label);
        const p = list.map(([, eighths]) => eighths / 8);
        const two = { data: p.flatMap((each) => [1 - each, each]), shape: [p.length, 2] };
        for (const name of ["brier", "logLoss", "ece", "rocAuc", "averagePrecision"] as const) {
          expect(same(metrics[name](y, two), metrics[name](y, p)), name).toBe(true);
        }
      }),
    );
  });
});

describe("thresholds", () => {
  it("keep what their rule promises, on the cases they were chosen on", () => {
    const share = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10);
    fc.assert(
      fc.property(scored, share, ({ y, scores }, least) => {
        const both = y.includes(0) && y.includes(1);
        const chosen = (["youden", "sensitivity", "specificity"] as const).map((kind) => ({
          kind,
          threshold: metrics.chooseThreshold(kind === "youden" ? { kind } : { kind, least }, y, scores),
        }));
        for (const { kind, threshold } of chosen) {
          if (threshold.kind === "undefined") {
            expect(both).toBe(false);
            continue;
          }
          const called = metrics.atThreshold(scores, [threshold.at]);
          expect(metrics.sensitivity(y, called)).toBeCloseTo(threshold.sensitivity, 12);
          expect(metrics.specificity(y, called)).toBeCloseTo(threshold.specificity, 12);
          if (kind !== "youden") expect(threshold[kind]).toBeGreaterThanOrEqual(least - 1e-12);
          if (kind === "youden") {
            for (const at of scores) {
              const other = metrics.atThreshold(scores, [at]);
              const gain = metrics.sensitivity(y, other) + metrics.specificity(y, other);
              expect(gain).toBeLessThanOrEqual(threshold.sensitivity + threshold.specificity + 1e-12);
            }
          }
        }
      }),
    );
  });

  it("of several labels are each label's; a label without one is left out of what is called by it", () => {
    const p = Float64Array.from([0.9, 0.2, 0.4, 0.3, 0.6, 0.1, 0.1, 0.8]);
    const chosenOn = {
      images: 4,
      classes: 2,
      probabilities: p,
      labels: Int32Array.from([1, 0, 0, 0, 1, 0, 0, 0]),
      several: true,
    };
    const chosen = chooseThresholds({ kind: "youden" }, chosenOn);
    expect(chosen).toMatchObject({ at: [0.6, Number.NaN], each: [{ sensitivity: 1 }, { reason: /no positives/ }] });
    if (chosen.kind !== "thresholds") return;
    const used = { ...chosenOn, labels: Int32Array.from([1, 1, 0, 0, 1, 1, 1, 1]) };
    expect(metricOf("sensitivity", used, chosen.at).measure()).toEqual({
      kind: "value",
      value: 2 / 3,
      leftOut: [{ of: "label", index: 1, reason: "it has no threshold" }],
    });
    const three = { ...chosenOn, classes: 4, images: 2, several: false, labels: Int32Array.from([0, 1]) };
    expect(chooseThresholds({ kind: "youden" }, three)).toMatchObject({ reason: /there are 4/ });
  });
});
