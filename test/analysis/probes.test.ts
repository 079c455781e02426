/** Probes at awkward sizes against PyTorch, SciPy and scikit-learn (test/goldens/probes.py), and their identities. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gramInner, gramOf } from "../../src/analysis/gram.js";
import {
  attendedDistance,
  cka,
  curveArea,
  fid,
  fitLogistic,
  KnnVotes,
  kid,
  knn,
  l2,
  logisticScores,
  relativeGain,
  reuseShare,
  stepsTo,
  type Tensor,
} from "../../src/analysis/index.js";
import { MomentSums } from "../../src/analysis/moments.js";
import { jackknife } from "../../src/analysis/reuse.js";

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type Labels = { labels: number[]; several: boolean; classes: number };
interface Golden {
  cka: ({ x: Stored; y: Stored; batch: number } & Record<"unbiased" | "biased" | "batch_mean" | "hsic_mean", number>)[];
  knn: ({ bank: Stored; query: Stored; k: number; temperature: number; scores: number[] } & Labels)[];
  distances: { p: Stored; q: Stored; fid: number; kid: number }[];
  l2: ({ a: Stored[]; b: Stored[] } & Record<"per_weight" | "raw" | "relative", number>)[];
  logistic: { x: Stored; y: number[]; test: Stored; classes: number; l2: number; several: boolean; scores: number[] }[];
  attention: {
    weights: Stored;
    heads: number;
    cls: number;
    places: [number, number][];
    renormalized: number[];
    unnormalized: number[];
  }[];
  curve: { steps: number[]; values: number[]; area: number }[];
  reuse: { wt: number[]; st: number[]; ri: number[]; share: number[]; gain: number[] }[];
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden/probes.golden.json"), "utf8"));
const single = ({ shape, data }: Stored): Tensor => ({ shape, data: Float32Array.from(data) });
const double = ({ shape, data }: Stored): Tensor => ({ shape, data: Float64Array.from(data) });
const rowsOf = ({ data, shape }: Tensor, from: number, to: number): Tensor => {
  const width = shape.slice(1).reduce((product, extent) => product * extent, 1);
  return { data: data.subarray(from * width, to * width), shape: [to - from, ...shape.slice(1)] };
};
/** A tensor in parts of odd sizes. */
function* parts(tensor: Tensor, size: number) {
  for (let from = 0; from < (tensor.shape[0] ?? 0); from += size) {
    yield { from, features: rowsOf(tensor, from, Math.min(from + size, tensor.shape[0] ?? 0)) };
  }
}
const near = (value: number | undefined, expected: number | undefined, tolerance: number) =>
  expect(Math.abs((value ?? Number.NaN) - (expected ?? Number.NaN)), `${value} beside ${expected}`).toBeLessThan(
    tolerance,
  );

describe("cka at awkward sizes", () => {
  const estimators = ["unbiased", "biased", "batch_mean", "hsic_mean"] as const;
  it.each(golden.cka.map((each, i) => [i, each] as const))(
    "case %i is PyTorch's to 1e-5",
    (_, { x, y, batch, ...values }) => {
      for (const estimator of estimators) {
        near(cka(single(x), single(y), { estimator, batch }), values[estimator], 1e-5);
        near(cka(double(x), double(y), { estimator, batch }), values[estimator], 1e-10);
      }
    },
  );

  it("gives 0, not noise, for features that are constant at a value rounding cannot average", () => {
    const y = single(golden.cka[0]?.y ?? { shape: [], data: [] });
    const n = y.shape[0] ?? 0;
    const dead = { shape: [n, 3], data: new Float64Array(n * 3).fill(0.1) };
    for (const estimator of estimators) expect(cka(dead, y, { estimator, batch: 8 })).toBe(0);
    const gram = gramOf({ data: dead.data, rows: n, columns: 3 });
    expect(gramInner(gram, gram)).toBe(0);
  });

  it("a dead feature beside live ones changes nothing", () => {
    const [x, y] = [
      double(golden.cka[0]?.x ?? { shape: [], data: [] }),
      double(golden.cka[0]?.y ?? { shape: [], data: [] }),
    ];
    const [n = 0, width = 0] = x.shape;
    const data = new Float64Array(n * (width + 1));
    for (let i = 0; i < n; i++) {
      data.set(x.data.subarray(i * width, (i + 1) * width), i * (width + 1));
      data[i * (width + 1) + width] = 0.3;
    }
    const widened = { shape: [n, width + 1], data };
    near(cka(widened, y, { estimator: "unbiased" }), cka(x, y, { estimator: "unbiased" }), 1e-12);
  });
});

