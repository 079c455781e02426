/** `by: class`: each class against the rest. Values of scikit-learn 1.x on the same logits. */

import { describe, expect, it } from "vitest";
import { classGroups, oneAgainstRest } from "../../../src/runtime/probes/class-groups.js";
import { measure, predictionsOf, score } from "../../../src/runtime/probes/metric.js";

const LOGITS = Float32Array.from(
  [
    [0.388, -0.803, -0.673],
    [0.768, 1.971, -1.589],
    [1.91, 1.881, -1.025],
    [-0.668, -0.631, 1.096],
    [1.617, 1.158, -1.908],
    [-1.961, -0.268, 0.888],
    [0.338, -1.089, -1.969],
    [0.254, -1.38, 1.62],
    [0.205, -0.215, 1.862],
    [0.231, 1.232, -0.155],
    [-0.294, -0.424, 1.274],
    [-1.452, 1.338, 0.938],
  ].flat(),
);
const CLASSES = Int32Array.from([1, 0, 0, 2, 1, 1, 0, 2, 0, 1, 1, 0]);
const LABELS = Int32Array.from(
  [
    [0, 0, 0],
    [1, 0, 1],
    [1, 1, 1],
    [0, -1, 1],
    [0, 1, 0],
    [1, 1, 0],
    [1, 0, 1],
    [0, 0, 1],
    [1, -1, 1],
    [1, 0, 1],
    [1, 1, 0],
    [0, 0, 1],
  ].flat(),
);
const NAMES = ["oedema", "effusion", "nodule"];

function each(metric: string, predictions: ReturnType<typeof predictionsOf>): readonly number[] {
  return classGroups(predictions, NAMES, 1).groups.map((group) => score(metric, oneAgainstRest(predictions, group)));
}

const close = (found: readonly number[], wanted: readonly number[]) => {
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((value, at) => {
    expect(found[at]).toBeCloseTo(value, 7);
  });
};

describe("a class against the rest", () => {
  const multiclass = predictionsOf(LOGITS, CLASSES, 3, "multiclass");
  const labelled = predictionsOf(LOGITS, LABELS, 3, "multilabel");

  it("is scikit-learn's of that class's column, where classes exclude each other", () => {
    close(each("roc_auc", multiclass), [0.5142857142857143, 0.5714285714285714, 0.95]);
    close(each("average_precision", multiclass), [0.5722222222222222, 0.49428571428571433, 0.8333333333333333]);
    close(each("log_loss", multiclass), [0.8687365666761111, 0.835821461669672, 0.46668915080472]);
  });

  it("is of the images that say whether they have it, where there are several labels", () => {
    close(each("roc_auc", labelled), [0.5142857142857142, 0.5833333333333334, 0.5625]);
    close(each("average_precision", labelled), [0.6732993197278911, 0.4928571428571429, 0.7872023809523809]);
  });

  it("has the plain metric as its mean", () => {
    for (const predictions of [multiclass, labelled]) {
      const all = each("roc_auc", predictions);
      expect(all.reduce((sum, value) => sum + value, 0) / 3).toBeCloseTo(score("roc_auc", predictions), 12);
    }
  });

  it("is left out below so many cases of it, by name", () => {
    const { groups, warnings } = classGroups(multiclass, NAMES, 3);
    expect(groups.map(({ attribute, group }) => [attribute, group])).toEqual([
      ["class", "oedema"],
      ["class", "effusion"],
    ]);
    expect(warnings).toEqual(["class nodule: 2 cases, fewer than 3"]);
    expect(classGroups(labelled, NAMES, 1).groups.map(({ members }) => members.length)).toEqual([12, 10, 12]);
  });

  it("takes a threshold of its own", () => {
    const [group] = classGroups(labelled, NAMES, 1).groups;
    if (group === undefined) throw new Error("no group");
    const one = oneAgainstRest(labelled, group);
    expect(measure("sensitivity", one, [0])).toMatchObject({ value: 1 });
    expect(measure("sensitivity", one, [1])).toMatchObject({ value: 0 });
  });
});
