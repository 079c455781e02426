/** Between two keystrokes the server says what compiling the whole would say, but for lints and the like, which wait. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { withoutCascades } from "../../src/compiler/cascades/index.js";
import { compile } from "../../src/compiler/compile.js";
import type { Diagnostic } from "../../src/compiler/diagnostics.js";
import type { LoadedFile } from "../../src/compiler/load.js";
import { keystroke, waits } from "../../src/lsp/diagnostics/keystroke.js";
import { Workspace } from "../../src/lsp/workspace/workspace.js";
import fc from "../support/properties.js";
import { LIBRARY, STUDY } from "./support/studies.js";

const ROOT = "/nowhere/study";
const PATH = `${ROOT}/main.xfer`;
const GOOD = readdirSync("test/compiler/good")
  .filter((name) => name.endsWith(".xfer"))
  .map((name) => readFileSync(`test/compiler/good/${name}`, "utf8"))
  .filter((text) => text.length < 8000);
const WORDS = `${STUDY} ${GOOD.join(" ")}`.split(/\b/).filter((word) => word.trim() !== "");

/** What was found once: a brace where the text began with a statement, whose own problem is then gone. */
const FOUND: [string, { at: number; remove: number; insert: string }[]] = [
  readFileSync("test/compiler/good/axes.xfer", "utf8"),
  [
    { at: 0, remove: 51, insert: "\n" },
    { at: 0, remove: 29, insert: "\n" },
    { at: 0, remove: 29, insert: "" },
    { at: 0, remove: 0, insert: "}" },
  ],
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof(fc.constant(0), fc.nat(2), fc.nat(60)),
  insert: fc.oneof(
    fc.constant(""),
    fc.constantFrom(...WORDS),
    fc.constantFrom("\n", " ", "}", "{", "init z = random\n", "derive z = 1\n"),
  ),
});

function open(workspace: Workspace, path: string, text: string, version: number): void {
  workspace.texts.open(path, TextDocument.create(`file://${path}`, "xfer", version, text));
}

const said = (all: readonly Diagnostic[], file: LoadedFile): readonly string[] =>
  all
    .filter((each) => !waits(each, file) && each.location.path === "main.xfer")
    .map(({ name, message, location: { span } }) => `${span.start}-${span.end} ${name} ${message}`)
    .sort();

describe("a keystroke", () => {
  it("says what the whole says", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(STUDY, ...GOOD),
        fc.array(edit, { minLength: 1, maxLength: 5 }),
        async (study, edits) => {
          const workspace = new Workspace();
          workspace.projects.folders = [ROOT];
          open(workspace, `${ROOT}/lib.xfer`, LIBRARY, 1);
          open(workspace, PATH, study, 1);
          let analysis = await workspace.analysis(PATH);
          let text = study;
          for (const [index, { at, remove, insert }] of edits.entries()) {
            if (analysis === undefined) throw new Error("not read");
            const before = { file: analysis.view.file, found: analysis.result.found };
            const place = Math.floor(at * text.length);
            text = text.slice(0, place) + insert + text.slice(place + remove);
            open(workspace, PATH, text, index + 2);
            const view = await workspace.view(PATH);
            const quick = view && (await keystroke(before, view));
            const fresh = await compile("main.xfer", { ...workspace.projects.of(PATH).host });
            if (quick !== undefined && view !== undefined)
              expect(said(withoutCascades(quick, view.program.files), view.file)).toEqual(
                said(fresh.diagnostics, view.file),
              );
            analysis = await workspace.analysis(PATH);
          }
        },
      ),
      { numRuns: 150, examples: [FOUND] },
    );
  });
});
