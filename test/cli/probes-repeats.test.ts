/** Comparisons of a state with what other repeats came to: each runs, and gives numpy's numbers of the two states. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, expect, it } from "vitest";
import { canonicalSimilarity, cka, subspace } from "../../src/analysis/index.js";
import { readSafetensors, writeSafetensors } from "../../src/runtime/state/safetensors.js";
import { openStore } from "../../src/runtime/store/index.js";
import { ensureBuilt } from "../built.js";
import { python, referencePython, withoutReference } from "../support/reference.js";
import { newProject, xferc } from "./harness.js";

const STUDY = `study pairs { seed 5; repeats 3 }
import "xfer:bundled"
model mini = vit(dim: 16, depth: 1, heads: 2, patch: 7, size: 28 px)
recipe short { optimizer adam(lr: 0.01); batch 16 images; for 6 steps; select last }
experiment main {
  model mini; target digits_few; init random; train short
  measure test = score(top1)
  measure svcca = cca(selected, selected[repeat: other], keep: 0.9)
  measure pwcca = cca(selected, selected[repeat: other], variant: pwcca)
  measure mean  = cca(selected, selected[repeat: other], variant: mean)
  measure kept  = cka(selected, selected[repeat: other])
  measure moved = l2(selected, selected[repeat: other], distance: relative)
}
`;
const project = newProject({ "study.xfer": STUDY });
afterAll(() => rmSync(project, { recursive: true, force: true }));

type Row = { readonly [column: string]: string };
let rows: readonly Row[] = [];
beforeAll(async () => {
  await ensureBuilt();
  const { code, err } = await xferc(project, "run", "study.xfer", "--ui", "plain", "--engine", "onnx", "--out", "out");
  expect(`${code} ${err}`).toBe("0 ");
  await xferc(project, "export", "out", "--out", "states");
  rows = ["results.csv", "results.cka.csv", "results.cca.csv"].flatMap((name) => {
    const text = readFileSync(join(project, "out", name), "utf8");
    return Papa.parse<Row>(text, { header: true, skipEmptyLines: true }).data;
  });
}, 400_000);

const PAIRS = [
  [1, 2],
  [1, 3],
  [2, 3],
] as const;

function value(measure: string, [first, second]: readonly [number, number], layer: string): number {
  const found = rows.filter(
    (row) =>
      row.measure === measure &&
      row.repeat === String(first) &&
      row.other_repeat === String(second) &&
      row.layer === layer &&
      (row.layer2 ?? layer) === layer,
  );
  expect(found.map(({ status }) => status)).toEqual(["ok"]);
  return Number(found[0]?.value);
}

/** Of a repeat's selected state, all test images: what the layer `head` gives. */
async function logits(repeat: number) {
  const plan = JSON.parse(readFileSync(join(project, "out", "plan.json"), "utf8"));
  const node = plan.nodes.find(({ op, label }: { op: string; label: string }) => {
    return op === "predict" && label.endsWith(`main#${repeat}`);
  });
  const store = openStore(join(project, ".xfer", "cache"));
  const blob = (await store.lookup(node.key))?.outputs.logits;
  const tensor = blob && readSafetensors(await store.get(blob), "logits").get("logits");
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`no logits of repeat ${repeat}`);
  return { shape: tensor.shape, data: tensor.data };
}

it("is of every pair of repeats, each once", () => {
  for (const measure of ["svcca", "pwcca", "mean", "kept", "moved"]) {
    const pairs = rows.filter((row) => row.measure === measure).map((row) => `${row.repeat}~${row.other_repeat}`);
    expect([...new Set(pairs)], measure).toEqual(PAIRS.map((pair) => pair.join("~")));
  }
});

it("gives the distance of the two states' weights", () => {
  const state = (repeat: number) =>
    readSafetensors(readFileSync(join(project, "states", `main-${repeat}.selected.safetensors`)), "state");
  for (const pair of PAIRS) {
    const [a, b] = [state(pair[0]).get("head.weight")?.data ?? [], state(pair[1]).get("head.weight")?.data ?? []];
    let [apart, whole] = [0, 0];
    const biases = [state(pair[0]).get("head.bias")?.data ?? [], state(pair[1]).get("head.bias")?.data ?? []] as const;
    for (const [x, y] of [[a, b], biases] as const) {
      for (let i = 0; i < x.length; i++) {
        apart += ((x[i] as number) - (y[i] as number)) ** 2;
        whole += (x[i] as number) ** 2;
      }
    }
    expect(value("moved", pair, "head")).toBeCloseTo(Math.sqrt(apart / whole), 6);
  }
});

it("gives what the definitions give of the two states' features", async () => {
  for (const pair of PAIRS) {
    const [a, b] = [await logits(pair[0]), await logits(pair[1])];
    const [kept, whole] = [0.9, 1].map(
      (keep) => [subspace(a, { keep, loadings: true }), subspace(b, { keep, loadings: false })] as const,
    );
    if (kept === undefined || whole === undefined) throw new Error("no subspaces");
    expect(value("svcca", pair, "head")).toBeCloseTo(canonicalSimilarity(...kept, "svcca"), 6);
    expect(value("pwcca", pair, "head")).toBeCloseTo(canonicalSimilarity(...whole, "pwcca"), 6);
    expect(value("mean", pair, "head")).toBeCloseTo(canonicalSimilarity(...whole, "mean"), 6);
    expect(value("kept", pair, "head")).toBeCloseTo(cka(a, b, { estimator: "unbiased" }), 5);
  }
});

const NUMPY = `
import json, sys
import numpy as np
from safetensors.numpy import load_file
features = load_file(sys.argv[1])
a, b = (features[name].astype(np.float64) for name in "ab")

def basis(x, keep):
    u, s, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
    r = int((s**2 > 1e-10 * s[0] ** 2).sum())
    if keep < 1:
        r = int(np.searchsorted(np.cumsum(s[:r] ** 2) / (s[:r] ** 2).sum(), keep) + 1)
    return u[:, :r]

def correlations(keep):
    ua, ub = basis(a, keep), basis(b, keep)
    p, rho, _ = np.linalg.svd(ua.T @ ub)
    return ua @ p[:, :len(rho)], rho

def hsic(k, l):
    n = len(k)
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    return ((k * l).sum() + k.sum() * l.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * k.sum(0) @ l.sum(0)) / (n * (n - 3))

h, rho = correlations(1)
alpha = np.abs(h.T @ (a - a.mean(0))).sum(1)
k, l = a @ a.T, b @ b.T
print(json.dumps({
    "svcca": correlations(0.9)[1].mean(),
    "pwcca": (alpha * rho).sum() / alpha.sum(),
    "mean": rho.mean(),
    "kept": hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l)),
}))
`;

it.skipIf(referencePython === undefined)(`gives numpy's values${withoutReference}`, { timeout: 120_000 }, async () => {
  for (const pair of PAIRS) {
    const file = join(project, "features.safetensors");
    const [a, b] = [await logits(pair[0]), await logits(pair[1])];
    writeFileSync(file, writeSafetensors(new Map(Object.entries({ a, b }))));
    const expected: { readonly [measure: string]: number } = JSON.parse(await python(NUMPY, [file]));
    for (const [measure, number] of Object.entries(expected)) {
      expect(Math.abs(value(measure, pair, "head") - number), `${measure} ${pair}`).toBeLessThan(1e-5);
    }
  }
});
