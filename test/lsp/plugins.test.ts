/** What a project's plug-ins bring, in an editor: the server runs none of their code itself. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { CompletionItem, Hover } from "vscode-languageserver/node";
import { ensureBuilt } from "../built.js";
import { type Editor, openEditor } from "./support/editor.js";

const PLUGIN = `
if (process.argv[1]?.includes("vitest")) throw new Error("loaded in the server's process");
export default {
  name: "lab", version: "1.0.0",
  metrics: [{
    id: "expected_cost", doc: "Mean cost of a decision.", tasks: ["binary"],
    reads: "classes", direction: "min", measure: () => 1,
  }],
  datasets: [{
    id: "slides", doc: "Slides by their names.", cases: () => ({ cases: [] }),
    parameters: { stain: { type: "string", enum: ["he", "ihc"], default: "he", description: "The stain." } },
  }],
  models: [{
    id: "tiny", doc: "A model of two layers.", size: 8,
    parameters: { depth: { type: "integer", minimum: 1, maximum: 4, default: 2, description: "How deep." } },
    units: ({ depth }) => Array.from({ length: depth }, (_, i) => "body" + i),
    layers: ({ depth }) => Array.from({ length: depth }, (_, i) => "body" + i),
    build({ b, layers, images, params, classes }) {
      if (params.depth === 3) throw new RangeError("three is unlucky");
      const init = { weight: layers.zeros, bias: layers.zeros };
      const [n, c, h, w] = images.shape;
      let x = b.reshape(images, [n, c * h * w]);
      const taps = {};
      for (let i = 0; i < params.depth; i++) taps["body" + i] = x = b.scope("body" + i, () => layers.linear(b, x, 4, init));
      return { logits: b.scope("head", () => layers.linear(b, x, classes, init)), pooled: x, taps };
    },
  }],
  probes: [{
    id: "spread", doc: "How far features spread.", reads: ["pooled"], byLayer: true, numbers: { width: "their width." },
    parameters: { norm: { type: "string", enum: ["l1", "l2"], default: "l2", description: "Which norm." } },
    gather: () => ({ see() {} }), measure: () => 1,
  }],
};
`;
const STUDY = `study s { seed 1; repeats 3 }
dataset d from slides("./d") { metric expected_cost }
model m = resnet(blocks: [1], widths: [4], stem: small, size: 16 px)
recipe r { optimizer sgd(lr: 0.1); batch 8 images; for 4 steps; select last }
experiment e { model m; target d; init random(kaiming); train r; measure c = score(expected_cost) }
table t from e { cell c }
`;

beforeAll(() => ensureBuilt(), 120_000);
let editor: Editor;
beforeEach(async () => {
  editor = await openEditor();
  editor.write("xfer.config.json", '{ "plugins": ["./plugin.mjs"] }');
  editor.write("plugin.mjs", PLUGIN);
});
afterEach(() => editor.end());

const labels = async (name: string) => {
  const found = await editor.request<CompletionItem[] | { items: CompletionItem[] }>(
    "textDocument/completion",
    editor.at(name),
  );
  return (Array.isArray(found) ? found : found.items).map(({ label }) => label);
};

it("knows the ids, offers them and their parameters, and shows their docs", async () => {
  editor.open("main.xfer", STUDY);
  const errors = (await editor.diagnostics("main.xfer")).filter(({ severity }) => severity === 1);
  expect(errors).toEqual([]);
  editor.replace("main.xfer", STUDY.replace('slides("./d")', "‸"));
  expect(await labels("main.xfer")).toEqual(expect.arrayContaining(["slides", "image_folder"]));
  editor.replace("main.xfer", STUDY.replace("score(expected_cost)", "score(‸)"));
  expect(await labels("main.xfer")).toEqual(expect.arrayContaining(["expected_cost", "top1"]));
  editor.replace("main.xfer", STUDY.replace('"./d"', '"./d", stain: ‸'));
  expect(await labels("main.xfer")).toEqual(expect.arrayContaining(["he", "ihc"]));
  editor.replace("main.xfer", STUDY.replace("score(expected_cost)", "score(expected‸_cost)"));
  const hover = await editor.request<Hover>("textDocument/hover", editor.at("main.xfer"));
  expect(JSON.stringify(hover.contents)).toContain("*metric, of plug-in lab 1.0.0*\\n\\nMean cost of a decision.");
});

it("tells what is wrong with a plug-in, and takes it up once it is mended", async () => {
  const told: string[] = [];
  editor.connection.onNotification("window/showMessage", ({ message }) => {
    told.push(message);
  });
  editor.write("plugin.mjs", PLUGIN.replace('"min"', '"less"'));
  editor.open("main.xfer", STUDY);
  const wrong = await editor.diagnostics("main.xfer", (all) => all.length > 0);
  expect(wrong.map(({ message }) => message).join()).toContain("there is no dataset adapter `slides`");
  expect(told).toEqual([expect.stringContaining("plug-in ./plugin.mjs: metrics.expected_cost.direction")]);
  writeFileSync(join(editor.folder, "plugin.mjs"), PLUGIN);
  editor.save("main.xfer");
  await editor.diagnostics("main.xfer", (all) => all.every(({ severity }) => severity !== 1));
});

const MODELLED = STUDY.replace(/resnet\(.*?\)/, "tiny(depth: 2)").replace("score(expected_cost)", "spread(selected)");

it("knows models by asking where their code runs, and probes by their entries", { timeout: 60_000 }, async () => {
  editor.open(
    "main.xfer",
    MODELLED.replace("table t from e { cell c }", "table t from e { rows layer, number; cell c }"),
  );
  const errors = (await editor.diagnostics("main.xfer")).filter(({ severity }) => severity === 1);
  expect(errors).toEqual([]);
  editor.replace("main.xfer", MODELLED.replace("model m = tiny", "model ‸m = tiny"));
  const shown = async () =>
    JSON.stringify((await editor.request<Hover>("textDocument/hover", editor.at("main.xfer"))).contents);
  // it is being built meanwhile
  while (!(await shown()).includes("units")) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await shown()).toContain("2 units, 2 layers, 6 tensors, 0.8 k parameters");
  editor.replace("main.xfer", MODELLED.replace("tiny(depth: 2)", "‸"));
  expect(await labels("main.xfer")).toEqual(expect.arrayContaining(["tiny", "resnet"]));
  editor.replace("main.xfer", MODELLED.replace("spread(selected)", "‸"));
  expect(await labels("main.xfer")).toEqual(expect.arrayContaining(["spread", "cka"]));
  editor.replace("main.xfer", MODELLED.replace("spread(selected)", "spread(selected, norm: ‸)"));
  expect(await labels("main.xfer")).toEqual(["l1", "l2"]);
  editor.replace("main.xfer", MODELLED.replace("depth: 2", "depth: 3"));
  const wrong = await editor.diagnostics("main.xfer", (all) =>
    all.some(({ message }) => String(message).includes("unlucky")),
  );
  expect(wrong.map(({ message }) => message).join()).toContain(
    "plug-in lab (./plugin.mjs) failed in models.tiny.build: RangeError: three is unlucky",
  );
});