describe("knn at awkward sizes", () => {
  const labelsOf = ({ labels, several, classes }: Labels) =>
    several ? { data: labels, shape: [labels.length / classes, classes] as const } : labels;

  it.each(golden.knn.map((each, i) => [i, each] as const))("case %i votes as PyTorch to 1e-5", (_, each) => {
    const { scores } = knn(single(each.bank), labelsOf(each), single(each.query), each);
    each.scores.forEach((score, i) => {
      near(scores.data[i], score, 1e-5);
    });
  });

  it.each([1, 3, 50])("gives the same bits when the bank comes %i images at a time", (size) => {
    for (const each of golden.knn) {
      const bank = single(each.bank);
      const votes = new KnnVotes(single(each.query), bank.shape[0] ?? 0, each);
      for (const { features } of parts(bank, size)) votes.see(features);
      const whole = knn(bank, labelsOf(each), single(each.query), each);
      expect(votes.result(labelsOf(each))).toEqual(whole);
    }
  });

  it("scores nothing but numbers where all features are alike", () => {
    const alike = { shape: [6, 2], data: new Float32Array(12).fill(0.7) };
    const { scores } = knn(alike, [0, 0, 1, 1, 2, 2], alike, { k: 3, temperature: 0.1, classes: 3 });
    expect([...scores.data.subarray(0, 3)].map((score) => Number(score.toFixed(12)))).toEqual([
      0.666666666667, 0.333333333333, 0,
    ]);
  });

  it("says what is wrong with labels of several", () => {
    const [first] = golden.knn;
    if (first === undefined) throw new Error("no case");
    expect(() => knn(single(first.bank), { data: [1, 0], shape: [1, 2] }, single(first.query), first)).toThrow(
      /labels of shape \[1, 2\] for 53 images and 5 classes/,
    );
  });
});

describe("distances of image sets at awkward sizes", () => {
  it.each(golden.distances.map((each, i) => [i, each] as const))(
    "case %i is SciPy's to 1e-3 relative",
    (_, { p, q, ...values }) => {
      near(fid(single(p), single(q)) / values.fid, 1, 1e-3);
      near(kid(double(p), double(q)), values.kid, 1e-9);
    },
  );
  it("a covariance is the same however the images are cut", () => {
    const p = double(golden.distances[0]?.p ?? { shape: [], data: [] });
    const whole = new MomentSums();
    whole.see(p);
    for (const size of [1, 7]) {
      const sums = new MomentSums();
      for (const { features } of parts(p, size)) sums.see(features);
      const [a, b] = [sums.moments(), whole.moments()];
      a.covariance.forEach((value, i) => {
        near(value, b.covariance[i], 1e-12);
      });
      a.mean.forEach((value, i) => {
        near(value, b.mean[i], 1e-12);
      });
    }
  });
  it("sets of one image over and over are apart by their distance alone", () => {
    const set = (value: number) => ({ shape: [5, 3], data: new Float32Array(15).fill(value) });
    expect(fid(set(1), set(1))).toBe(0);
    near(fid(set(1), set(3)), 12, 1e-9);
  });
});

describe("l2", () => {
  it.each(["per_weight", "raw", "relative"] as const)("%s is PyTorch's", (distance) => {
    for (const { a, b, ...values } of golden.l2)
      near(l2(a.map(double), b.map(double), { distance }), values[distance], 1e-12);
  });
  it("has no relative distance from nothing, and is 0 where nothing moved", () => {
    const [zero, one] = [new Float32Array(3), new Float32Array(3).fill(1)].map((data) => ({ shape: [3], data }));
    if (zero === undefined || one === undefined) throw new Error("no tensors");
    expect(l2([zero], [one], { distance: "relative" })).toBeNaN();
    for (const distance of ["per_weight", "raw", "relative"] as const) expect(l2([zero], [zero], { distance })).toBe(0);
  });
});

