/** The extension's manifest against the server it starts, and the package as it is shipped. */

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Entry, fromBuffer, type Options, type ZipFile } from "yauzl";
import { DECLARATION_KINDS } from "../../grammar/syntax.js";
import { COMMANDS } from "../../src/lsp/providers/lenses.js";
import { packageRoot } from "../../src/runtime/host/index.js";

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

  it.skipIf(!packaged)(
    `starts the server, runs studies and shows plans${reason}`,
    async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-vscode-")));
      writeFileSync(join(folder, "study.xfer"), STUDY);
      writeFileSync(join(folder, "wrong.xfer"), STUDY.replace("train r", "train q"));
      const server = join(packageRoot, "dist/src/cli/main.js");
      const words = ["test/editors/vscode-host.cjs", join(packageRoot, FOLDER), server, folder];
      const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: packageRoot, timeout: 170_000 });
      const seen = JSON.parse(stdout);
      rmSync(folder, { recursive: true });
      expect(seen.commands.sort()).toEqual(["xfer.check", "xfer.plan", "xfer.restart", "xfer.run"]);
      const study = join(folder, "study.xfer");
      expect(seen.tasks).toEqual([
        {
          name: "run study.xfer",
          process: process.execPath,
          args: [server, "run", study, "--only", "main"],
          options: { cwd: folder },
        },
        {
          name: "check study.xfer",
          process: process.execPath,
          args: [server, "check", study],
          options: { cwd: folder },
        },
      ]);
      expect(seen.plan).toContain('const source = "flowchart LR');
      expect(seen.plan).toMatch(/\d+ nodes, (\d+|all) to run/);
      expect(seen.said).toEqual([expect.stringContaining("No plan: the study has errors")]);
    },
    180_000,
  );
});

const STUDY = `study s { seed 1; repeats 2 }
import "xfer:bundled"
recipe r { optimizer adam(lr: 1e-3); batch 32; for 2 steps }
experiment main {
  vary model in [resnet_s, vit_s]
  target digits_few; init random; train r
  measure test = score(target.metric)
}
`;
