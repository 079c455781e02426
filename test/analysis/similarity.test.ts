import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { symmetricEigen } from "../../src/analysis/eigen.js";
import {
  CCA_VARIANTS,
  type CcaVariant,
  canonicalSimilarity,
  classDistance,
  leep,
  logme,
  subspace,
  type Tensor,
  transportCost,
} from "../../src/analysis/index.js";
import { sample } from "./draw.js";

interface Golden {
  readonly cca: readonly ({ readonly [K in "seed" | "n" | "da" | "ra" | "db" | "rb"]: number } & {
    readonly [K in CcaVariant]: number;
  })[];
  readonly transport: readonly {
    readonly seed: number;
    readonly m: number;
    readonly k: number;
    readonly cost: number;
  }[];
  readonly logme: readonly { readonly [K in "seed" | "n" | "d" | "rank" | "classes" | "value"]: number }[];
  readonly leep: readonly { readonly [K in "seed" | "n" | "z" | "classes" | "value"]: number }[];
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden/similarity.golden.json"), "utf8"));

const near = (value: number, expected: number, tolerance = 1e-9) =>
  expect(Math.abs(value - expected), `${value} beside ${expected}`).toBeLessThan(
    tolerance * Math.max(1, Math.abs(expected)),
  );

/** As test/goldens/similarity.py draws them. */
function features(seed: number, n: number, d: number, rank = d): Tensor {
  const drawn = sample(seed, n * rank, 64);
  const data = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    const at = (j: number) => drawn[i * rank + (j % rank)] as number;
    for (let j = 0; j < d; j++) data[i * d + j] = j < rank ? at(j) : at(j - rank) + (rank > 1 ? at(j - rank + 1) : 0);
  }
  return { data, shape: [n, d] };
}
const labels = (seed: number, n: number, classes: number) =>
  sample(seed + 9, n, classes).map((y) => Math.round(y * classes));

function mapped(
  { data, shape }: Tensor,
  by: (row: Float32Array | Float64Array, image: number) => readonly number[],
): Tensor {
  const [n = 0, d = 0] = shape;
  const rows = Array.from({ length: n }, (_, i) => by(data.subarray(i * d, (i + 1) * d), i));
  return { data: Float64Array.from(rows.flat()), shape: [n, rows[0]?.length ?? 0] };
}
const similarity = (a: Tensor, b: Tensor, variant: CcaVariant, keep = 1) =>
  canonicalSimilarity(
    subspace(a, { keep, loadings: variant === "pwcca" }),
    subspace(b, { keep, loadings: false }),
    variant,
  );

describe("canonical correlations are numpy's", () => {
  it.each(golden.cca)("$n images, $da ($ra) beside $db ($rb) features", ({ seed, n, da, ra, db, rb, ...expected }) => {
    const a = features(seed, n, da, ra);
    const drawn = features(seed + 1, n, db, rb);
    const b = mapped(drawn, (row, i) => [a.data[i * da] as number, ...Array.from(row).slice(1)]);
    near(similarity(a, b, "svcca", 0.9), expected.svcca, 1e-7);
    near(similarity(a, b, "mean"), expected.mean, 1e-7);
    near(similarity(a, b, "pwcca"), expected.pwcca, 1e-7);
  });

  it.each(CCA_VARIANTS)("%s is 1 for what a linear map takes to each other, and 0 beside dead features", (variant) => {
    const a = features(3, 60, 4);
    const turned = mapped(a, ([w = 0, x = 0, y = 0, z = 0]) => [w + 2 * x, x - y, 3 * z + w, y + z, w - z]);
    near(similarity(a, turned, variant), 1, 1e-6);
    near(
      similarity(
        a,
        mapped(a, (row) => Array.from(row, (value) => 7 - 2 * value)),
        variant,
        0.9,
      ),
      1,
      1e-6,
    );
    const dead = mapped(a, () => [1, 2]);
    expect(similarity(a, dead, variant)).toBe(0);
    expect(similarity(dead, a, variant)).toBe(0);
  });
});

describe("eigenvectors", () => {
  it("are orthogonal and rebuild the matrix, repeated eigenvalues and zeros included", () => {
    for (const [n, rank] of [
      [1, 1],
      [6, 6],
      [9, 4],
    ] as const) {
      const { data } = features(n, rank, n);
      const matrix = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          for (let k = 0; k < rank; k++)
            matrix[i * n + j] =
              (matrix[i * n + j] as number) + (data[k * n + i] as number) * (data[k * n + j] as number);
      for (const wanted of [matrix, Float64Array.from(matrix, (_, at) => (at % (n + 1) === 0 ? 2 : 0))]) {
        const { values, vectors } = symmetricEigen(wanted.slice(), n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let [product, rebuilt] = [0, 0];
            for (let k = 0; k < n; k++) {
              product += (vectors[i * n + k] as number) * (vectors[j * n + k] as number);
              rebuilt += (values[k] as number) * (vectors[k * n + i] as number) * (vectors[k * n + j] as number);
            }
            near(product, i === j ? 1 : 0, 1e-12);
            near(rebuilt, wanted[i * n + j] as number, 1e-12);
          }
        }
      }
    }
  });
});

