/** `ci: bootstrap(…, method: bca)` from the study's text to its number's ends. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import type { ProbeRow } from "../../../src/runtime/results/types.js";
import { writeSafetensors } from "../../../src/runtime/state/safetensors.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { datasetFacts, factsFor, nodesOf, planOf } from "../../compiler/plan/fixture.js";
import { memoryHost } from "../../compiler/support/host.js";
import { Bench, rowsOf } from "./harness.js";

interface Golden {
  readonly cases: number;
  readonly right: number;
  readonly bca: readonly [number, number];
  readonly percentile: readonly [number, number];
}
const golden: readonly Golden[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../analysis/golden/bca.golden.json"), "utf8"),
);

async function compiled(ci: string) {
  const text = `study s { seed 1; repeats 1 }
dataset d from idx("./d") { metric top1 }
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 16 px)
recipe short { optimizer sgd(lr: 0.1); batch 4; for 2 steps; select last }
experiment main { model mini; init random; train short; target d
  measure test = score(top1, ${ci}) }
`;
  return compile("s.xfer", memoryHost({ "s.xfer": text }));
}

async function scored(ci: string) {
  const { study, diagnostics } = await compiled(ci);
  if (study === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const { plan } = planOf(study, factsFor(study, { d: datasetFacts("d", 600, 100, 200, 2) }));
  const [node] = nodesOf(plan, "score");
  const [result] = plan.results;
  if (node === undefined || result === undefined) throw new Error("there is no score");
  return { node, estimator: result.estimator };
}

const engine = {
  id: "reference",
  signature: { engine: "x", engineVersion: "1", device: "cpu", precision: "f32", threads: 1 },
  open: () => Promise.reject(new Error("no model is run")),
} as const;

/** Of two classes; the first `right` are as they should be. */
async function predictions(bench: Bench, { cases, right }: Golden) {
  const put = (name: string, shape: number[], data: Float32Array | Int32Array) =>
    bench.blobs.put(writeSafetensors(new Map([[name, { shape, data }]])));
  const labels = Int32Array.from({ length: cases }, (_, i) => i % 2);
  const logits = Float32Array.from({ length: 2 * cases }, (_, i) => {
    const at = Math.floor(i / 2);
    return (i % 2 === labels[at]) === at < right ? 1 : -1;
  });
  const ids = new TextEncoder().encode(JSON.stringify(Array.from({ length: cases }, (_, i) => `${i}`)));
  const outputs: Manifest["outputs"] = {
    logits: await put("logits", [cases, 2], logits),
    labels: await put("labels", [cases], labels),
    ids: await bench.blobs.put(ids),
  };
  const about = { seconds: 0, peakBytes: 0, createdAt: "", recipe: null, by: { xferc: "0", host: "h", engine: null } };
  const key = "predictions" as Manifest["key"];
  return { manifest: { format: 1, key, op: "predict", outputs, value: null, ...about } as Manifest, output: "logits" };
}

describe("an interval's method", () => {
  it.each(golden)("gives SciPy's ends of $right of $cases", async (given) => {
    for (const method of ["bca", "percentile"] as const) {
      const { node } = await scored(`ci: bootstrap(50000, method: ${method})`);
      const bench = new Bench(engine);
      const found = await bench.one("score", node.params, { predictions: await predictions(bench, given) });
      const [row] = rowsOf(found) as readonly ProbeRow[];
      const [low, high] = given[method];
      expect(row?.value).toBeCloseTo(given.right / given.cases, 12);
      expect([(row?.low ?? 0) * given.cases, (row?.high ?? 0) * given.cases]).toEqual([
        expect.closeTo(low, 9),
        expect.closeTo(high, 9),
      ]);
    }
  });

  it("is percentile unless said, under the key it always had; results say which other", async () => {
    const [unsaid, said, other] = [
      await scored("ci: bootstrap(500)"),
      await scored("ci: bootstrap(500, method: percentile)"),
      await scored("ci: bootstrap(500, method: bca)"),
    ];
    expect(said.node.key).toBe(unsaid.node.key);
    expect(other.node.key).not.toBe(unsaid.node.key);
    expect(Object.keys(unsaid.node.params.interval ?? {}).sort()).toEqual(["by", "resamples", "stream"]);
    expect([unsaid.estimator, said.estimator, other.estimator].map((name) => name.includes("ci="))).toEqual([
      false,
      false,
      true,
    ]);
    expect(other.estimator).toContain("ci=bca");
  });

  it("that is none is told, with those there are", async () => {
    const { diagnostics } = await compiled("ci: bootstrap(500, method: bcb)");
    const told = diagnostics.map(({ message, hint, label }) => `${message} ${label ?? ""} ${hint ?? ""}`).join("\n");
    expect(told).toMatch(/bcb/);
    expect(told).toMatch(/bca/);
  });
});
