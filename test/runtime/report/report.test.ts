import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { tableFromIPC } from "apache-arrow";
import Papa from "papaparse";
import { readParquet } from "parquet-wasm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ResultBinding } from "../../../src/compiler/plan/types.js";
import { decodeReportData, encodeReportData } from "../../../src/runtime/report/data.js";
import { gatherReport } from "../../../src/runtime/report/gather.js";
import { ReportDataError, rebuildReport, writeReport } from "../../../src/runtime/report/index.js";
import { seal } from "../../../src/runtime/store/seal.js";
import { checked } from "../../compiler/outputs/fixture.js";
import fc from "../../support/properties.js";
import { made } from "./fixture.js";

// the drawing library alone takes seconds to load on a busy machine
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folders: string[] = [];
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "xferc-report-"));
  folders.push(folder);
  return folder;
}
afterAll(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

const read = (folder: string, path: string): Promise<string> => readFile(join(folder, path), "utf8");
/** Path → SHA-256. */
async function digests(folder: string): Promise<{ readonly [path: string]: string }> {
  const files = await everything(folder);
  return Object.fromEntries(
    [...files].map(([path, text]) => [path, createHash("sha256").update(text, "latin1").digest("hex")]),
  );
}
async function everything(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  const paths = names.map((each) => join(each.parentPath, each.name)).sort();
  const pairs = paths.map(async (path) => [path.slice(folder.length), await readFile(path, "latin1")] as const);
  return new Map(await Promise.all(pairs));
}
const lines = (text: string): readonly string[] => text.trimEnd().split("\n");

interface Crate {
  readonly "@context": string;
  readonly "@graph": readonly { readonly "@id": string; readonly [name: string]: unknown }[];
}

describe("a complete run", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await newFolder();
    await writeReport(folder, made(checked().study));
  });

  it("leaves the files of a run folder", async () => {
    expect([...(await everything(folder)).keys()]).toEqual([
      "/figures/by_depth.svg",
      "/figures/by_depth.vl.json",
      "/figures/by_layer.svg",
      "/figures/by_layer.vl.json",
      "/figures/similarity.svg",
      "/figures/similarity.vl.json",
      "/report/data.json",
      "/report/index.html",
      "/results.cka.csv",
      "/results.csv",
      "/results.parquet",
      "/ro-crate-metadata.json",
      "/summary.cka.csv",
      "/summary.csv",
      "/tables/gains.csv",
      "/tables/gains.html",
      "/tables/gains.md",
      "/tables/gains.tex",
      "/tables/results.csv",
      "/tables/results.html",
      "/tables/results.md",
      "/tables/results.tex",
    ]);
  });

  it("is the same, byte for byte, made twice and rebuilt", async () => {
    const again = await newFolder();
    await writeReport(again, made(checked().study));
    const first = await digests(folder);
    expect(await digests(again)).toEqual(first);
    await rm(join(again, "report/index.html"));
    await rm(join(again, "figures"), { recursive: true });
    await rebuildReport(again);
    expect(await digests(again)).toEqual(first);
  });

  it.each(["results.csv", "results.md", "results.tex"])("has the table of the golden %s", async (name) => {
    await expect(await read(folder, `tables/${name}`)).toMatchFileSnapshot(`golden/${name}`);
  });

  it("keeps layer × layer numbers in a file of their own", async () => {
    const [head, ...rows] = lines(await read(folder, "results.csv"));
    expect(head).toBe(
      "experiment,model,target,init,n,layer,repeat,seed,measure,metric,estimator,value,status,node,reason",
    );
    expect(rows.some((row) => row.includes(",reuse,"))).toBe(false);
    const [cka, first, ...others] = lines(await read(folder, "results.cka.csv"));
    expect(cka).toContain(",layer,layer2,repeat,");
    expect(first).toContain("main,resnet_s,digits_few,RI,conv1,conv1,1,2022,reuse,cka,unbiased,");
    // two targets, three inits, two repeats; 5 × 5 layers of one model, 10 × 10 of the other
    expect(others.length + 1).toBe(2 * 3 * 2 * (25 + 100));
  });

  it("writes derives per repeat, and a ratio of means once", async () => {
    const rows = lines(await read(folder, "results.csv"));
    const gain = rows.filter((row) => row.startsWith("derive:gain,resnet_s,digits_few"));
    const share = rows.filter((row) => row.startsWith("derive:share,resnet_s,digits_few"));
    expect(gain.map((row) => row.split(",")[6])).toEqual(["1", "2"]);
    expect(share.map((row) => row.split(",")[6])).toEqual([""]);
    const value = (pattern: RegExp): number => Number(rows.find((row) => pattern.test(row))?.split(",")[11]);
    const wt = value(/^main,resnet_s,digits_few,WT,,,1,/);
    const ri = value(/^main,resnet_s,digits_few,RI,,,1,/);
    expect(value(/^derive:gain,resnet_s,digits_few,,,,1,/)).toBe(wt - ri);
  });

  it("fetches nothing, and shows everything in one file", async () => {
    const page = await read(folder, "report/index.html");
    expect(page).toContain("default-src 'none'");
    const outside = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? "");
    expect(outside.filter((link) => !link.startsWith("#"))).toEqual([]);
    expect(page).not.toMatch(/@import|url\((?!#)/);
    const alts = [...page.matchAll(/<svg role="img" aria-label="Figure ([a-z_]+) [^"]+"[^>]*class="marks"/g)];
    expect(alts.map((match) => match[1])).toEqual(["by_depth", "by_layer", "similarity"]);
    for (const section of ["findings", "figures", "cells", "provenance"]) {
      expect(page).toContain(`id="${section}"`);
    }
    expect([...page.matchAll(/<details class="trial"/g)]).toHaveLength(46);
  });

  it("gives every element of its drawings an id of its own", async () => {
    const page = await read(folder, "report/index.html");
    const ids = [...page.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("describes itself as an RO-Crate whose parts are there", async () => {
    const crate = JSON.parse(await read(folder, "ro-crate-metadata.json")) as {
      "@graph": { "@id": string; hasPart?: { "@id": string }[] }[];
    };
    const parts = crate["@graph"].find((entity) => entity["@id"] === "./")?.hasPart?.map((part) => part["@id"]) ?? [];
    const files = [...(await everything(folder)).keys()].map((path) => path.slice(1));
    expect(parts).toEqual(files.filter((path) => path !== "ro-crate-metadata.json"));
    const ids = new Set(crate["@graph"].map((entity) => entity["@id"]));
    expect(parts.every((part) => ids.has(part))).toBe(true);
  });

  it("keeps to RO-Crate 1.1 and the Process Run Crate profile", async () => {
    const { "@context": context, "@graph": graph } = JSON.parse(await read(folder, "ro-crate-metadata.json")) as Crate;
    expect(context).toBe("https://w3id.org/ro/crate/1.1/context");
    const entities = new Map(graph.map((entity) => [entity["@id"], entity]));
    expect(entities.size).toBe(graph.length);
    expect(entities.get("ro-crate-metadata.json")).toMatchObject({
      "@type": "CreativeWork",
      about: { "@id": "./" },
      conformsTo: { "@id": "https://w3id.org/ro/crate/1.1" },
    });
    const root = entities.get("./");
    expect(root).toMatchObject({ "@type": "Dataset", conformsTo: { "@id": "https://w3id.org/ro/wfrun/process/0.5" } });
    for (const name of ["name", "description", "license"]) expect(root?.[name], name).toMatch(/\S/);
    expect(root?.datePublished).toMatch(/^\d{4}-\d\d-\d\dT/);
    // whatever an entity refers to is described, but for terms of schema.org and of the specification itself
    const references = [...JSON.stringify(graph).matchAll(/\{"@id":"([^"]+)"\}/g)].map((match) => match[1] ?? "");
    const described = references.filter((id) => !/^https?:\/\/(schema\.org|w3id\.org\/ro\/crate)/.test(id));
    for (const id of described) expect(entities.has(id), id).toBe(true);
    const action = entities.get("#run");
    expect(action).toMatchObject({
      "@type": "CreateAction",
      instrument: { "@id": "#xferc" },
      actionStatus: { "@id": "http://schema.org/CompletedActionStatus" },
    });
    const ids = (list: unknown) => (list as { "@id": string }[]).map((one) => one["@id"]);
    expect(ids(root?.mentions)).toEqual(["#run"]);
    expect(ids(action?.result)).toEqual(expect.arrayContaining(["results.csv", "report/index.html"]));
    expect(entities.get("#xferc")).toMatchObject({ "@type": "SoftwareApplication", softwareVersion: "0.1.0" });
    expect(entities.get("#engine")).toMatchObject({ name: "onnx", softwareVersion: "1.30.0" });
    for (const entity of graph) expect(entity["@type"], entity["@id"]).toBeTruthy();
  });

  it("writes a Parquet file with the rows of both CSV files, as Arrow's reader finds", async () => {
    const file = readParquet(await readFile(join(folder, "results.parquet")));
    const rows = tableFromIPC(file.intoIPCStream()).toArray();
    const table = Papa.parse<Record<string, string>>((await read(folder, "results.csv")).trim(), { header: true });
    const main = table.data;
    const matrix = lines(await read(folder, "results.cka.csv")).length - 1;
    expect(rows).toHaveLength(main.length + matrix);
    expect(rows[0]).toMatchObject({
      experiment: "main",
      model: "resnet_s",
      init: "RI",
      n: null,
      repeat: 1,
      status: "ok",
    });
    const values = rows.filter(({ layer2 }) => layer2 === null).map(({ value }) => value);
    expect(values).toEqual(main.map(({ value }) => (value === "" ? null : Number(value))));
  });
});

describe("a run with failures, stopped early, of a profile", () => {
  const fails = ({ point, repeat }: ResultBinding): string | undefined =>
    point.init === "WT" && point.model === "vit_s" && point.target === "brain" && repeat === 2
      ? 'worker died reading "/data/secret/patient-17.png", twice'
      : undefined;
  const pending = ({ experiment, point }: ResultBinding): boolean => experiment === "depth" && point.n === 4;
  let folder = "";
  beforeAll(async () => {
    folder = await newFolder();
    const { study } = checked(undefined, 2, { profile: "small", overrides: ["finetune.for = 8 steps"] });
    await writeReport(folder, made(study, { run: { status: "partial", failed: 3 }, fails, pending }));
  });

  it("has a row for what failed, with its reason, and none for what never ran", async () => {
    const rows = lines(await read(folder, "results.csv"));
    expect(rows.filter((row) => row.startsWith("main,vit_s,brain,WT,,,2,") && row.includes(",test,"))).toEqual([
      expect.stringMatching(/,test,macro_recall,,,failed,[0-9a-f]{64},"?worker died reading ""\(path\)"", twice"?$/),
    ]);
    expect(rows.some((row) => row.startsWith("depth,vit_s,,,4,"))).toBe(false);
  });

  it("counts what is behind each number", async () => {
    const table = await read(folder, "tables/results.csv");
    expect(table).toMatch(/^vit_s,WT,.*,0\.6[0-9]+,,1$/m);
    const page = await read(folder, "report/index.html");
    expect(page).toContain("(n = 1)");
    expect(page).toContain("1 cell failed");
  });

  it("tells no path and no image's name", async () => {
    for (const [path, text] of await everything(folder)) {
      expect(text, path).not.toMatch(/secret|patient-17/);
    }
  });

  it("is marked wherever it goes", async () => {
    for (const path of [
      "report/index.html",
      "tables/gains.md",
      "tables/gains.tex",
      "figures/by_depth.svg",
      "figures/by_depth.vl.json",
    ]) {
      expect(await read(folder, path), path).toContain("Profile small: not the study as written");
    }
  });
});

/** As someone would who changes the data on purpose. */
const resealed = (text: string) => seal(text.replace(/^\{"digest":"[0-9a-f]{64}",/, "{"));

describe("hostile names", () => {
  const HOSTILE = `"><img src=x onerror=alert(1)></script><script>alert('&')`;

  it("stay text in the page and in its drawings", async () => {
    const { study } = checked(undefined, 2, { title: HOSTILE });
    const text = encodeReportData(gatherReport(made(study)));
    const swapped = text.replaceAll("digits_few", JSON.stringify(HOSTILE).slice(1, -1)).replaceAll("conv1", "<b>&amp;");
    const folder = await newFolder();
    await writeReport(folder, made(study));
    await writeFile(join(folder, "report/data.json"), resealed(swapped));
    await rebuildReport(folder);
    const page = await read(folder, "report/index.html");
    expect(page).not.toMatch(/<img|<b>&amp;/);
    // what is packed beside the page, and the page's own
    expect([...page.matchAll(/<script/g)]).toHaveLength(2);
    expect([...page.matchAll(/<\/script>/g)]).toHaveLength(2);
    const packed = gunzipSync(Buffer.from(/id="packed">([^<]*)</.exec(page)?.[1] ?? "", "base64")).toString();
    expect(packed).not.toMatch(/<img|<script|<b>&amp;/);
    expect(page).toContain("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;");
    for (const name of ["by_depth", "by_layer", "similarity"]) {
      const svg = await read(folder, `figures/${name}.svg`);
      expect(svg, name).not.toMatch(/<img|<script|<b>/);
    }
  });

  it("are no formulas to a spreadsheet", async () => {
    const { study } = checked();
    const text = encodeReportData(gatherReport(made(study)));
    const folder = await newFolder();
    await writeReport(folder, made(study));
    await writeFile(join(folder, "report/data.json"), resealed(text.replaceAll("digits_few", "=HYPERLINK(1)")));
    await rebuildReport(folder);
    const rows = lines(await read(folder, "results.csv"));
    expect(rows[1]).toMatch(/^main,resnet_s,"?'=HYPERLINK\(1\)"?,RI/);
  });
});

describe("rebuilding", () => {
  it("says what is missing, damaged or foreign", async () => {
    const folder = await newFolder();
    await expect(rebuildReport(folder)).rejects.toThrow(ReportDataError);
    await expect(rebuildReport(folder)).rejects.toThrow(/is it a run folder/);
    expect(() => decodeReportData("{")).toThrow(/damaged/);
    expect(() => decodeReportData('{"format": 99}')).toThrow(/another version/);
    expect(() => decodeReportData(seal('{"format":99}'))).toThrow(/another version/);
  });

  it("notices any flipped bit", () => {
    const whole = new TextEncoder().encode(encodeReportData(gatherReport(made(checked().study))));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), (at, bit) => {
        const flipped = whole.slice();
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        expect(() => decodeReportData(new TextDecoder().decode(flipped))).toThrow(ReportDataError);
      }),
    );
  });

  it("keeps every row, the failed ones too", () => {
    const data = gatherReport(
      made(checked().study, { fails: ({ repeat }) => (repeat === 2 ? "no memory" : undefined) }),
    );
    const again = decodeReportData(encodeReportData(data));
    expect(again.rows.filter((row) => row.status === "failed").length).toBeGreaterThan(10);
    expect(again.rows).toEqual(data.rows);
  });
});