describe("optimal transport is a linear program's", () => {
  const shares = (values: readonly number[]) => {
    const total = values.reduce((sum, value) => sum + value, 0);
    return Float64Array.from(values, (value) => value / total);
  };

  it.each(golden.transport)("$m to $k", ({ seed, m, k, cost }) => {
    const [supply, demand] = [shares(sample(seed, m, 50, 1)), shares(sample(seed + 1, k, 50, 1))];
    near(transportCost(supply, demand, Float64Array.from(sample(seed + 2, m * k, 40))), cost, 1e-10);
  });

  it("is 0 between a set and itself, and the distance of two sets of one class", () => {
    const { data } = features(5, 6, 3);
    const set = { means: Float64Array.from(data), counts: [4, 0, 2, 9, 1, 1] };
    near(classDistance(set, { ...set, counts: [8, 0, 4, 18, 2, 2] }), 0, 1e-12);
    const one = { means: Float64Array.of(0, 0), counts: [3] };
    near(classDistance(one, { means: Float64Array.of(3, 4, 9, 9), counts: [5, 0] }), 5);
    expect(() => classDistance(one, { ...one, counts: [0] })).toThrow(/without images/);
  });
});

describe("transferability", () => {
  it.each(golden.logme)(
    "LogME of $n images, $d features, $classes classes is numpy's",
    ({ seed, n, d, rank, classes, value }) => {
      const y = labels(seed, n, classes);
      const targets = Float64Array.from(
        y.flatMap((label) => Array.from({ length: classes }, (_, c) => (c === label ? 1 : 0))),
      );
      near(logme(features(seed, n, d, rank), { data: targets, shape: [n, classes] }), value, 1e-8);
    },
  );

  it.each(golden.leep)("LEEP of $n images and $z source classes is numpy's", ({ seed, n, z, classes, value }) => {
    const probabilities = mapped(features(seed, n, z), (row) => {
      const powers = Array.from(row, (each) => Math.exp(4 * each));
      const total = powers.reduce((sum, power) => sum + power, 0);
      return powers.map((power) => power / total);
    });
    near(leep(probabilities, labels(seed, n, classes), classes), value);
  });

  it("LEEP is 0 where the source tells the classes apart, and minus their entropy where it tells nothing", () => {
    const y = [0, 0, 1, 1];
    const sure = { data: Float64Array.of(1, 0, 1, 0, 0, 1, 0, 1), shape: [4, 2] };
    near(leep(sure, y, 2), 0);
    near(leep({ data: new Float64Array(8).fill(0.5), shape: [4, 2] }, y, 2), -Math.LN2);
  });
});

describe("wide first sides", () => {
  it("give the same from either side's Gram matrix, where many eigenvalues are zero too", () => {
    const wide = features(21, 400, 160);
    const narrow = features(23, 400, 30);
    const mixed = mapped(narrow, (row, image) =>
      [...row].map((x, j) => x + (wide.data[image * 160 + j * 5] as number)),
    );
    // the other way round `mean` has the same correlations, and takes them from the same smaller side
    near(similarity(wide, mixed, "mean"), similarity(mixed, wide, "mean"));
    const turned = similarity(wide, mixed, "pwcca");
    // padding by a dead feature changes no subspace
    near(
      similarity(
        wide,
        mapped(mixed, (row) => [...row, 0]),
        "pwcca",
      ),
      turned,
    );
    expect(turned).toBeGreaterThan(0.3);
    expect(turned).toBeLessThan(1);
  });

  it("have eigenvalues even where a matrix is mostly zeros", () => {
    const n = 300;
    const low = sample(5, n * 20, 64);
    const gram = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < 20; k++)
          gram[i * n + j] = (gram[i * n + j] as number) + (low[i * 20 + k] as number) * (low[j * 20 + k] as number);
    const trace = Array.from({ length: n }, (_, i) => gram[i * n + i] as number).reduce((x, y) => x + y, 0);
    const { values, vectors } = symmetricEigen(gram, n);
    near(
      values.reduce((x, y) => x + y, 0),
      trace,
    );
    expect(values.filter((value) => value > 1e-9 * (values[0] as number))).toHaveLength(20);
    const norm = (i: number) => vectors.subarray(i * n, (i + 1) * n).reduce((sum, x) => sum + x * x, 0);
    for (const i of [0, 19, 20, n - 1]) near(norm(i), 1);
  });
});
