/** Every name of every study can be renamed, and the study then says and means what it did. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { CompileResult } from "../../src/compiler/compile.js";
import type { NamedSymbol } from "../../src/lsp/names/symbols.js";
import { rename } from "../../src/lsp/providers/rename.js";
import { Workspace } from "../../src/lsp/workspace/workspace.js";

const ROOT = "/nowhere/studies";
const NEW = "zz_renamed";

function filesIn(folder: string): readonly (readonly [name: string, text: string])[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".xfer"))
    .map((name) => [name, readFileSync(`${folder}/${name}`, "utf8")]);
}

const stubs = filesIn("test/studies/stubs");
const STUDIES: readonly (readonly [name: string, files: ReadonlyMap<string, string>])[] = [
  ...filesIn("test/compiler/good"),
  ...filesIn("test/studies/design"),
  ["quickstart.xfer", readFileSync("studies/quickstart.xfer", "utf8")] as const,
].map(([name, text]) => [name, new Map([...stubs, [name, text] as const])]);

function open(workspace: Workspace, texts: ReadonlyMap<string, string>, version: number): void {
  for (const [name, text] of texts) {
    const path = `${ROOT}/${name}`;
    if (workspace.texts.opened(path) === text) continue;
    workspace.texts.open(path, TextDocument.create(`file://${path}`, "xfer", version, text));
  }
}

/** What is said, and how much is trained: names apart. */
function meaning({ diagnostics, study }: CompileResult): unknown {
  return {
    said: diagnostics.map(({ code }) => code).sort(),
    cells: study?.experiments.map(({ cells, axes }) => [cells.length, axes.map(({ points }) => points.length)]),
    outputs: study && [study.derives.length, study.tables.length, study.figures.length],
  };
}

describe("renaming all there is", () => {
  it.each(STUDIES)("in %s", async (name, files) => {
    const workspace = new Workspace();
    workspace.projects.folders = [ROOT];
    open(workspace, files, 1);
    const path = `${ROOT}/${name}`;
    const before = await workspace.analysis(path);
    if (before === undefined) throw new Error("not read");
    const wanted = meaning(before.result);
    const own = before.view.names.occurrences.flatMap(({ symbols, role }) =>
      role === "declaration" ? symbols.filter((symbol) => !symbol.fixed && symbol.path === name) : [],
    );
    const symbols = new Map<string, NamedSymbol>(own.map((symbol) => [symbol.id, symbol]));
    const wrong: string[] = [];
    for (const symbol of symbols.values()) {
      const view = await workspace.view(path);
      if (view === undefined) throw new Error("not read");
      const edit = await rename({ workspace, view, offset: symbol.span.start }, NEW);
      const renamed = new Map(files);
      for (const [uri, edits] of Object.entries(edit.changes ?? {})) {
        const file = uri.slice(`file://${ROOT}/`.length);
        const document = TextDocument.create(uri, "xfer", 1, files.get(file) ?? "");
        renamed.set(file, TextDocument.applyEdits(document, edits));
      }
      open(workspace, renamed, 2);
      const after = await workspace.analysis(path);
      const now = after && meaning(after.result);
      if (JSON.stringify(now) !== JSON.stringify(wanted)) {
        const said = after?.result.diagnostics.find(
          ({ message }) => message.includes(symbol.name) || message.includes(NEW),
        );
        wrong.push(`${symbol.kind} ${symbol.name}: ${said?.message ?? JSON.stringify(now)}`);
      }
      open(workspace, files, 3);
    }
    expect(wrong).toEqual([]);
  });
});
