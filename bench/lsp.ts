/**
 * From a keystroke in a study of 2,000 lines with ten imports to its diagnostics, in process, in the middle of a
 * declaration others read; and the whole check that follows when the keys are still. Aim: < 50 ms for the keystroke.
 *
 *     npx tsc -p bench && node dist/bench/lsp.js [LINES] [KEYSTROKES]
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TextDocument } from "vscode-languageserver-textdocument";
import { Feed } from "../src/lsp/diagnostics/feed.js";
import { Workspace } from "../src/lsp/workspace/workspace.js";
import { median } from "./median.js";
import { block, HEADER } from "./studies.js";

const [lines = 2000, keystrokes = 200] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "xferc-bench-"));
const IMPORTS = 10;
const count = (of: string): number => of.split("\n").length - 1;

let text = HEADER.replace('import "xfer:bundled"\n', () => {
  const names = Array.from({ length: IMPORTS - 1 }, (_, index) => `import "./part${index}.xfer"\n`);
  return `import "xfer:bundled"\n${names.join("")}`;
});
for (let index = 1; count(text) + count(block(1)) <= lines; index++) text += block(index);
for (let index = 0; index < IMPORTS - 1; index++) {
  writeFileSync(
    join(folder, `part${index}.xfer`),
    `recipe other_${index} { optimizer adam(lr: 1e-3); batch 8; for 9 steps }\n`,
  );
}

const path = join(folder, "large.xfer");
const workspace = new Workspace();
workspace.projects.folders = [folder];
let published = 0;
const feed = new Feed(
  workspace,
  {
    publish: () => {
      published += 1;
    },
    refresh: () => {},
    warn: () => {},
    failed: (error) => {
      throw error;
    },
  },
  undefined,
  { full: 1e6, slow: 1e6 },
);
let version = 1;
const set = (next: string): void => {
  text = next;
  workspace.texts.open(path, TextDocument.create(`file://${path}`, "xfer", version++, text));
};

set(text);
await feed.opened(path);
const most = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;

/** Types and deletes a digit in a recipe of a block in the middle; every other text is broken for a moment. */
async function keys(what: string, place: () => number, pieces: readonly string[]): Promise<void> {
  const wall: number[] = [];
  const processor: number[] = [];
  for (let index = 0; index < keystrokes; index++) {
    const piece = pieces[index % pieces.length] ?? "";
    const at = place();
    const before = text;
    for (const next of [text.slice(0, at) + piece + text.slice(at), before]) {
      const from = process.cpuUsage();
      const start = performance.now();
      set(next);
      await feed.changed(path);
      wall.push(performance.now() - start);
      const { user, system } = process.cpuUsage(from);
      processor.push((user + system) / 1000);
    }
  }
  console.log(
    `${what}: median ${median(processor).toFixed(1)} ms of processor, ${median(wall).toFixed(1)} by the clock; 95 of 100 below ${most(wall).toFixed(1)}`,
  );
}

const middle = Math.floor(text.split("experiment main_").length / 2);
const offset = (needle: string): number => text.indexOf(needle) + needle.length;
console.log(`${count(text)} lines, ${text.length} characters, ${IMPORTS} imports`);
await keys("a digit in a recipe", () => offset(`recipe finetune_${middle} {\n  optimizer adam(lr: 0.00`), ["1", "2"]);
await keys("a letter in an experiment's name", () => offset(`experiment main_${middle}`), ["x"]);
await keys("a bracket that is not closed", () => offset(`derive gain_${middle} = main_${middle}.test`), ["[", "{"]);
await keys("a comment", () => offset(`// Block ${middle}`), ["a"]);
await keys("a digit in an init all experiments read", () => offset("units[1..n"), ["1"]);
const start = performance.now();
workspace.forget(path);
await workspace.analysis(path);
console.log(`the whole: ${(performance.now() - start).toFixed(0)} ms by the clock`);
if (published === 0) throw new Error("nothing was published");
feed.close();
rmSync(folder, { recursive: true });
