/** The extension's manifest against the server it starts, and the package as it is shipped. */

import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Entry, fromBuffer, type Options, type ZipFile } from "yauzl";
import { DECLARATION_KINDS } from "../../grammar/syntax.js";
import { COMMANDS } from "../../src/lsp/providers/lenses.js";

const FOLDER = "editors/vscode";
const VSIX = `${FOLDER}/xfer.vsix`;
const json = (path: string) => JSON.parse(readFileSync(`${FOLDER}/${path}`, "utf8"));
const manifest = json("package.json");

describe("the VS Code extension", () => {
  it("carries out the commands lenses ask for", () => {
    const commands = manifest.contributes.commands.map(({ command }: { readonly command: string }) => command);
    expect(commands).toEqual(expect.arrayContaining(Object.values(COMMANDS)));
    const source = ["extension", "commands"].map((name) => readFileSync(`${FOLDER}/src/${name}.ts`, "utf8")).join();
    for (const command of commands) expect(source).toContain(`"${command}"`);
  });

  it("names files that are there", () => {
    const [language] = manifest.contributes.languages;
    const [grammar] = manifest.contributes.grammars;
    expect(json(language.configuration).comments.lineComment).toBe("//");
    expect(json(grammar.path).scopeName).toBe(grammar.scopeName);
  });

  it("indents after what the language opens, and not after what it closes", () => {
    const { increaseIndentPattern, decreaseIndentPattern } = json("language-configuration.json").indentationRules;
    const [more, less] = [new RegExp(increaseIndentPattern), new RegExp(decreaseIndentPattern)];
    for (const kind of DECLARATION_KINDS) expect(more.test(`${kind} x {`)).toBe(true);
    expect(more.test("recipe r { batch 3 }")).toBe(false);
    expect(less.test("}")).toBe(true);
  });

  const packaged = process.env.XFERC_TEST_VSIX === "1" || existsSync(VSIX);
  const reason = packaged ? "" : " (skipped: not packaged; `npm ci && npm run package` in editors/vscode)";
  it.skipIf(!packaged)(`is packaged whole, without sources and modules${reason}`, async () => {
    const open: (buffer: Buffer, options: Options) => Promise<ZipFile> = promisify(fromBuffer);
    const zip = await open(readFileSync(VSIX), { lazyEntries: false });
    const names: string[] = [];
    zip.on("entry", ({ fileName }: Entry) => names.push(fileName));
    await new Promise((resolve) => zip.on("end", resolve));
    expect(names).toEqual(
      expect.arrayContaining([
        ...["extension/package.json", "extension/out/extension.js", "extension/out/mermaid.min.js"],
        ...[
          "extension/syntaxes/xfer.tmLanguage.json",
          "extension/language-configuration.json",
          "extension/LICENSE.txt",
        ],
      ]),
    );
    expect(names.filter((name) => /node_modules|\/src\/|\.ts$/.test(name))).toEqual([]);
  });
});
