/** A run of five thousand cells: nothing is cut, and the page opens as a small one does. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readTrackedStudy } from "../../../src/runtime/export/trackers/index.js";
import { decodeReportData, encodeReportData, type ReportData } from "../../../src/runtime/report/data.js";
import { gatherReport } from "../../../src/runtime/report/gather.js";
import { rebuildReport } from "../../../src/runtime/report/index.js";
import { checked } from "../../compiler/outputs/fixture.js";
import { made } from "./fixture.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const CELLS = 5000;

/** Each cell with an init and curves of its own, as a study of many repeats has them. */
function large(): ReportData {
  const data = gatherReport(made(checked().study));
  const of = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
  const cells = Array.from({ length: CELLS }, (_, index) => ({
    ...of(data.cells, index),
    id: `main[model: resnet_s, n: ${index}]#1`,
    manifest: index % 600,
    history: index,
  }));
  const manifests = Array.from({ length: 600 }, (_, index) => of(data.manifests, index));
  const histories = Array.from({ length: CELLS }, (_, index) => of(data.histories, index));
  const nodes = Array.from({ length: 2 * CELLS }, (_, index) => of(data.nodes, index));
  return { ...data, cells, manifests, histories, nodes, figures: [], tables: [] };
}

describe("a report of five thousand cells", () => {
  let folder = "";
  let page = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "xferc-large-"));
    await mkdir(join(folder, "report"));
    await writeFile(join(folder, "report/data.json"), encodeReportData(large()));
    await rebuildReport(folder);
    page = await readFile(join(folder, "report/index.html"), "utf8");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("is one file of a few megabytes, a hundred cells at once in it", () => {
    expect(page.length).toBeLessThan(6e6);
    expect([...page.matchAll(/<details class="trial"/g)]).toHaveLength(100);
    const [shown = ""] = page.split('<script type="text/plain" id="packed">');
    expect(shown.length).toBeLessThan(1e6);
    expect(page).toContain(
      "results.csv</code>, <code>plan.json</code> and <code>report/data.json</code> have all of it",
    );
  });

  it("holds every other cell, init and operation beside them", () => {
    const packed = /id="packed">([^<]*)</.exec(page)?.[1] ?? "";
    const { parts, listed } = JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString()) as {
      parts: string[];
      listed: [string, string, string, string][];
    };
    expect(listed).toHaveLength(CELLS - 100);
    expect(listed.at(-1)?.[0]).toContain("n: 4999");
    expect(listed.every(([, experiment, status]) => experiment !== "" && status === "done")).toBe(true);
    expect(listed.every(([, , , item]) => item.startsWith('<details class="trial"'))).toBe(true);
    const all = parts.join("");
    expect([...all.matchAll(/id="init-\d+"/g)]).toHaveLength(600);
    const operations = new Set(large().nodes.map(({ op }) => `<td>${op}</td>`));
    const told = [...all.matchAll(/<td>[a-z.-]+<\/td>/g)].filter(([cell]) => operations.has(cell));
    expect(told.length).toBeGreaterThan(CELLS);
  });

  it("keeps all of them for the page's next making, and for trackers", async () => {
    const data = decodeReportData(await readFile(join(folder, "report/data.json"), "utf8"));
    expect(data.cells).toHaveLength(CELLS);
    const tracked = await readTrackedStudy(folder, "run", { lookup: async () => undefined });
    expect(new Set(tracked.cells.map(({ id }) => id)).size).toBe(CELLS);
    expect(tracked.cells.every(({ curves }) => curves.length > 0)).toBe(true);
  });
});

describe("the sources of an init's tensors", () => {
  it("are said one by one, each state by its name", () => {
    const { manifests, cells } = gatherReport(made(checked().study));
    const cell = cells.find(({ init, experiment }) => experiment === "main" && init === "WT");
    const manifest = manifests[cell?.manifest ?? -1];
    expect(manifest?.tensors.length).toBe(manifest?.origins.reduce((sum, { tensors }) => sum + tensors, 0));
    const said = manifest?.tensors.map(([tensor, , source]) => [tensor, manifest.sources[source]]);
    expect(said?.[0]?.[1]).toMatch(/^copied from .*clothes/);
    expect(said?.at(-1)?.[1]).toMatch(/^a fresh head/);
  });
});
