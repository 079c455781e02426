/** Which engine a study is planned for: by what was measured here, and by what is in the cache. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Compute, computeCandidates } from "../../../src/runtime/run/engine.js";
import { openStudy } from "../../../src/runtime/run/open.js";
import { planStudy } from "../../../src/runtime/run/planned.js";
import { addObservations } from "../../../src/runtime/run/rates.js";
import { newProject, TINY } from "../../cli/harness.js";

const project = newProject({ "study.xfer": TINY });
afterAll(() => rmSync(project, { recursive: true, force: true }));

const wish = { engine: "auto", device: "cpu" } as const;
const candidates = await computeCandidates(wish);
const lacking = candidates.length > 1 ? "" : " (skipped: engine tensorflow is not installed)";

async function planned(cache: string) {
  const options = { cwd: project, environment: {}, study: "study.xfer", data: [], set: [], only: [] };
  const plan = await planStudy(await openStudy({ ...options, cache: join(project, cache) }), wish);
  if (!plan.ok) throw new Error("the study has errors");
  return plan;
}

function measure(cache: string, compute: Compute, flopsPerSecond: number): void {
  for (const work of ["train", "forward"] as const) {
    addObservations(join(project, cache), compute, [{ work, family: "resnet", flops: flopsPerSecond, seconds: 1 }]);
  }
}

describe(`auto${lacking}`, () => {
  it.skipIf(candidates.length < 2)("takes the preferred engine until one was measured as clearly faster", async () => {
    const [first, second] = candidates as readonly [Compute, Compute];
    expect([first.engine.id, second.engine.id]).toEqual(["tensorflow", "onnx"]);
    const fresh = await planned("fresh");
    expect(fresh.compute.engine.id).toBe("tensorflow");
    expect(fresh.why).toMatch(/^preferred to onnx .* was not measured here yet/);
    measure("slow", first, 1e6);
    measure("slow", second, 1e7);
    const slow = await planned("slow");
    expect(slow.compute.engine.id).toBe("onnx");
    expect(slow.why).toMatch(/^measured here as the fastest: about .* against .* on tensorflow/);
    expect(slow.plan.nodes.find(({ op }) => op === "train")?.signature?.engine).toBe("onnx");
    measure("even", first, 1e7);
    measure("even", second, 1e7);
    expect((await planned("even")).compute.engine.id).toBe("tensorflow");
  });

  it("gives a reason only where there was a choice", async () => {
    const { why } = await planned("reason");
    expect(why === undefined).toBe(candidates.length === 1);
  });
});
