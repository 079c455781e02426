/** Whatever is typed, and wherever one asks: every answer comes, none is an internal error. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { SlowChecker } from "../../src/lsp/slow/types.js";
import fc from "../support/properties.js";
import { openEditor } from "./support/editor.js";
import { LIBRARY, STUDY } from "./support/studies.js";

const studies = [
  STUDY,
  ...["good", "bad"].flatMap((folder) =>
    readdirSync(`test/compiler/${folder}`)
      .filter((name) => name.endsWith(".xfer") && name !== "too-many-cells.xfer")
      .map((name) => readFileSync(`test/compiler/${folder}/${name}`, "utf8")),
  ),
];
const WORDS = studies
  .join(" ")
  .split(/\b/)
  .filter((word) => word.trim() !== "");
const AT_POSITION = [
  ...["hover", "completion", "signatureHelp", "definition", "documentHighlight", "prepareRename"],
] as const;
const OF_DOCUMENT = [
  ...["documentSymbol", "foldingRange", "documentLink", "codeLens", "semanticTokens/full", "formatting"],
] as const;

const place = fc.double({ min: 0, max: 1, noNaN: true });
const step = fc.oneof(
  fc.record({
    kind: fc.constant("edit" as const),
    at: place,
    remove: fc.nat(40),
    insert: fc.oneof(
      fc.constantFrom(...WORDS),
      fc.string({ unit: "grapheme", maxLength: 6 }),
      fc.constantFrom("\r\n", "\n", "👩‍🔬", '"', "/*"),
    ),
  }),
  fc.record({ kind: fc.constant("ask" as const), method: fc.constantFrom(...AT_POSITION), at: place }),
  fc.record({ kind: fc.constant("whole" as const), method: fc.constantFrom(...OF_DOCUMENT) }),
  fc.record({
    kind: fc.constant("range" as const),
    from: place,
    to: place,
    method: fc.constantFrom("codeAction", "inlayHint", "rangeFormatting", "selectionRange", "references", "rename"),
  }),
);

const none: SlowChecker = { check: async () => undefined, close: () => {} };

describe("the protocol", () => {
  it("survives anything that is typed and asked", async () => {
    const editor = await openEditor({ slow: none });
    editor.write("lib.xfer", LIBRARY);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...studies),
        fc.array(step, { minLength: 4, maxLength: 25 }),
        async (study, steps) => {
          editor.open("main.xfer", study);
          const textDocument = { uri: editor.uri("main.xfer") };
          const answers: Promise<unknown>[] = [];
          for (const each of steps) {
            const document = editor.document("main.xfer");
            const length = document.getText().length;
            const position = (at: number) => document.positionAt(Math.floor(at * length));
            switch (each.kind) {
              case "edit": {
                const at = Math.floor(each.at * length);
                editor.type("main.xfer", at, Math.min(length, at + each.remove), each.insert);
                break;
              }
              case "ask":
                answers.push(
                  asked(editor.request(`textDocument/${each.method}`, { textDocument, position: position(each.at) })),
                );
                break;
              case "whole":
                answers.push(editor.request(`textDocument/${each.method}`, { textDocument, options: {} }));
                break;
              case "range": {
                const [start, end] = [position(Math.min(each.from, each.to)), position(Math.max(each.from, each.to))];
                const about = {
                  range: { start, end },
                  positions: [start, end],
                  position: start,
                  newName: "other_name",
                };
                const context = { diagnostics: [], includeDeclaration: true };
                answers.push(
                  asked(
                    editor.request(`textDocument/${each.method}`, { textDocument, ...about, context, options: {} }),
                  ),
                );
                break;
              }
              default:
                each satisfies never;
            }
          }
          await Promise.all(answers);
          editor.close("main.xfer");
          expect(editor.logged).toEqual([]);
        },
      ),
      { numRuns: 120 },
    );
    await editor.end();
  });
});

/** A refusal is an answer; an internal error is not. */
async function asked(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    expect(error).toMatchObject({ code: -32600 });
  }
}
