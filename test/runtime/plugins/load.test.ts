/** Plug-ins as files of a project: what is loaded, what it is keyed by, and what is refused. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadPlugins, loadSpecs } from "../../../src/runtime/plugins/load.js";
import { sourcesOf } from "../../../src/runtime/plugins/sources.js";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-plugins-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(files: { readonly [path: string]: string }): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const METRIC = (id = "cost", more = "") => `
{ id: "${id}", doc: "A cost.", tasks: ["binary"], reads: "classes", direction: "min", measure: () => 1 ${more} }`;
const PLUGIN = (metrics = METRIC(), name = "lab", version = "1.0.0") =>
  `export default { name: "${name}", version: "${version}", metrics: [${metrics}] };`;
const MODEL = (more: string) =>
  `export default { name: "lab", version: "1", models: [{ id: "tiny", doc: "x", size: 8, ${more} units: () => 1, layers: () => 1, build: () => 1 }] };`;
const PROBE = (more: string) =>
  `export default { name: "lab", version: "1", probes: [{ id: "dead", doc: "x", ${more} measure: () => 1 }] };`;
const OF = (type: string, more: string) => `{ type: "${type}", description: "x"${more} }`;
const DIMS = OF("array", ', items: { type: "integer", minimum: 1 }, default: [4, 8, 16]');
const RUNS_TYPESCRIPT = "typescript" in process.features && Boolean(process.features.typescript);
const load = (...names: readonly string[]) => loadPlugins(names, folder);
const digest = () => sourcesOf(join(folder, "a.mjs"), folder, "./a.mjs").digest;
const refusal = (...names: readonly string[]) =>
  load(...names).then(
    () => "",
    (error: Error & { readonly hint?: string }) => `${error.message} | ${error.hint ?? ""}`,
  );

describe("a plug-in", () => {
  it("brings entries that say whose they are, after the built-in ones", async () => {
    put({ "a.mjs": PLUGIN() });
    const { catalog, specs } = await load("./a.mjs");
    expect(catalog?.entry("metric", "cost")).toMatchObject({ kind: "metric", version: 1, plugin: specs[0]?.ref });
    expect(catalog?.entry("metric", "top1")?.plugin).toBeUndefined();
    expect(catalog?.names("metric").at(-1)).toBe("cost");
    expect(catalog?.entries("probe").map(({ id }) => id)).toContain("cka");
  });

  it("is keyed by every file it is made of, and by nothing else", async () => {
    put({
      "a.mjs": `import { b } from "./lib/b.mjs";\n${PLUGIN()}\nvoid b;`,
      "lib/b.mjs": `export const b = new URL("../table.json", import.meta.url);`,
      "table.json": "{}",
      "other.mjs": "1",
    });
    expect((await load("./a.mjs")).specs[0]?.ref.digest).toBe(digest());
    const first = digest();
    put({ "other.mjs": "2" });
    expect(digest()).toBe(first);
    put({ "table.json": "[]" });
    const second = digest();
    expect(second).not.toBe(first);
    put({ "lib/b.mjs": `export const b = new URL("../table.json", import.meta.url); // changed` });
    expect(digest()).not.toBe(second);
  });

  it("is keyed by the versions of the packages it imports", async () => {
    put({
      "a.mjs": `import { x } from "dep";\n${PLUGIN()}\nvoid x;`,
      "node_modules/dep/package.json": `{ "name": "dep", "version": "1.0.0", "type": "module", "main": "i.js" }`,
      "node_modules/dep/i.js": "export const x = 1;",
    });
    const first = digest();
    put({ "node_modules/dep/package.json": `{ "name": "dep", "version": "1.0.1", "type": "module", "main": "i.js" }` });
    expect(digest()).not.toBe(first);
  });

  it("is the code that is there, or is refused where Node would go on with what it holds", async () => {
    put({ "a.mjs": PLUGIN() });
    expect((await load("./a.mjs")).metric("cost")?.direction).toBe("min");
    put({ "a.mjs": PLUGIN().replace('"min"', '"max"') });
    expect((await load("./a.mjs")).metric("cost")?.direction).toBe("max");
    put({
      "b.mjs": `import { d } from "./d.mjs";\n${PLUGIN().replace('"min"', "d")}`,
      "d.mjs": 'export const d = "min";',
    });
    expect((await load("./b.mjs")).metric("cost")?.direction).toBe("min");
    put({ "d.mjs": 'export const d = "max";' });
    expect(await refusal("./b.mjs")).toContain(
      "plug-in ./b.mjs changed after this process loaded it | start the process",
    );
  });

  it("may be a package, found by its exports", async () => {
    put({
      "node_modules/@lab/plug/package.json": `{ "name": "@lab/plug", "type": "module", "exports": { ".": { "types": "./x.d.ts", "import": "./lib/main.js" } } }`,
      "node_modules/@lab/plug/lib/main.js": PLUGIN(METRIC(), "@lab/plug"),
    });
    expect((await load("@lab/plug")).specs[0]?.ref.name).toBe("@lab/plug");
  });

  it("is loaded by a worker as it was planned with, or not at all", async () => {
    put({ "a.mjs": PLUGIN() });
    const { specs } = await load("./a.mjs");
    expect((await loadSpecs(specs)).metric("cost")?.direction).toBe("min");
    put({ "a.mjs": `${PLUGIN()} // changed` });
    await expect(loadSpecs(specs)).rejects.toThrow("plug-in lab (./a.mjs) changed after the study was planned");
  });
});

describe("is refused where", () => {
  it.each<[string, { readonly [path: string]: string }, readonly string[], string]>([
    ["it is not there", {}, ["./a.mjs"], "there is no plug-in ./a.mjs | `plugins` in xfer.config.json is relative to"],
    [
      "a model would have a gap",
      { "a.mjs": MODEL('parameters: { dim: { type: "integer", description: "x" } },') },
      ["./a.mjs"],
      "models.tiny.parameters.dim has no default and is not among required",
    ],
    [
      "a rate of dropping is no rate",
      { "a.mjs": MODEL('parameters: { drop_rate: { type: "number", description: "x", default: 0.5 } },') },
      ["./a.mjs"],
      "models.tiny.parameters.drop_rate is a rate of dropping: a number with the default 0, in training alone",
    ],
    [
      "widths are of no parameter",
      { "a.mjs": MODEL('widths: { parameter: "dims", parts: "block{n}" },') },
      ["./a.mjs"],
      "models.tiny.widths.parameter names dims, which is no parameter of it",
    ],
    [
      "widths are no numbers",
      {
        "a.mjs": MODEL(
          `parameters: { dim: ${OF("number", ", default: 4")} }, widths: { parameter: "dim", parts: ["x"] },`,
        ),
      },
      ["./a.mjs"],
      "models.tiny.widths.parameter names dim, which is neither a whole number nor a list of them",
    ],
    [
      "all widths have one name",
      { "a.mjs": MODEL(`parameters: { dims: ${DIMS} }, widths: { parameter: "dims", parts: "block" },`) },
      ["./a.mjs"],
      "models.tiny.widths.parts calls all parts block: write {n} where their number stands, or list their names",
    ],
    [
      "more widths than have names",
      { "a.mjs": MODEL(`parameters: { dims: ${DIMS} }, widths: { parameter: "dims", parts: ["a", "b"] },`) },
      ["./a.mjs"],
      "models.tiny.widths.parts names 2 parts; give dims maxItems 2, or write one pattern with {n}",
    ],
    [
      "a model is called as a built-in one",
      { "a.mjs": MODEL("").replace('"tiny"', '"resnet18"') },
      ["./a.mjs"],
      "plug-in lab (./a.mjs) brings the model resnet18, which is built in as a model | rename it",
    ],
    [
      "a probe is called as a word of the language",
      { "a.mjs": PROBE('reads: "tensors",').replace('"dead"', '"selected"') },
      ["./a.mjs"],
      "plug-in lab (./a.mjs) brings the probe selected, which is a word of the language | rename it",
    ],
    [
      "it has no version",
      { "a.mjs": 'export default { name: "lab" };' },
      ["./a.mjs"],
      "must have required property 'version'",
    ],
    [
      "a probe of images sees none",
      { "a.mjs": PROBE('reads: ["pooled"],') },
      ["./a.mjs"],
      "plug-in ./a.mjs: probes.dead.gather, which sees the images, must be a function",
    ],
    [
      "a probe of layers reads none",
      { "a.mjs": PROBE('reads: ["logits"], byLayer: true, gather: () => 1,') },
      ["./a.mjs"],
      'probes.dead reads no layer: with layers or byLayer it reads "pooled", "flat" or "tensors"',
    ],
    [
      "a probe reads what there is none of",
      { "a.mjs": PROBE('reads: ["weights"], gather: () => 1,') },
      ["./a.mjs"],
      "probes.dead.reads.0 must be equal to one of the allowed values: flat, pooled, embedding, logits",
    ],
    ["it is not installed", {}, ["lab"], "plug-in lab is not installed for"],
    ["its name is no name", {}, ["/etc/x.mjs"], "plug-in /etc/x.mjs is neither a path nor a package"],
    [
      "it exports nothing",
      { "a.mjs": "export const x = 1;" },
      ["./a.mjs"],
      "plug-in ./a.mjs: it has no default export",
    ],
    [
      "a part is not as it should be",
      { "a.mjs": PLUGIN(METRIC().replace('"min"', '"down"')) },
      ["./a.mjs"],
      "plug-in ./a.mjs: metrics.cost.direction must be equal to one of the allowed values: max, min",
    ],
    [
      "a part is unknown",
      { "a.mjs": PLUGIN(METRIC("cost", ", directoin: 1")) },
      ["./a.mjs"],
      "plug-in ./a.mjs: metrics.cost must NOT have additional properties: directoin",
    ],
    [
      "a hook is no function",
      { "a.mjs": PLUGIN(METRIC().replace("() => 1", "1")) },
      ["./a.mjs"],
      "plug-in ./a.mjs: metrics.cost.measure must be a function",
    ],
    [
      "its module throws",
      { "a.mjs": "throw new TypeError('no');" },
      ["./a.mjs"],
      "plug-in ./a.mjs does not load: TypeError: no",
    ],
    [
      "it brings what is built in",
      { "a.mjs": PLUGIN(METRIC("top1")) },
      ["./a.mjs"],
      "plug-in lab (./a.mjs) brings the metric top1, which is built in as a metric",
    ],
    [
      "it brings what another brings",
      { "a.mjs": PLUGIN(), "b.mjs": PLUGIN(METRIC(), "lab2") },
      ["./a.mjs", "./b.mjs"],
      "plug-in lab2 (./b.mjs) brings the metric cost, which plug-in lab (./a.mjs) brings too",
    ],
    [
      "it has the name of another",
      { "a.mjs": PLUGIN(), "b.mjs": PLUGIN(METRIC("other")) },
      ["./a.mjs", "./b.mjs"],
      "plug-in lab (./b.mjs) has the name of plug-in lab (./a.mjs)",
    ],
    [
      "a parameter is xferc's own",
      {
        "a.mjs": `export default { name: "lab", version: "1", datasets: [{ id: "slides", doc: "x", cases: () => 1, parameters: { path: { type: "string", description: "x" } } }] };`,
      },
      ["./a.mjs"],
      "plug-in ./a.mjs: datasets.slides.parameters",
    ],
  ])("%s", async (_, files, names, told) => {
    put(files);
    expect(await refusal(...names)).toContain(told);
  });

  it("it lies outside the project, by its path or by a link", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "xferc-elsewhere-"));
    try {
      writeFileSync(join(elsewhere, "x.mjs"), PLUGIN());
      expect(await refusal(`../${elsewhere.split("/").at(-1)}/x.mjs`)).toContain("lies outside the project");
      symlinkSync(join(elsewhere, "x.mjs"), join(folder, "link.mjs"));
      expect(await refusal("./link.mjs")).toContain("lies outside the project");
      put({ "a.mjs": `import "../${elsewhere.split("/").at(-1)}/x.mjs";\n${PLUGIN()}` });
      expect(await refusal("./a.mjs")).toMatch(/plug-in \.\/a\.mjs reads .*x\.mjs, which lies outside its folder/);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it.skipIf(RUNS_TYPESCRIPT)("it is TypeScript and this Node runs none", async () => {
    put({ "a.ts": PLUGIN() });
    expect(await refusal("./a.ts")).toMatch(/is TypeScript, which Node .* does not run \| use Node 22\.18 or later/);
  });
});
