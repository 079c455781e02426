/** What plug-ins compute, held to what built-in metrics and adapters give, and what becomes of their mistakes. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoDigests } from "../../../src/runtime/data/digests.js";
import type { MetricCases, PluginDataset, PluginMetric } from "../../../src/runtime/plugins/api.js";
import { pluginAdapter } from "../../../src/runtime/plugins/dataset.js";
import { pluginMetric } from "../../../src/runtime/plugins/metric.js";
import { metricOf, type Predictions } from "../../../src/runtime/probes/metric.js";
import fc from "../../support/properties.js";

const HOOK = { plugin: "lab", from: "./a.js", hook: "metrics.mine.measure" };
const described = { id: "mine", doc: "x", tasks: ["binary"], reads: "classes", direction: "max" } as const;
const of = (measure: PluginMetric["measure"], more: Partial<PluginMetric> = {}) =>
  pluginMetric({ ...described, ...more, measure }, HOOK);

const accuracy = ({ images, labels, predicted }: MetricCases) => {
  let right = 0;
  for (let i = 0; i < images; i++) if (labels[i] === predicted[i]) right++;
  return right / images;
};

function predictions(
  classes: number,
  rows: readonly (readonly [label: number, scores: readonly number[]])[],
): Predictions {
  const probabilities = rows.flatMap(([, scores]) => {
    const sum = scores.reduce((a, b) => a + b, 0);
    return scores.map((score) => score / sum);
  });
  const labels = Int32Array.from(rows, ([label]) => label);
  return { images: rows.length, classes, probabilities: Float64Array.from(probabilities), labels, several: false };
}

const rowsOf = (classes: number) =>
  fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: classes - 1 }),
      fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: classes, maxLength: classes }),
    ),
    { minLength: 1, maxLength: 30 },
  );

describe("a plug-in's metric", () => {
  it("is what the built-in one is, on any resample and at any threshold", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(2, 3).chain((classes) => rowsOf(classes).map((rows) => predictions(classes, rows))),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (cases, drawn, at) => {
          const thresholds = cases.classes === 2 ? [at] : undefined;
          const counts = Int32Array.from({ length: cases.images }, (_, i) => (i === 0 ? 1 : (drawn[i] ?? 0)));
          const mine = of(accuracy)(cases, thresholds);
          const built = metricOf("top1", cases, thresholds);
          for (const one of [undefined, counts]) {
            const [a, b] = [mine.measure(one), built.measure(one)];
            if (a.kind !== "value" || b.kind !== "value") throw new Error("there is a number");
            expect(a.value).toBeCloseTo(b.value, 12);
          }
        },
      ),
    );
  });

  it("cannot change what others read", () => {
    const cases = predictions(2, [
      [0, [1, 2]],
      [1, [1, 2]],
    ]);
    const before = structuredClone(cases);
    of(({ labels, predicted, probabilities }) => {
      labels.fill(9);
      predicted.fill(9);
      probabilities.fill(9);
      return 1;
    })(cases).measure();
    expect(cases).toEqual(before);
  });

  it("sees several labels as zeros and ones, at a threshold a label", () => {
    const cases = { images: 2, classes: 2, several: true } as const;
    const probabilities = Float64Array.of(0.6, 0.3, 0.4, 0.9);
    const seen: Int32Array[] = [];
    const metric = of(({ predicted, task }) => {
      expect(task).toBe("multilabel");
      seen.push(predicted);
      return 1;
    });
    const all = { ...cases, probabilities, labels: Int32Array.of(1, 0, -1, 1) };
    metric(all).measure();
    metric(all, [0.3, 0.95]).measure();
    expect(seen.map((each) => [...each])).toEqual([
      [1, 0, 0, 1],
      [1, 0, 1, 0],
    ]);
  });

  it("may have no number", () => {
    const measured = of(() => ({ undefined: "only one class occurs" }))(predictions(2, [[0, [1, 2]]])).measure();
    expect(measured).toEqual({ kind: "undefined", reason: "only one class occurs" });
  });

  it.each<[string, () => unknown, Partial<PluginMetric>, string]>([
    ["throws", () => (undefined as unknown as { x: number }).x, {}, "TypeError: Cannot read properties of undefined"],
    ["gives NaN", () => Number.NaN, {}, "it gave NaN; a metric gives a finite number"],
    ["gives a promise", async () => 1, {}, "it gave a promise"],
    ["leaves its range", () => 2, { range: [0, 1] }, "it gave 2, outside its range of 0 to 1"],
  ])("that %s is told as the plug-in's", (_, measure, more, told) => {
    const metric = of(measure as PluginMetric["measure"], more)(predictions(2, [[0, [1, 2]]]));
    expect(() => metric.measure()).toThrow(`plug-in lab (./a.js) failed in metrics.mine.measure: ${told}`);
  });
});

describe("a plug-in's data set", () => {
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "xferc-plugin-data-"));
    mkdirSync(join(folder, "images"));
    for (const [name, grey] of [
      ["a1", 10],
      ["a2", 20],
      ["b1", 30],
    ] as const) {
      const image = sharp({ create: { width: 4, height: 4, channels: 3, background: { r: grey, g: grey, b: grey } } });
      writeFileSync(join(folder, "images", `${name}.png`), await image.png().toBuffer());
    }
    writeFileSync(join(folder, "sites.csv"), "who,site\na,north\nb,south\n");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const index = (cases: PluginDataset["cases"]) =>
    pluginAdapter({ id: "named", doc: "x", cases }, { ...HOOK, hook: "datasets.named.cases" }).index({
      root: folder,
      adapter: { id: "named", version: 1, params: { channels: 1 } },
      digests: new MemoDigests(),
    });

  it("lists cases that xferc looks at, digests and checks as any others", async () => {
    const found = await index(async ({ files, table, params }) => {
      expect(params.channels).toBe(1);
      const sites = new Map((await table("sites.csv")).map(({ cells }) => [cells.who, cells.site ?? ""]));
      const listed = (await files("images")).map((file) => {
        const who = file.slice(7, 8);
        return { file, label: who, group: who, split: "train" as const, attributes: { site: sites.get(who) ?? "" } };
      });
      return { cases: [...listed, { file: "images/c1.png", label: "b" }], groupedBy: "patient", attributes: ["site"] };
    });
    expect(found.classes).toEqual(["a", "b"]);
    expect(found.items.map(({ id, label, group, attributes }) => [id, label, group, attributes])).toEqual([
      ["images/a1.png", 0, "a", ["north"]],
      ["images/a2.png", 0, "a", ["north"]],
      ["images/b1.png", 1, "b", ["south"]],
    ]);
    expect(found.groupedBy).toBe("patient");
    expect(found.problems).toMatchObject([{ kind: "missing-file", id: "images/c1.png" }]);
  });

  it("cannot lead out of its folder", async () => {
    const found = await index(() => ({
      cases: [
        { file: "images/a1.png", label: "a" },
        { file: "../../etc/passwd", label: "b" },
        { file: "/etc/passwd", label: "b" },
      ],
    }));
    expect(found.items).toHaveLength(1);
    expect(found.problems.map(({ kind }) => kind)).toEqual(["outside", "outside"]);
    for (const read of [
      ({ text }: Parameters<PluginDataset["cases"]>[0]) => text("../secret"),
      ({ files }: Parameters<PluginDataset["cases"]>[0]) => files(".."),
      ({ folders }: Parameters<PluginDataset["cases"]>[0]) => folders("/etc"),
    ]) {
      await expect(index((source) => read(source).then(() => ({ cases: [] })))).rejects.toThrow(/out of the data set/);
    }
  });

  it.each<[string, () => unknown, string]>([
    ["gives no cases", () => 1, "it gave no { cases: […] }"],
    ["throws", () => JSON.parse("{"), "SyntaxError"],
    ["gives a case without a file", () => ({ cases: [{ label: "a" }] }), "case 1 has no file"],
    ["gives a strange label", () => ({ cases: [{ file: "x.png", label: 3 }] }), "case x.png has the label 3"],
    [
      "gives a strange split",
      () => ({ cases: [{ file: "x.png", label: "a", split: "dev" }] }),
      "case x.png is in the split dev; there are train, val and test",
    ],
  ])("that %s is told as the plug-in's", async (_, cases, told) => {
    await expect(index(cases as PluginDataset["cases"])).rejects.toThrow(
      /plug-in lab \(\.\/a\.js\) failed in datasets/,
    );
    await expect(index(cases as PluginDataset["cases"])).rejects.toThrow(told);
  });
});
