/** Ten thousand edits on the built server; prints the heap after collecting garbage, early and late. `--expose-gc`. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TextDocument } from "vscode-languageserver-textdocument";

const [, , root, edits, study] = process.argv;
const load = (path) => import(join(root, "dist/src/lsp", path));
const { Feed } = await load("diagnostics/feed.js");
const { Workspace } = await load("workspace/workspace.js");
const { completion } = await load("providers/completion/index.js");
const { hover } = await load("providers/hover.js");
const { semanticTokens } = await load("providers/semantic-tokens.js");

const folder = mkdtempSync(join(tmpdir(), "xferc-memory-"));
const path = join(folder, "study.xfer");
const workspace = new Workspace();
workspace.projects.folders = [folder];
const failed = (error) => {
  throw error;
};
const client = { publish: () => {}, refresh: () => {}, warn: () => {}, failed };
const feed = new Feed(workspace, client, undefined, { full: 1e8, slow: 1e8 });
let text = study;
const set = (version) => workspace.texts.open(path, TextDocument.create(`file://${path}`, "xfer", version, text));
const heap = () => {
  for (let round = 0; round < 4; round++) globalThis.gc();
  return process.memoryUsage().heapUsed;
};

set(0);
await feed.opened(path);
const all = Number(edits);
const measured = [];
let state = 1;
const random = (below) => {
  state = (state * 48271) % 2147483647;
  return state % below;
};
for (let version = 1; version <= all; version++) {
  // letters come and go anywhere; every name is new once, and every size of model
  if (version % 2 === 0) text = study;
  else {
    const at = random(study.length);
    const size = 32 * (1 + random(60));
    text = `${study.slice(0, at)}${version.toString(36)}${study.slice(at)}model m${version} = resnet18(size: ${size} px)\n`;
  }
  set(version);
  await feed.changed(path);
  if (version % 100 === 0) {
    const view = await workspace.view(path);
    await workspace.analysis(path);
    const place = { workspace, view, offset: random(text.length) };
    await hover(place);
    await completion(place);
    semanticTokens(view);
  }
  if (version === all / 4 || version === all) measured.push(heap());
}
feed.close();
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ early: measured[0], late: measured[1] }));