describe("logistic regression", () => {
  it.each(golden.logistic.map((each, i) => [i, each] as const))("case %i is scikit-learn's", (_, each) => {
    const { y, classes, several, l2: decay } = each;
    const x = double(each.x);
    const [images = 0, width = 0] = x.shape;
    const labels = several ? { data: y, shape: [images, classes] as const } : y;
    const options = { classes, l2: decay, tolerance: 1e-9 };
    for (const size of [images, 10]) {
      const fit = fitLogistic(() => parts(x, size), { images, width }, labels, options);
      expect(fit.converged).toBe(true);
      logisticScores(fit, double(each.test), several).forEach((score, i) => {
        near(score, each.scores[i], 1e-6);
      });
    }
  });
  it("on features that never vary gives the classes' shares", () => {
    const x = { shape: [4, 2], data: new Float32Array(8) };
    const fit = fitLogistic(() => parts(x, 4), { images: 4, width: 2 }, [0, 1, 1, 1], {
      classes: 2,
      l2: 0.1,
      tolerance: 1e-9,
    });
    expect([...fit.weights]).toEqual([0, 0, 0, 0]);
    near(logisticScores(fit, x, false)[1], 0.75, 1e-6);
  });
});

describe("mean attended distance", () => {
  it.each(golden.attention.map((each, i) => [i, each] as const))(
    "case %i is PyTorch's",
    (_, { weights, heads, cls, places, ...values }) => {
      const map = {
        weights: weights.data,
        heads,
        places: [...Array.from({ length: cls }, () => undefined), ...places.map(([x, y]) => ({ x, y }))],
      };
      for (const estimator of ["renormalized", "unnormalized"] as const) {
        [...attendedDistance(map, { estimator })].forEach((value, head) => {
          near(value, values[estimator][head], 1e-9);
        });
      }
    },
  );
  it("is 0 of heads that see only themselves, and of those that see only the class token", () => {
    const places = [undefined, { x: 0, y: 0 }, { x: 8, y: 0 }];
    expect([
      ...attendedDistance({ weights: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0], heads: 2, places }),
    ]).toEqual([0, 0]);
  });
});

describe("curves and reuse", () => {
  it("areas are NumPy's", () => {
    for (const { steps, values, area } of golden.curve) {
      near(curveArea(steps.map((step, i) => ({ step, value: values[i] ?? 0 }))), area, 1e-12);
    }
    expect(curveArea([{ step: 5, value: 0.3 }])).toBe(0.3);
    expect(curveArea([])).toBeNaN();
    expect(
      curveArea([
        { step: 1, value: Number.NaN },
        { step: 2, value: 0.4 },
        { step: 4, value: 0.6 },
      ]),
    ).toBe(0.5);
  });
  it("the best is reached where it first stands, whichever way is better", () => {
    const points = [0.2, 0.9, 0.5, 0.9].map((value, i) => ({ step: 10 * (i + 1), value }));
    expect(stepsTo(points, { shareOfBest: 1 }, "max")).toBe(20);
    expect(stepsTo(points, { shareOfBest: 1 }, "min")).toBe(10);
    expect(stepsTo(points, { value: 0.95 }, "max")).toBeNaN();
  });
  it.each(golden.reuse)("gain and share have SciPy's intervals", ({ wt, st, ri, share, gain }) => {
    const [shared, gained] = [reuseShare(wt, st), relativeGain(wt, ri)];
    [shared.value, shared.low, shared.high].forEach((value, i) => {
      near(value, share[i], 1e-10);
    });
    [gained.value, gained.low, gained.high].forEach((value, i) => {
      near(value, gain[i], 1e-10);
    });
  });
  it("a pair of which one side failed is left out on both", () => {
    const { wt, ri } = golden.reuse[0] ?? { wt: [], ri: [] };
    const broken = relativeGain([...wt, Number.NaN], [...ri, 0.1]);
    expect(broken).toEqual(relativeGain(wt, ri));
    expect(relativeGain([1], [2])).toEqual({ value: 0.5, low: Number.NaN, high: Number.NaN, n: 1 });
  });
  it("the jackknife of a mean is Student's interval", () => {
    const values = [0.1, 0.4, 0.35, 0.8];
    const mean = (left: number) => {
      const kept = values.filter((_, i) => i !== left);
      return kept.reduce((sum, value) => sum + value, 0) / kept.length;
    };
    const { low, high } = jackknife(4, mean);
    const share = reuseShare(
      values.map(() => 1),
      values.map((value) => 1 - value),
    );
    near(low, share.low, 1e-12);
    near(high, share.high, 1e-12);
  });
});
