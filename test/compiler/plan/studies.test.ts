/** Every good study lowers, with and without facts; and whatever the facts are, lowering never throws. */

import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import type { DatasetFacts } from "../../../src/compiler/host.js";
import { NO_FACTS, resourcesOf } from "../../../src/compiler/plan/facts.js";
import type { CheckedStudy } from "../../../src/compiler/study.js";
import fc from "../../support/properties.js";
import { folderHost } from "../support/host.js";
import { datasetFacts, factsFor, planOf } from "./fixture.js";

async function studyAt(folder: string, file: string): Promise<CheckedStudy> {
  const { study, diagnostics } = await compile(file, folderHost(folder));
  if (!study) throw new Error(`${file}: ${diagnostics.map(({ message }) => message).join("; ")}`);
  return study;
}
const good = readdirSync("test/compiler/good").filter((name) => name.endsWith(".xfer"));

/** Of two classes, with patients and what is known of them. */
const hospital = (name: string): DatasetFacts => ({
  ...datasetFacts(name, 6000, 1000, 2000, 2),
  task: "binary",
  columns: [
    { name: "sex", type: "string", missing: 0, values: ["F", "M"] },
    { name: "age", type: "number", missing: 3, range: [18, 90] },
  ],
  groupedBy: "patient",
});

describe("good studies", () => {
  for (const file of good) {
    test(file, async () => {
      const study = await studyAt("test/compiler", `good/${file}`);
      const unknown = planOf(study, NO_FACTS);
      expect(unknown.diagnostics).toEqual([]);
      const names = [...resourcesOf(study).datasets].map(({ name }) => name);
      const facts = ["cases.xfer", "paired-tests.xfer"].includes(file)
        ? hospital
        : (name: string) => datasetFacts(name, 6000, 1000, 2000);
      const known = Object.fromEntries(names.map((name) => [name, facts(name)]));
      const { plan, diagnostics } = planOf(study, factsFor(study, known));
      expect(diagnostics).toEqual([]);
      expect(plan.training.size).toBe(study.experiments.reduce((sum, { cells }) => sum + cells.length, 0));
      const measured = study.experiments.flatMap(({ cells }) => cells.flatMap(({ probes }) => probes)).length;
      const derived = study.derives.reduce(
        (sum, { value }) => sum + (value.kind === "quantity" ? 0 : value.instances.length),
        0,
      );
      expect(plan.results.length).toBe(measured + derived);
    });
  }

  test("any facts give a plan or diagnostics, never an exception", async () => {
    const study = await studyAt("studies", "quickstart.xfer");
    const images = fc.integer({ min: 0, max: 3000 });
    const facts = fc.record({
      train: images,
      val: images,
      test: images,
      classes: fc.integer({ min: 0, max: 40 }),
      channels: fc.integer({ min: 1, max: 4 }),
      task: fc.constantFrom("multiclass" as const, "binary" as const, "multilabel" as const),
    });
    fc.assert(
      fc.property(facts, facts, facts, (...each) => {
        const [fashion, digits_few, brain] = each.map(({ train, val, test: tested, classes, channels, task }) => ({
          ...datasetFacts("any", train, val, tested, classes),
          channels,
          task,
        }));
        if (!fashion || !digits_few || !brain) return;
        const { plan, diagnostics } = planOf(study, factsFor(study, { fashion, digits_few, brain }));
        const complete = plan.results.length === 46 + 24 * 2 + 22;
        expect(complete || diagnostics.length > 0).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
