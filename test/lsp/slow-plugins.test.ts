/** A plug-in that is slow, hangs or ends its process: nothing else waits for it. */

import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Hover } from "vscode-languageserver/node";
import { ensureBuilt } from "../built.js";
import { type Editor, openEditor } from "./support/editor.js";

const SPIN = (ms: number) => `const until = Date.now() + ${ms}; while (Date.now() < until);`;
const PLUGIN = (top: string, build: string) => `${top}
export default { name: "lab", version: "1.0.0", models: [{
  id: "tiny", doc: "A model of one layer.", size: 8,
  parameters: { width: { type: "integer", minimum: 1, maximum: 64, default: 4, description: "How wide." } },
  units: () => ["body"], layers: () => ["body"],
  build({ b, layers, images, params, classes }) {
    if (params.width === 3) throw new RangeError("three is unlucky");
    ${build}
    const init = { weight: layers.zeros, bias: layers.zeros };
    const [n, c, h, w] = images.shape;
    const body = b.scope("body", () => layers.linear(b, b.reshape(images, [n, c * h * w]), params.width, init));
    return { logits: b.scope("head", () => layers.linear(b, body, classes, init)), pooled: body, taps: { body } };
  },
}] };
`;
const STUDY = `study s { seed 1; repeats 3 }
dataset d from idx("./d") { metric top1 }
model m = tiny(width: 5)
recipe r { optimizer sgd(lr: 0.1); batch 8 images; for 4 steps; select last }
init parts(n: count) { units[1..n] <- random; rest <- random(kaiming) }
experiment e { model m; vary n in 0..model.units; target d; init parts(n); train r; measure c = score(top1) }
table t from e { rows n; cell c }
`;

beforeAll(() => ensureBuilt(), 180_000);
let editor: Editor;
let begun: string[];
let ended: number;
async function project(plugin: string, pluginsMs?: number): Promise<void> {
  const capabilities = { window: { workDoneProgress: true } };
  editor = await openEditor(pluginsMs === undefined ? { capabilities } : { capabilities, pluginsMs });
  begun = [];
  ended = 0;
  editor.connection.onRequest("window/workDoneProgress/create", () => null);
  editor.connection.onNotification("$/progress", ({ value }) => {
    if (value.kind === "begin") begun.push(value.title);
    if (value.kind === "end") ended += 1;
  });
  editor.write("xfer.config.json", '{ "plugins": ["./plugin.mjs"] }');
  editor.write("plugin.mjs", plugin);
}
beforeEach(() => {
  editor = undefined as unknown as Editor;
});
afterEach(() => editor.end());

const shown = async (): Promise<string> => {
  const hover = await editor.request<Hover | null>("textDocument/hover", editor.at("main.xfer"));
  return JSON.stringify(hover?.contents ?? "");
};
const until = async (text: string): Promise<void> => {
  while (!(await shown()).includes(text)) await new Promise((resolve) => setTimeout(resolve, 100));
};
const told = (text: string) => (all: readonly { readonly message: unknown }[]) =>
  all.some(({ message }) => String(message).includes(text));

it("answers keystrokes and hovers while a model is built for five seconds, and the rest then", {
  timeout: 60_000,
}, async () => {
  // built several times to be checked, and slow the first time
  await project(PLUGIN("", `if (!globalThis.spun) { ${SPIN(5000)} } globalThis.spun = true;`));
  editor.open("main.xfer", STUDY.replace("model m", "model ‸m"));
  const first = await editor.diagnostics("main.xfer");
  expect(first.filter(({ severity }) => severity === 1)).toEqual([]);
  expect(await shown()).toContain("tiny(width: 5");
  expect(await shown()).not.toContain("units");
  editor.replace("main.xfer", STUDY.replace("lr: 0.1", "rl: 0.1").replace("model m", "model ‸m"));
  await editor.diagnostics("main.xfer", told("`rl`"));
  // all that came before the model did
  expect(await shown()).not.toContain("units");
  expect(ended).toBe(0);
  await until("1 units, 1 layers, 4 tensors");
  expect(begun).toContain("building the model tiny of plug-in lab");
  expect(ended).toBe(1);
  editor.replace("main.xfer", STUDY.replace("width: 5", "width: 3"));
  await editor.diagnostics("main.xfer", told("three is unlucky"));
});

it("tells a model that never comes to an end, and the rest of the study all the same", {
  timeout: 60_000,
}, async () => {
  await project(PLUGIN("", "while (true);"));
  editor.open("main.xfer", STUDY.replace("lr: 0.1", "rl: 0.1"));
  const soon = await editor.diagnostics("main.xfer", told("`rl`"));
  expect(told("tiny")(soon)).toBe(false);
  const late = await editor.diagnostics(
    "main.xfer",
    told("the model tiny of plug-in lab took more than 10 s to be built"),
  );
  expect(told("`rl`")(late)).toBe(true);
});

it("tells a model that ends the process that builds it", { timeout: 60_000 }, async () => {
  await project(PLUGIN("", "process.kill(process.pid, 'SIGKILL');"));
  editor.open("main.xfer", STUDY);
  await editor.diagnostics("main.xfer", told("the model tiny of plug-in lab ended the process that built it"));
});

it("goes on without a module that takes long to load, and knows its names later", { timeout: 60_000 }, async () => {
  await project(PLUGIN("await new Promise((resolve) => setTimeout(resolve, 3000));", ""), 100);
  editor.open("main.xfer", `${STUDY.replace("optimizer", "opti‸mizer")}table u from e {`);
  const soon = await editor.diagnostics("main.xfer", (all) => all.length > 0);
  // of syntax alone: whether `tiny` is a model nobody can say yet
  expect(soon.every(({ code }) => String(code).startsWith("XF01"))).toBe(true);
  const hover = await editor.request<Hover>("textDocument/hover", editor.at("main.xfer"));
  expect(JSON.stringify(hover.contents)).toContain("optimizer");
  editor.replace("main.xfer", STUDY.replace("tiny(", "tiny(depth: 2, "));
  const known = await editor.diagnostics("main.xfer", told("`depth`"));
  expect(
    known.some(({ message }) => String(message).includes("no parameter") || String(message).includes("`depth`")),
  ).toBe(true);
  expect(begun).toContain("loading plug-ins: ./plugin.mjs");
});
