/** What a report says beside numbers: warnings of probes, data and weights with whom to credit. */

import { describe, expect, it } from "vitest";
import { datasetCitation, weightsCitation } from "../../../src/catalog/datasets/citations.js";
import { entries } from "../../../src/catalog/index.js";
import type { Json } from "../../../src/catalog/types.js";
import type { OpName } from "../../../src/compiler/plan/params.js";
import { gatherReport } from "../../../src/runtime/report/gather.js";
import { reportPage } from "../../../src/runtime/report/page/page.js";
import type { ReportInput } from "../../../src/runtime/report/types.js";
import { checked } from "../../compiler/outputs/fixture.js";
import { made } from "./fixture.js";

/** A run in which some operation left more, or something else, behind. */
function leaving(op: OpName, found: { readonly [name: string]: Json }): ReportInput {
  const input = made(checked().study);
  const nodes = new Set(input.plan.nodes.filter((node) => node.op === op).map(({ key }) => key));
  return {
    ...input,
    manifest(node) {
      const manifest = input.manifest(node);
      const value = manifest?.value;
      const known = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
      return manifest && nodes.has(node) ? { ...manifest, value: { ...known, ...found } } : manifest;
    },
  };
}

/** A run whose k-NN says something of its numbers. */
function warned(message: string): ReportInput {
  return leaving("probe.knn", { warnings: [message] });
}

describe("warnings of probes", () => {
  it("stand once in the report, with how many results they are of", () => {
    const input = warned("layer `conv1` gives all images the same numbers");
    const data = gatherReport(input);
    const nodes = input.plan.nodes.filter(({ op }) => op === "probe.knn").length;
    expect(data.probeWarnings).toEqual([
      {
        of: "depth.near",
        message: "layer `conv1` gives all images the same numbers",
        times: nodes,
        first: "depth[model: resnet_s, n: 0]#1",
      },
    ]);
    const page = reportPage({ data, tables: [], derived: [], figures: [], watermark: null, named: [] });
    expect(page).toContain("layer <code>conv1</code> gives all images the same numbers");
    expect(page).toContain(`and ${nodes - 1} other results`);
    expect(page).toContain("Warnings (1)");
  });

  it("name no file", () => {
    const [found] = gatherReport(warned("cannot use /home/jane/p-17/scan.png")).probeWarnings;
    expect(found?.message).not.toMatch(/jane|scan/);
  });
});

describe("a figure without a mark", () => {
  it("says whether there is nothing yet, or nothing that its axis has a place for", () => {
    const data = gatherReport(made(checked().study));
    const page = (unlogged: number) => {
      const figure = {
        name: "f",
        file: "f",
        alt: "",
        caption: "test by n",
        svg: null,
        style: null,
        dropped: 0,
        unlogged,
        unreached: "",
      };
      return reportPage({ data, tables: [], derived: [], figures: [figure], watermark: null, named: [] });
    };
    expect(page(0)).toContain("Nothing to draw yet.");
    expect(page(3)).toContain("the numbers are at 0 or below, and its axis is logarithmic");
  });
});

describe("images of a data set", () => {
  const perClass = { train: [60, 30, 45], val: [10, 10, 10], test: [0, 0, 0] };

  it("are counted once, however many labels each has", () => {
    const [several] = gatherReport(leaving("dataset.index", { images: perClass, cases: { train: 79 } })).datasets;
    expect(several?.images).toEqual([
      ["train", 79],
      ["val", 30],
    ]);
  });

  it("are those that were prepared, where an older index does not say", () => {
    const older = leaving("dataset.index", { images: perClass });
    const prepared = older.plan.nodes.filter(({ op }) => op === "dataset.prepare").map(({ key }) => key);
    const input: ReportInput = {
      ...older,
      manifest(node) {
        const manifest = older.manifest(node);
        return manifest && prepared.includes(node) ? { ...manifest, value: { images: 79 } } : manifest;
      },
    };
    expect(Object.fromEntries(gatherReport(input).datasets[0]?.images ?? []).train).toBe(79);
  });
});

describe("credits", () => {
  const OWN = datasetCitation("image_folder", "study.xfer", "./mine");

  it("are known for every adapter of one published data set", () => {
    const general = ["arrays", "hdf5", "idx", "image_csv", "image_folder", "npz"];
    const published = entries("dataset").filter(({ id }) => !general.includes(id));
    expect(published.length).toBeGreaterThanOrEqual(6);
    for (const { id } of published) expect(datasetCitation(id, "study.xfer", "./x"), id).not.toEqual(OWN);
  });

  it("are known for every data set that comes with xferc, and only for those", () => {
    for (const folder of ["fashion-mnist", "digits", "digits-few", "brain"]) {
      expect(datasetCitation("idx", "xfer:bundled", `./data/${folder}`), folder).not.toEqual(OWN);
      expect(datasetCitation("idx", "study.xfer", `./data/${folder}`)).toEqual(OWN);
    }
  });

  it("travel with what comes with xferc, by whatever path its declarations were read", () => {
    const input = made(checked().study);
    const nodes = input.plan.nodes.map((node) =>
      node.op === "dataset.index" && node.resource?.name === "brain"
        ? { ...node, resource: { name: "brain", path: "./data/brain", declaredIn: "studies/bundled.xfer" } }
        : node,
    );
    const plan = { ...input.plan, nodes };
    const cited = (more: Partial<ReportInput>) =>
      gatherReport({ ...input, plan, ...more }).datasets.find(({ name }) => name === "brain")?.cite;
    expect(cited({})).toBe(OWN.cite);
    expect(cited({ isBundled: (file) => file === "studies/bundled.xfer" })).toContain("Holmes et al. 1998");
  });

  it("of weights on a hub name their card", () => {
    expect(weightsCitation("hf:timm/resnet50.tv_in1k@main")).toEqual({
      cite: expect.stringContaining("timm/resnet50.tv_in1k on the Hugging Face hub"),
      terms: "as its model card says",
    });
    expect(weightsCitation("./mine.safetensors")).toEqual(OWN);
  });
});
