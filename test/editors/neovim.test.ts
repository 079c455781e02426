/** A real client: Neovim's built-in one, driven by test/editors/neovim.lua with the configuration of editors/neovim. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { format } from "../../src/compiler/format/index.js";
import { packageRoot } from "../../src/runtime/host/index.js";
import { LIBRARY, STUDY } from "../lsp/support/studies.js";

const nvim = process.env.XFER_NVIM ?? "nvim";
const installed = spawnSync(nvim, ["--version"]).status === 0;
const reason = installed ? "" : " (skipped: no Neovim here; `apt-get install neovim`, or XFER_NVIM names one)";

interface Seen {
  readonly problem?: string;
  readonly filetype: string;
  readonly diagnostics: readonly { readonly line: number; readonly column: number; readonly message: string }[];
  readonly actions: readonly string[];
  readonly fixed: string;
  readonly hover: string;
  readonly completions: readonly string[];
  readonly definition: { readonly line: number; readonly column: number };
  readonly renamed: string;
  readonly renamed_library: string;
  readonly refusal: string;
  readonly edits: number;
  readonly formatted: string;
  readonly emoji: number;
  readonly line: string;
  readonly symbols: readonly string[];
}

const NVIM_TIME = 120_000;

describe.skipIf(!installed)(`Neovim${reason}`, () => {
  let folder = "";
  let seen: Seen;
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-nvim-")));
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "lib.xfer"), LIBRARY);
    writeFileSync(join(folder, "main.xfer"), STUDY.replace("train finetune", "train finetun"));
    const server = [process.execPath, join(packageRoot, "dist/src/cli/main.js"), "lsp", "--stdio"];
    const words = [
      ...["--headless", "--clean"],
      ...["--cmd", `set runtimepath^=${join(packageRoot, "editors/neovim")}`],
      ...["--cmd", `let g:xfer_server = ${JSON.stringify(server)}`],
      ...["-c", `luafile ${join(packageRoot, "test/editors/neovim.lua")}`],
    ];
    const out = join(folder, "seen.json");
    const home = { XDG_STATE_HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder };
    const env = { ...process.env, ...home, XFER_FOLDER: folder, XFER_OUT: out };
    const ran = spawnSync(nvim, words, { env, cwd: folder, timeout: NVIM_TIME, encoding: "utf8" });
    if (ran.error !== undefined) throw ran.error;
    seen = JSON.parse(readFileSync(out, "utf8")) as Seen;
    if (seen.problem !== undefined) throw new Error(`${seen.problem}\n${ran.stderr}\n${JSON.stringify(seen)}`);
  }, NVIM_TIME + 10_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("knows the file type, and sees diagnostics", () => {
    expect(seen.filetype).toBe("xfer");
    const wrong = seen.diagnostics.find(({ message }) => message.includes("finetun"));
    expect(wrong).toMatchObject({ line: 13, column: 8 });
    expect(wrong?.message).toContain("did you mean `finetune`?");
  });

  it("applies a fix", () => {
    expect(seen.actions).toContain("write `finetune`");
    expect(`${seen.fixed}\n`).toBe(STUDY);
  });

  it("hovers", () => expect(seen.hover).toContain("24 cells"));

  it("completes", () => expect(seen.completions).toEqual(["adam", "adamw"]));

  it("goes to a definition in another file", () => expect(seen.definition).toEqual({ line: 5, column: 8 }));

  it("renames across files, and says why it does not", () => {
    expect(`${seen.renamed}\n`).toBe(STUDY.replaceAll("finetune", "retune"));
    expect(`${seen.renamed_library}\n`).toBe(LIBRARY.replaceAll("finetune", "retune"));
    expect(seen.refusal).toContain("`few` is declared already");
  });

  it("formats", () => {
    const result = format(STUDY.replaceAll("finetune", "retune"));
    expect(result.ok && result.text).toBe(`${seen.formatted}\n`);
    expect(seen.edits).toBeGreaterThan(0);
  });

  it("counts letters as the server does", () => {
    // in bytes, as Neovim has it
    expect(
      Buffer.from(seen.line)
        .subarray(seen.emoji, seen.emoji + 3)
        .toString(),
    ).toBe("zzz");
  });

  it("has an outline", () =>
    expect(seen.symbols).toEqual(expect.arrayContaining(["main", "depth", "gain", "results"])));
});
