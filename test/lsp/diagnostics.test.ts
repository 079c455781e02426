import { afterEach, describe, expect, it } from "vitest";
import type { Diagnostic } from "vscode-languageserver/node";
import type { SlowChecker, SlowReport } from "../../src/lsp/slow/types.js";
import { type Editor, openEditor } from "./support/editor.js";
import { LIBRARY, STUDY } from "./support/studies.js";

let editor: Editor;
afterEach(async () => {
  await editor.end();
  expect(editor.logged).toEqual([]);
});
const codes = (all: readonly Diagnostic[]) => all.map(({ message }) => String(message).split("\n")[0]);

describe("diagnostics as you type", () => {
  it("says nothing of a sound study, and names the slip at the next keystroke", async () => {
    editor = await openEditor();
    editor.write("lib.xfer", LIBRARY);
    editor.open("main.xfer", STUDY);
    expect((await editor.diagnostics("main.xfer")).filter(({ severity }) => severity === 1)).toEqual([]);
    const at = STUDY.indexOf("train finetune");
    editor.type("main.xfer", at + 6, at + 14, "finetun");
    const wrong = await editor.diagnostics("main.xfer", (all) => all.some(({ severity }) => severity === 1));
    expect(wrong[0]).toMatchObject({ code: "XF0201", source: "xfer", range: { start: { line: 13, character: 8 } } });
    expect(wrong[0]?.message).toContain("did you mean `finetune`?");
    editor.type("main.xfer", at + 6, at + 13, "finetune");
    await editor.diagnostics("main.xfer", (all) => all.every(({ severity }) => severity !== 1));
  });

  it("reads imports as they are in the editor, saved or not", async () => {
    editor = await openEditor();
    editor.write("lib.xfer", LIBRARY);
    editor.open("main.xfer", STUDY);
    await editor.diagnostics("main.xfer");
    editor.open("lib.xfer", LIBRARY.replace("recipe finetune", "recipe retune"));
    const wrong = await editor.diagnostics("main.xfer", (all) => all.some(({ severity }) => severity === 1));
    expect(codes(wrong).join()).toContain("finetune");
    editor.replace("lib.xfer", LIBRARY);
    await editor.diagnostics("main.xfer", (all) => all.every(({ severity }) => severity !== 1));
  });

  it("reports what is wrong in a file that is not open, and takes it back", async () => {
    editor = await openEditor();
    editor.write("lib.xfer", `${LIBRARY}init broken = \n`);
    editor.open("main.xfer", STUDY);
    expect((await editor.diagnostics("lib.xfer", (all) => all.length > 0))[0]?.range.start.line).toBe(12);
    editor.close("main.xfer");
    expect(await editor.diagnostics("lib.xfer", (all) => all.length === 0)).toEqual([]);
  });

  it("stands by itself outside of any folder, in a buffer that is no file, and on Windows line ends", async () => {
    editor = await openEditor({ folder: "none" });
    editor.open(
      "untitled:Untitled-1",
      'study a "👩‍🔬" { seed 1; repeats 3 }\r\n/* 👩‍🔬 */ param p = 3 +\r\nparam q = zzz.y\r\n',
    );
    const said = await editor.diagnostics("untitled:Untitled-1", (all) => all.length > 1);
    expect(said.map(({ range }) => range.start.line)).toEqual([1, 2]);
    // two units a person, one a joiner, two a microscope: UTF-16, as the protocol counts
    expect(said[0]?.range.start.character).toBe("/* 👩‍🔬 */ param p = 3 +".length - 1);
    expect(said[1]?.range.start.character).toBe(10);
  });
});

describe("a configuration that cannot be read", () => {
  it("takes rules as the project takes them", async () => {
    editor = await openEditor();
    editor.write("xfer.config.json", '{ "lint": { "single-run": "error", "unused-axis": "off" } }');
    editor.write("lib.xfer", LIBRARY);
    const once = STUDY.replace(/repeats\s+\d+/, "repeats 1");
    editor.open("main.xfer", once);
    const said = await editor.diagnostics("main.xfer", (all) => all.some(({ code }) => code === "XF0911"));
    expect(said.find(({ code }) => code === "XF0911")?.severity).toBe(1);
  });

  it("is told once, and the study is checked all the same", async () => {
    editor = await openEditor();
    const warnings: string[] = [];
    editor.connection.onNotification("window/showMessage", ({ message }) => {
      warnings.push(message);
    });
    editor.write("xfer.config.json", '{ "dta": {} }');
    editor.write("lib.xfer", LIBRARY);
    editor.open("main.xfer", STUDY.replace("train finetune", "train nothing"));
    await editor.diagnostics("main.xfer", (all) => all.some(({ severity }) => severity === 1));
    editor.type("main.xfer", 0, 0, "\n");
    await editor.diagnostics("main.xfer", (all) => all.some(({ range }) => range.start.line === 14));
    expect(warnings).toEqual([expect.stringContaining('"dta"')]);
  });
});

class Scripted implements SlowChecker {
  readonly asked: {
    readonly path: string;
    readonly signal: AbortSignal;
    readonly answer: (report: SlowReport) => void;
  }[] = [];
  closed = false;
  check({ path }: { readonly path: string }, signal: AbortSignal): Promise<SlowReport | undefined> {
    return new Promise((answer) => this.asked.push({ path, signal, answer }));
  }
  close(): void {
    this.closed = true;
  }
}

const late = (path: string, text: string, word: string): SlowReport => ({
  diagnostics: [
    {
      ...{ code: "XF0430", name: "dataset-problem", severity: "error", message: "no data", related: [], fixes: [] },
      location: { path, span: { start: text.indexOf(word), end: text.indexOf(word) + word.length } },
    },
  ],
  experiments: [{ name: "main", cells: 12, cached: 5 }],
  datasets: [],
});

describe("diagnostics on save", () => {
  it("come later, move with what is typed meanwhile, and are withdrawn by the next", async () => {
    const slow = new Scripted();
    editor = await openEditor({ slow });
    editor.write("lib.xfer", LIBRARY);
    editor.open("main.xfer", STUDY);
    await editor.diagnostics("main.xfer");
    await expect.poll(() => slow.asked.length).toBe(1);
    editor.type("main.xfer", 0, 0, "// a line above\n");
    await editor.diagnostics("main.xfer");
    slow.asked[0]?.answer(late("main.xfer", STUDY, "vary target in"));
    const onLine = (line: number) => (all: readonly Diagnostic[]) =>
      all.some(({ code, range }) => code === "XF0430" && range.start.line === line);
    await editor.diagnostics("main.xfer", onLine(12));
    editor.type("main.xfer", 0, 0, "\n\n");
    await editor.diagnostics("main.xfer", onLine(14));
    editor.save("main.xfer");
    await expect.poll(() => slow.asked.length).toBe(2);
    slow.asked[1]?.answer({ diagnostics: [], experiments: [], datasets: [] });
    await editor.diagnostics("main.xfer", (all) => all.every(({ code }) => code !== "XF0430"));
  });

  it("end when the study is saved again, or closed", async () => {
    const slow = new Scripted();
    editor = await openEditor({ slow });
    editor.write("lib.xfer", LIBRARY);
    editor.open("main.xfer", STUDY);
    await expect.poll(() => slow.asked.length).toBe(1);
    editor.save("main.xfer");
    await expect.poll(() => slow.asked.length).toBe(2);
    expect(slow.asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    editor.close("main.xfer");
    await expect.poll(() => slow.asked[1]?.signal.aborted).toBe(true);
  });
});
