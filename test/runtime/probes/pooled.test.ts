import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import type { ImageSet } from "../../../src/runtime/data/images.js";
import { knnRows } from "../../../src/runtime/probes/knn.js";
import { linearRows } from "../../../src/runtime/probes/linear.js";
import { Spool, type SpoolLimits } from "../../../src/runtime/probes/spool.js";
import { Stream } from "../../../src/runtime/random/stream.js";

const numbers = (about: string, count: number) =>
  Float32Array.from(new Stream({ seed: 3, purpose: "random", repeat: 0, about: [about] }).normals(count));

function spool(images: number, widths: { [layer: string]: number }, limits?: SpoolLimits): Spool {
  const made = new Spool(images, new Map(Object.entries(widths)), limits);
  for (const [layer, width] of Object.entries(widths)) {
    const data = numbers(layer, images * width);
    // in any order: passes may leave images out
    for (let image = images - 1; image >= 0; image--) {
      made.put(layer, image, data.subarray(image * width, (image + 1) * width));
    }
  }
  return made;
}

const imageSet = (labels: readonly number[], labelWidth: number): ImageSet => ({
  info: {
    images: labels.length / labelWidth,
    channels: 1,
    size: 1,
    classes: [],
    shards: [],
    statistics: { mean: [], std: [] },
  },
  labels: Int32Array.from(labels),
  labelWidth,
  ids: [],
  hashes: [],
  at: () => ({ data: new Uint8Array(), offset: 0 }),
});

/** Some ten images a part. */
const ON_DISK: SpoolLimits = { memoryBytes: 0, partBytes: 1500 };

describe("features set aside", () => {
  it("are the same on disk as in memory, and leave nothing behind", () => {
    const widths = { a: 5, b: 30 };
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("xferc-features-"));
    const [memory, disk] = [spool(150, widths), spool(150, widths, ON_DISK)];
    for (const layer of Object.keys(widths)) {
      const parts = [...memory.parts(layer)];
      const all = (of: Spool) => [...of.parts(layer)].flatMap(({ features }) => [...features.data]);
      expect(all(disk)).toEqual(all(memory));
      expect(parts.map(({ from }) => from)[0]).toBe(0);
      expect(parts.reduce((sum, { features }) => sum + (features.shape[0] ?? 0), 0)).toBe(150);
    }
    expect([...disk.parts("b")].length).toBeGreaterThan(1);
    disk.close();
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("xferc-features-"))).toEqual(before);
  });

  it("tell which layers are dead", () => {
    const made = new Spool(
      3,
      new Map([
        ["dead", 2],
        ["live", 2],
      ]),
    );
    for (let image = 0; image < 3; image++) {
      made.put("dead", image, Float32Array.of(0.1, 0.1));
      made.put("live", image, Float32Array.of(0.1, image));
    }
    expect([made.isConstant("dead"), made.isConstant("live")]).toEqual([true, false]);
  });
});

describe("classification by features", () => {
  const settings = { layers: ["a"], metric: "roc_auc", classes: 3 };
  const several = (images: number, about: string) => Array.from(numbers(about, images * 3), (z) => (z > 0 ? 1 : 0));

  it("scores images of several labels", () => {
    const bank = { spool: spool(40, { a: 4 }), images: imageSet(several(40, "y"), 3) };
    const near = knnRows(bank, bank, { ...settings, k: 1, temperature: 0.1 });
    expect(near).toEqual({ rows: [{ inner: { layer: "a" }, value: 1 }], warnings: [] });
    const fit = linearRows(bank, bank, { ...settings, l2: 1e-4, standardize: true });
    expect(fit.rows[0]?.value).toBeGreaterThan(0.6);
  });

  it("says where the bank is smaller than k", () => {
    const bank = { spool: spool(5, { a: 4 }), images: imageSet([0, 1, 2, 0, 1], 1) };
    const { warnings } = knnRows(bank, bank, { ...settings, metric: "top1", k: 200, temperature: 0.1 });
    expect(warnings).toEqual(["the bank has 5 images, so 5 neighbours voted, not 200"]);
  });

  it("gives the same from disk", () => {
    const images = imageSet(
      Array.from({ length: 90 }, (_, i) => i % 3),
      1,
    );
    const both = [undefined, ON_DISK].map((limits) => {
      const gathered = { spool: spool(90, { a: 40 }, limits), images };
      return knnRows(gathered, gathered, { ...settings, metric: "top1", k: 5, temperature: 0.1 });
    });
    expect(both[1]).toEqual(both[0]);
  });
});
