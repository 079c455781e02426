/**
 * A bootstrap of 2,000 resamples over 20,000 cases: ROC AUC of two classes, by case and by patient, percentile and BCa;
 * macro recall of five classes; mean ROC AUC of 14 labels. Beside it, the AUC sorted anew in every resample.
 *
 *     npx tsc -p bench && node dist/bench/bootstrap.js [CASES] [RESAMPLES]
 */

import { metrics, statistics } from "../src/analysis/index.js";
import type { CaseMetric } from "../src/analysis/metrics/measured.js";
import type { BootstrapOptions } from "../src/analysis/statistics/index.js";
import { Stream } from "../src/runtime/random/stream.js";

const [cases = 20_000, resamples = 2_000] = process.argv.slice(2).map(Number);
const random = new Stream({ seed: 1, purpose: "bootstrap", repeat: 0, about: ["bench"] });
const uniforms = (from: number, count: number): Float64Array => random.uniforms(count, from);

const y = Uint8Array.from(uniforms(0, cases), (u) => (u < 0.3 ? 1 : 0));
const scores = uniforms(cases, cases).map((u, i) => (u + (y[i] as number)) / 2);
const patients = Uint32Array.from(uniforms(2 * cases, cases), (u) => Math.floor((u * cases) / 4));
const labels = { data: Uint8Array.from(uniforms(3 * cases, 14 * cases), (u) => (u < 0.1 ? 1 : 0)), shape: [cases, 14] };
const labelScores = { data: uniforms(17 * cases, 14 * cases), shape: [cases, 14] };
const grades = Uint8Array.from(uniforms(31 * cases, cases), (u) => Math.floor(5 * u));
const graded = grades.map((grade, i) => ((scores[i] as number) < 0.6 ? grade : (grade + 1) % 5));

function timed(what: string, work: () => unknown): void {
  const start = performance.now();
  const cpu = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${what}: ${seconds.toFixed(2)} s, ${((user + system) / 1e6).toFixed(2)} s of processor`);
}

function interval(what: string, metric: () => CaseMetric, options: BootstrapOptions): void {
  timed(what, () => {
    const found = statistics.bootstrap(metric(), random, { resamples, ...options });
    if (found.kind === "undefined") throw new Error(found.reason);
  });
}

const auc = () => metrics.rocAucMetric(y, scores);
console.log(`${cases} cases, ${resamples} resamples`);
timed("draws alone", () => {
  for (let r = 0; r < resamples; r++) random.uniforms(cases, r * cases);
});
interval("ROC AUC by case", auc, {});
interval("ROC AUC by case, BCa", auc, { method: "bca" });
interval("ROC AUC by patient", auc, { groups: patients });
interval("ROC AUC by patient, BCa", auc, { groups: patients, method: "bca" });
interval("macro recall of 5 classes, BCa", () => metrics.macroRecallMetric(grades, graded), { method: "bca" });
interval("average precision", () => metrics.averagePrecisionMetric(y, scores), {});
interval("mean ROC AUC of 14 labels by patient", () => metrics.rocAucMetric(labels, labelScores), { groups: patients });
const few = Math.max(1, Math.round(resamples / 50));
timed(`ROC AUC of rows drawn and sorted anew, ${few} resamples only`, () => {
  for (let r = 0; r < few; r++) {
    const rows = Array.from(random.uniforms(cases, r * cases), (u) => Math.floor(u * cases));
    metrics.rocAuc(
      rows.map((i) => y[i] as number),
      rows.map((i) => scores[i] as number),
    );
  }
});
