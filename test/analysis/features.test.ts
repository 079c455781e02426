import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { symmetricEigenvalues } from "../../src/analysis/eigen.js";
import { cka, fid, kid, knn, l2, type Tensor } from "../../src/analysis/index.js";
import { semidefiniteFactor } from "../../src/analysis/semidefinite.js";

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Golden {
  cka: { x: Stored; y: Stored; batch: number; unbiased: number; biased: number; batch_mean: number; hsic_mean: number };
  knn: {
    bank: Stored;
    labels: number[];
    query: Stored;
    k: number;
    temperature: number;
    classes: number;
    scores: number[];
    predicted: number[];
  };
  distances: { p: Stored; q: Stored; fid: number; kid: number };
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden/analysis.golden.json"), "utf8"));
const tensor = ({ shape, data }: Stored): Tensor => ({ shape, data: Float64Array.from(data) });
const single = ({ shape, data }: Stored): Tensor => ({ shape, data: Float32Array.from(data) });

/** Any numbers will do, as long as they are the same every time. */
function waves(rows: number, columns: number, phase: number): Tensor {
  const data = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin((i + 1) * 1.7 + phase * i * i));
  return { shape: [rows, columns], data };
}

describe("cka", () => {
  const x = tensor(golden.cka.x);
  const y = tensor(golden.cka.y);
  const { batch } = golden.cka;

  it.each(["unbiased", "biased", "batch_mean", "hsic_mean"] as const)("%s is PyTorch's", (estimator) => {
    expect(cka(x, y, { estimator, batch })).toBeCloseTo(golden.cka[estimator], 10);
    expect(
      Math.abs(cka(single(golden.cka.x), single(golden.cka.y), { estimator, batch }) - golden.cka[estimator]),
    ).toBeLessThan(1e-5);
  });

  it.each(["unbiased", "biased", "batch_mean", "hsic_mean"] as const)("%s of x with x is 1", (estimator) => {
    expect(cka(x, x, { estimator, batch })).toBeCloseTo(1, 12);
  });

  it("sees neither scale, shift, rotation nor the order of the arguments", () => {
    const options = { estimator: "unbiased" } as const;
    const moved = { shape: x.shape, data: x.data.map((value) => 1e3 - 4 * value) };
    expect(cka(moved, y, options)).toBeCloseTo(cka(x, y, options), 10);
    expect(cka(y, x, options)).toBeCloseTo(cka(x, y, options), 12);
    const turned = { shape: x.shape, data: Float64Array.from(x.data) };
    const [cos, sin] = [Math.cos(0.7), Math.sin(0.7)];
    for (let i = 0; i < 26 * 15; i += 15) {
      turned.data[i] = cos * (x.data[i] ?? 0) - sin * (x.data[i + 1] ?? 0);
      turned.data[i + 1] = sin * (x.data[i] ?? 0) + cos * (x.data[i + 1] ?? 0);
    }
    expect(cka(turned, y, options)).toBeCloseTo(cka(x, y, options), 10);
  });

  it("is 0 where one side does not vary", () => {
    const constant = { shape: [26, 4], data: new Float64Array(104).fill(3) };
    for (const estimator of ["unbiased", "biased", "batch_mean", "hsic_mean"] as const) {
      expect(cka(constant, y, { estimator, batch })).toBe(0);
    }
  });

  it("agrees with itself across tiles and panels", () => {
    const wide = waves(13, 1100, 0.3);
    const naive = (a: Tensor, b: Tensor) => {
      const gram = (t: Tensor) => {
        const [n = 0, d = 0] = t.shape;
        const at = (i: number, k: number) => t.data[i * d + k] ?? 0;
        const raw = (i: number, j: number) => {
          let sum = 0;
          for (let k = 0; k < d; k++) sum += at(i, k) * at(j, k);
          return i === j ? 0 : sum;
        };
        const full = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => raw(i, j)));
        const rows = full.map((row) => row.reduce((s, v) => s + v, 0));
        const total = rows.reduce((s, v) => s + v, 0);
        return full.map((row, i) =>
          row.map((v, j) =>
            i === j ? 0 : v - ((rows[i] ?? 0) + (rows[j] ?? 0)) / (n - 2) + total / ((n - 1) * (n - 2)),
          ),
        );
      };
      const dot = (p: number[][], q: number[][]) => p.flat().reduce((s, v, i) => s + v * (q.flat()[i] ?? 0), 0);
      const [k, l] = [gram(a), gram(b)];
      return dot(k, l) / Math.sqrt(dot(k, k) * dot(l, l));
    };
    expect(cka(wide, waves(13, 7, 1.1), { estimator: "unbiased" })).toBeCloseTo(naive(wide, waves(13, 7, 1.1)), 10);
  });

  it("says what is wrong with its input", () => {
    const options = { estimator: "unbiased" } as const;
    expect(() => cka(waves(3, 2, 0), waves(3, 2, 1), options)).toThrow(/at least 4 samples, not 3/);
    expect(() => cka(waves(5, 2, 0), waves(6, 2, 1), options)).toThrow(/5 samples and y 6/);
    expect(() => cka({ shape: [5, 3], data: new Float32Array(4) }, waves(5, 2, 1), options)).toThrow(/4 numbers/);
    expect(() => cka(waves(9, 2, 0), waves(9, 2, 1), { estimator: "hsic_mean", batch: 3 })).toThrow(/at least 4/);
  });
});

