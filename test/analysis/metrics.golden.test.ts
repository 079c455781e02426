import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entries } from "../../src/catalog/index.js";
import { measure, type Predictions, remarkOn, type Thresholds } from "../../src/runtime/probes/metric.js";
import { chooseThresholds } from "../../src/runtime/probes/threshold.js";
import { type BinaryCase, binary, type MulticlassCase, type MultilabelCase, multiclass, multilabel } from "./draw.js";

type Values = { readonly [metric: string]: number | null };
interface Golden {
  readonly binary: readonly (BinaryCase & {
    readonly values: Values;
    readonly "at0.3": Values;
    readonly thresholds: { readonly [rule: string]: number | "inf" | null };
  })[];
  readonly multiclass: readonly (MulticlassCase & { readonly values: Values; readonly leftOut: Values })[];
  readonly multilabel: readonly (MultilabelCase & { readonly values: Values; readonly leftOut: Values })[];
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden/metrics.golden.json"), "utf8"));

function holds(predictions: Predictions, values: Values, thresholds?: Thresholds): void {
  for (const [metric, expected] of Object.entries(values)) {
    const measured = measure(metric, predictions, thresholds);
    if (expected === null) {
      expect(measured, metric).toMatchObject({ kind: "undefined", reason: expect.stringMatching(/./) });
      continue;
    }
    const off = measured.kind === "value" ? Math.abs(measured.value - expected) : Number.NaN;
    expect(off, `${metric}: ${JSON.stringify(measured)} beside ${expected}`).toBeLessThan(1e-9);
  }
}

const idsFor = (task: "binary" | "multiclass" | "multilabel") =>
  entries("metric")
    .filter(({ tasks }) => tasks.includes(task))
    .map(({ id }) => id)
    .sort();

const twoColumns = ({ y, p }: ReturnType<typeof binary>): Predictions => ({
  images: y.length,
  classes: 2,
  probabilities: Float64Array.from({ length: 2 * p.length }, (_, i) => {
    const value = p[i >> 1] as number;
    return i % 2 === 1 ? value : 1 - value;
  }),
  labels: y,
  several: false,
});

describe("every metric of two classes is scikit-learn's or torchmetrics'", () => {
  it("of all in the catalogue", () => {
    for (const { values } of golden.binary) expect(Object.keys(values).sort()).toEqual(idsFor("binary"));
  });
  it.each(golden.binary)("$n cases, grid of $grid, $perMille ‰, lift $lift", (each) => {
    const predictions = twoColumns(binary(each));
    holds(predictions, each.values);
    holds(predictions, each["at0.3"], [0.3]);
    const rules = {
      youden: { kind: "youden" },
      "sensitivity0.9": { kind: "sensitivity", least: 0.9 },
      "specificity0.8": { kind: "specificity", least: 0.8 },
    } as const;
    for (const [name, rule] of Object.entries(rules)) {
      const chosen = chooseThresholds(rule, predictions);
      const expected = each.thresholds[name];
      if (expected === null) expect(chosen.kind, name).toBe("undefined");
      else expect(chosen, name).toMatchObject({ at: [expected === "inf" ? Number.POSITIVE_INFINITY : expected] });
    }
  });
});

describe("every metric of several classes is scikit-learn's or torchmetrics'", () => {
  it("of all in the catalogue", () => {
    for (const { values } of golden.multiclass) expect(Object.keys(values).sort()).toEqual(idsFor("multiclass"));
  });
  it.each(golden.multiclass)("$n cases, $classes classes, $among occurring, grid of $grid, lift $lift", (each) => {
    const { y, p } = multiclass(each);
    const predictions = { images: each.n, classes: each.classes, probabilities: p, labels: y, several: false };
    holds(predictions, each.values);
    saysWhatIsLeftOut(predictions, each.values, each.leftOut);
  });
});

describe("every metric of several labels is scikit-learn's or torchmetrics', label by label", () => {
  it("of all in the catalogue", () => {
    for (const { values } of golden.multilabel) expect(Object.keys(values).sort()).toEqual(idsFor("multilabel"));
  });
  it.each(golden.multilabel)("$n cases, labels of $perMille ‰, grid of $grid, $unknown ‰ not known", (each) => {
    const { y, p } = multilabel(each);
    const predictions = {
      images: each.n,
      classes: each.perMille.length,
      probabilities: p,
      labels: y,
      several: true,
    };
    holds(predictions, each.values);
    saysWhatIsLeftOut(predictions, each.values, each.leftOut);
  });
});

function saysWhatIsLeftOut(predictions: Predictions, values: Values, leftOut: Values): void {
  for (const [metric, count] of Object.entries(leftOut)) {
    const measured = measure(metric, predictions);
    const remark = remarkOn(metric, measured);
    if (values[metric] === null) expect(remark).toMatch(/has no value: /);
    else if (count === 0) expect(remark).toBeUndefined();
    else {
      expect(measured.kind === "value" && measured.leftOut).toHaveLength(count ?? 0);
      expect(remark).toMatch(/is a mean without /);
    }
  }
}
