/** What the guide to plug-ins shows is loaded, traced and taken by the checker as it stands there. */

import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { compile } from "../../src/compiler/compile.js";
import { loadPlugins } from "../../src/runtime/plugins/load.js";
import { root } from "../built.js";
import { memoryHost } from "../compiler/support/host.js";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-plugin-guide-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Blocks of JavaScript: whole modules as they are, a member of a plug-in as a plug-in of its own. */
const blocks = [...readFileSync(join(root, "docs/plugins.md"), "utf8").matchAll(/^( *)```js\n([\s\S]*?)^ *```$/gm)].map(
  ([, indent = "", code = ""], i) => {
    const text = code.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    const whole = text.includes("definePlugin") ? text : `export default { name: "p${i}", version: "1", ${text} };`;
    return whole.replace('import { definePlugin } from "xferc/plugin";', "const definePlugin = (plugin) => plugin;");
  },
);

const STUDY = `study s { seed 1; repeats 3 }
dataset d from slides("./d", stain: ihc) { metric expected_cost }
model whole = perceptron(width: 12, size: 8 px)
model net = whole with { width 50% }
recipe r { optimizer sgd(lr: 0.1); batch 8 images; for 4 steps; select last }
experiment e {
  model net; target d; init random(family); train r
  measure c = score(expected_cost)
  measure z = zeros(selected)
  measure dead = dead(initial, on: val)
}
table t from e { rows layer; cell dead }
`;

it("is code that a study can use", async () => {
  expect(blocks.length).toBeGreaterThanOrEqual(5);
  const names = blocks.map((code, i) => {
    writeFileSync(join(folder, `p${i}.mjs`), code);
    return `./p${i}.mjs`;
  });
  const { catalog } = await loadPlugins(names, folder);
  const { diagnostics } = await compile("s.xfer", { ...memoryHost({ "s.xfer": STUDY }), catalog });
  expect(diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual([]);
});