describe("knn", () => {
  const { bank, labels, query, scores, predicted, ...options } = golden.knn;

  it("votes as PyTorch does", () => {
    const result = knn(tensor(bank), labels, tensor(query), options);
    expect([...result.predicted]).toEqual(predicted);
    result.scores.data.forEach((score, i) => {
      expect(score).toBeCloseTo(scores[i] ?? Number.NaN, 10);
    });
  });

  it("takes the earlier of equally near neighbours and the lower of equal classes", () => {
    const same = { shape: [3, 2], data: new Float64Array([1, 0, 2, 0, 3, 0]) };
    const asked = { shape: [1, 2], data: new Float64Array([5, 0]) };
    expect([...knn(same, [2, 0, 1], asked, { k: 1, temperature: 0.1, classes: 3 }).predicted]).toEqual([2]);
    expect([...knn(same, [2, 0, 1], asked, { k: 3, temperature: 0.1, classes: 3 }).predicted]).toEqual([0]);
  });

  it("stays finite at a tiny temperature and on a vector of zeros", () => {
    const zeros = { shape: [1, 7], data: new Float64Array(7) };
    const cold = knn(tensor(bank), labels, tensor(query), { ...options, temperature: 1e-4 });
    expect([...cold.scores.data].every(Number.isFinite)).toBe(true);
    const even = knn(tensor(bank), labels, zeros, { ...options, k: 60 });
    const share = labels.filter((label) => label === 0).length / 60;
    expect(even.scores.data[0]).toBeCloseTo(share, 12);
  });

  it("says what is wrong with its input", () => {
    expect(() => knn(tensor(bank), labels, tensor(query), { ...options, k: 61 })).toThrow(
      /between 1 and the bank's 60/,
    );
    expect(() => knn(tensor(bank), labels.slice(1), tensor(query), options)).toThrow(/60 features in the bank but 59/);
    expect(() => knn(tensor(bank), labels, tensor(query), { ...options, classes: 2 })).toThrow(/not among 2 classes/);
  });
});

describe("distances", () => {
  const p = tensor(golden.distances.p);
  const q = tensor(golden.distances.q);

  it("fid is SciPy's", () => expect(fid(p, q)).toBeCloseTo(golden.distances.fid, 9));
  it("kid is its formula's", () => expect(kid(p, q)).toBeCloseTo(golden.distances.kid, 9));
  it("fid of a set with itself is 0, with fewer images than features too", () => {
    expect(fid(p, p)).toBeCloseTo(0, 9);
    expect(fid(waves(5, 9, 1), waves(5, 9, 1))).toBeCloseTo(0, 9);
  });
  it("l2 is the mean of ‖Δ‖ per weight, and 0 of a state with itself", () => {
    const a = { shape: [2], data: new Float32Array([3, 4]) };
    const b = { shape: [2], data: new Float32Array(2) };
    const c = { shape: [1], data: new Float32Array([1]) };
    const d = { shape: [1], data: new Float32Array([3]) };
    expect(l2([a], [b])).toBe(2.5);
    expect(l2([a, c], [b, d])).toBe(2.25);
    expect(l2([a], [a])).toBe(0);
    expect(l2([], [])).toBe(0);
    expect(() => l2([a], [c])).toThrow(/shape \[2\] beside \[1\]/);
  });
});

describe("symmetric matrices", () => {
  it("have the eigenvalues they were made with", () => {
    const matrix = new Float64Array([2, -1, 0, 0, -1, 2, -1, 0, 0, -1, 2, -1, 0, 0, -1, 2]);
    const expected = [1, 2, 3, 4].map((k) => 2 - 2 * Math.cos((k * Math.PI) / 5));
    symmetricEigenvalues(matrix, 4).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 12);
    });
    expect([...symmetricEigenvalues(new Float64Array(9), 3)]).toEqual([0, 0, 0]);
  });
  it("keep trace and squares when they are full", () => {
    const n = 23;
    const raw = waves(n, n, 0.9).data;
    const matrix = Float64Array.from(raw, (_, i) => (raw[i] ?? 0) + (raw[(i % n) * n + Math.floor(i / n)] ?? 0));
    const trace = Array.from({ length: n }, (_, i) => matrix[i * n + i] ?? 0).reduce((s, v) => s + v, 0);
    const squares = matrix.reduce((s, v) => s + v * v, 0);
    const values = symmetricEigenvalues(Float64Array.from(matrix), n);
    expect(values.reduce((s, v) => s + v, 0)).toBeCloseTo(trace, 9);
    expect(values.reduce((s, v) => s + v * v, 0)).toBeCloseTo(squares, 8);
  });
  it("factor to their rank", () => {
    const rows = waves(2, 5, 0.4).data;
    const matrix = Float64Array.from({ length: 25 }, (_, at) => {
      const [i, j] = [Math.floor(at / 5), at % 5];
      return (rows[i] ?? 0) * (rows[j] ?? 0) + (rows[5 + i] ?? 0) * (rows[5 + j] ?? 0);
    });
    const factor = semidefiniteFactor(Float64Array.from(matrix), 5);
    expect(factor.rows).toBe(2);
    matrix.forEach((value, at) => {
      const [i, j] = [Math.floor(at / 5), at % 5];
      const back = [0, 1].reduce((s, r) => s + (factor.data[r * 5 + i] ?? 0) * (factor.data[r * 5 + j] ?? 0), 0);
      expect(back).toBeCloseTo(value, 10);
    });
  });
});
