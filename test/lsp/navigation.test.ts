import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type {
  DocumentHighlight,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  Location,
  LocationLink,
  SelectionRange,
  WorkspaceEdit,
  WorkspaceSymbol,
} from "vscode-languageserver/node";
import { compile } from "../../src/compiler/compile.js";
import { memoryHost } from "../compiler/support/host.js";
import { type Editor, openEditor } from "./support/editor.js";
import { LIBRARY, STUDY } from "./support/studies.js";

let editor: Editor;
beforeEach(async () => {
  editor = await openEditor();
});
afterEach(async () => {
  await editor.end();
  expect(editor.logged).toEqual([]);
});

/** The study with a cursor before the nth occurrence of a word. */
function marked(text: string, word: string, nth = 0): string {
  let at = -1;
  for (let index = 0; index <= nth; index++) at = text.indexOf(word, at + 1);
  return `${text.slice(0, at + 1)}‸${text.slice(at + 1)}`;
}

function open(word: string, nth = 0): void {
  editor.write("lib.xfer", LIBRARY);
  editor.open("main.xfer", marked(STUDY, word, nth));
}

async function definitionText(): Promise<readonly string[]> {
  const links = await editor.request<LocationLink[] | null>("textDocument/definition", editor.at("main.xfer"));
  return (links ?? []).map(({ targetUri, targetSelectionRange: { start } }) => {
    const name = targetUri.endsWith("lib.xfer") ? "lib.xfer" : "main.xfer";
    return `${name}:${start.line}:${start.character}`;
  });
}

describe("go to definition", () => {
  it.each([
    ["finetune", 0, "lib.xfer:4:7"],
    ["small", 1, "lib.xfer:2:6"],
    ["RI]", 0, "main.xfer:2:5"],
    ["WT_ST(n)", 0, "main.xfer:4:5"],
    ["n] <-", 0, "main.xfer:4:11"],
    ["n)\n", 0, "main.xfer:19:7"],
    ["test[init: RI", 0, "main.xfer:14:10"],
    ["init: WT", 0, "main.xfer:10:7"],
    ["rows model, init", 0, undefined],
    ["model, init;", 0, "main.xfer:9:7"],
    ["target; cell", 0, "main.xfer:11:7"],
    ["test }\nfigure", 0, "main.xfer:14:10"],
    ["n; y", 0, "main.xfer:19:7"],
    ["n = [0, 1]", 0, "main.xfer:19:7"],
    ["lib.xfer", 0, "lib.xfer:0:0"],
  ])("of `%s`", async (word, nth, place) => {
    open(word, nth);
    expect(await definitionText()).toEqual(place === undefined ? [] : [place]);
  });

  it("leads through a namespace and picked names, and to a label", async () => {
    editor.write("lib.xfer", LIBRARY);
    const text = `import "./lib.xfer" as m
import small from "./lib.xfer"
experiment e { vary init in [A: random, B: stats]; model small; target m.few; train m.finetune; measure t = score(top1) }
derive d = e.t[init: A]
`;
    for (const [word, nth, place] of [
      ["finetune", 0, "lib.xfer:4:7"],
      ["m.few", 0, "main.xfer:0:23"],
      ["small;", 0, "lib.xfer:2:6"],
      ["A]", 0, "main.xfer:2:29"],
    ] as const) {
      editor.open("main.xfer", marked(text, word, nth));
      expect(await definitionText()).toEqual([place]);
      editor.close("main.xfer");
    }
  });
});

describe("references", () => {
  it("are found in every file of the folder, open or not", async () => {
    editor.write("lib.xfer", LIBRARY);
    editor.write("deep/other.xfer", 'import "../lib.xfer"\nexperiment x { train finetune }\n');
    editor.open("main.xfer", marked(STUDY, "finetune"));
    const found = await editor.request<Location[]>("textDocument/references", {
      ...editor.at("main.xfer"),
      context: { includeDeclaration: true },
    });
    const places = found.map(({ uri, range }) => `${uri.slice(editor.uri("").length + 1)}:${range.start.line}`).sort();
    expect(places).toEqual(["deep/other.xfer:1", "lib.xfer:4", "main.xfer:13", "main.xfer:23", "main.xfer:29"]);
  });

  it("are highlighted, the declaration apart", async () => {
    open("RI]");
    const found = await editor.request<DocumentHighlight[]>("textDocument/documentHighlight", editor.at("main.xfer"));
    expect(found.map(({ kind, range }) => [kind, range.start.line])).toEqual([
      [3, 2],
      [2, 10],
      [2, 26],
    ]);
  });
});

describe("rename", () => {
  const renamed = async (newName: string) => {
    const edit = await editor.request<WorkspaceEdit>("textDocument/rename", { ...editor.at("main.xfer"), newName });
    return { edit, main: editor.changed("main.xfer", edit) };
  };

  it("changes imports and importers", async () => {
    editor.write("deep/other.xfer", 'import finetune from "../lib.xfer"\nrecipe twice = finetune then finetune\n');
    open("finetune");
    editor.open("lib.xfer", LIBRARY);
    editor.open("deep/other.xfer", 'import finetune from "../lib.xfer"\nrecipe twice = finetune then finetune\n');
    const { edit, main } = await renamed("retune");
    const files = { "lib.xfer": editor.changed("lib.xfer", edit), "main.xfer": main };
    expect(files["lib.xfer"]).toContain("recipe retune {");
    expect(editor.changed("deep/other.xfer", edit)).toBe(
      'import retune from "../lib.xfer"\nrecipe twice = retune then retune\n',
    );
    const before = await compile("main.xfer", memoryHost({ "lib.xfer": LIBRARY, "main.xfer": STUDY }));
    const after = await compile("main.xfer", memoryHost(files));
    expect(after.diagnostics.map(({ code }) => code)).toEqual(before.diagnostics.map(({ code }) => code));
    expect(after.study?.experiments.map(({ cells }) => cells.length)).toEqual(
      before.study?.experiments.map(({ cells }) => cells.length),
    );
  });

  it("reaches the file that declares the name, and its importers, where these lie outside of the folders", async () => {
    await editor.end();
    const workspace = { workspaceFolders: true };
    editor = await openEditor({ capabilities: { workspace } });
    editor.write("xfer.config.json", "{}");
    const files = {
      "shared/base.xfer": LIBRARY,
      "elsewhere/other.xfer": 'import finetune from "../shared/base.xfer"\nrecipe twice = finetune then finetune\n',
    };
    for (const [name, text] of Object.entries(files)) editor.write(name, text);
    await editor.connection.sendNotification("workspace/didChangeWorkspaceFolders", {
      event: { added: [{ uri: editor.uri("mine"), name: "mine" }], removed: [{ uri: editor.uri(""), name: "study" }] },
    });
    editor.open(
      "mine/main.xfer",
      'import fine‸tune from "../shared/base.xfer"\nrecipe longer = finetune then finetune\n',
    );
    const params = { ...editor.at("mine/main.xfer"), newName: "retune" };
    const edit = await editor.request<WorkspaceEdit>("textDocument/rename", params);
    expect(editor.changed("mine/main.xfer", edit)).toContain("import retune");
    for (const [name, text] of Object.entries(files)) editor.open(name, text);
    expect(editor.changed("shared/base.xfer", edit)).toContain("recipe retune {");
    expect(editor.changed("elsewhere/other.xfer", edit)).toContain("recipe twice = retune then retune");
  });

  /** Whatever is renamed, the study stays what it was. */
  it.each([
    ["RI", 0],
    ["WT", 0],
    ["WT_ST", 0],
    ["n: count", 0],
    ["n in", 0],
    ["main {", 0],
    ["depth", 0],
    ["test = score", 0],
    ["test = score", 1],
    ["gain", 0],
    ["small,", 0],
    ["few,", 0],
    ["before", 0],
  ])("of `%s` keeps the meaning", async (word, nth) => {
    open(word, nth);
    editor.open("lib.xfer", LIBRARY);
    const { edit, main } = await renamed("renamed_one");
    const files = { "lib.xfer": editor.changed("lib.xfer", edit), "main.xfer": main };
    expect(main).toContain("renamed_one");
    const { study, diagnostics } = await compile("main.xfer", memoryHost(files));
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(study?.experiments.map(({ cells }) => cells.length)).toEqual([24, 18]);
    expect(study?.tables[0]?.rows.map(({ name }) => name)).toEqual(["model", "init"]);
  });

  it.each([
    ["finetune", "few", "`few` is declared already"],
    ["finetune", "3x", "is no name"],
    ["finetune", "vary", "is a word of the language"],
    ["RI", "stats", "with another meaning"],
    ["model in", "network", "is a slot of the language"],
    ["test = score", "moved", "has `moved` already"],
    ["RI", "n", "is called `n`"],
  ])("of `%s` to `%s` is refused", async (word, newName, why) => {
    open(word);
    await expect(renamed(newName)).rejects.toThrow(why);
  });

  it("refuses what comes with xferc, and what is no name", async () => {
    editor.open("main.xfer", 'import "xfer:bundled"\nexperiment e { target ‸brain }\n');
    await expect(editor.request("textDocument/prepareRename", editor.at("main.xfer"))).rejects.toThrow(
      "comes with xferc",
    );
    editor.replace("main.xfer", "recipe r { for 3 ep‸ochs }\n");
    await expect(editor.request("textDocument/prepareRename", editor.at("main.xfer"))).rejects.toThrow(
      "no declared name",
    );
  });
});

describe("what a bootstrap draws", () => {
  const GRID = STUDY.replace("vary n in 0..2", "vary step in 0..2").replace(
    "WT_ST(n)\n  train",
    "WT_ST(step)\n  train",
  );
  const DERIVE = "derive spread = bootstrap(mean(depth.test, over: [model, step]), 2000, by: [model, st‸ep])\n";

  it.each([
    ["among several", DERIVE],
    ["alone", DERIVE.replace("[model, st‸ep]", "st‸ep")],
    [
      "for an interval",
      "derive r = correlation(depth.test, depth.test, over: [model, step], ci: bootstrap(500, by: st‸ep))\n",
    ],
  ])("is an axis, %s: it is found and renamed with it", async (_, derive) => {
    editor.write("lib.xfer", LIBRARY);
    editor.open("main.xfer", `${GRID}${derive}`);
    expect(await definitionText()).toEqual(["main.xfer:19:7"]);
    const edit = await editor.request<WorkspaceEdit>("textDocument/rename", {
      ...editor.at("main.xfer"),
      newName: "depths",
    });
    const text = editor.changed("main.xfer", edit);
    expect(text).not.toMatch(/\bstep\b/);
    expect(text).toContain("vary depths in 0..2");
  });

  it("is a column of the data in a measure", async () => {
    editor.write("lib.xfer", LIBRARY);
    const measure = "measure test = score(target.metric, ci: bootstrap(2000, by: sc‸anner))";
    editor.open("main.xfer", STUDY.replace("measure test = score(target.metric)", measure));
    expect(await definitionText()).toEqual([]);
  });
});

describe("the outline", () => {
  it("has declarations with what is in them", async () => {
    open("RI");
    const symbols = await editor.request<DocumentSymbol[]>("textDocument/documentSymbol", editor.at("main.xfer"));
    expect(symbols.map(({ name }) => name).slice(0, 6)).toEqual(["s", "./lib.xfer", "RI", "WT", "WT_ST", "main"]);
    expect(symbols[5]?.children?.map(({ name, detail }) => `${detail} ${name}`.trim())).toEqual([
      ...["axis model", "axis init", "axis target", "source", "train", "measure test", "measure moved"],
    ]);
  });

  it("of the whole folder is found by letters in order", async () => {
    open("RI");
    const found = await editor.request<WorkspaceSymbol[]>("workspace/symbol", { query: "ftn" });
    expect(found.map(({ name, containerName }) => [name, containerName])).toEqual([["finetune", "lib.xfer"]]);
  });
});

describe("folding, selecting, following", () => {
  it("folds blocks, comments and imports", async () => {
    editor.open(
      "main.xfer",
      '// a\n// b\nimport "a.xfer"\nimport "b.xfer"\nrecipe r {\n  augment crop(\n    3 px,\n    scale: 0.5..1\n  )\n}\n',
    );
    const found = await editor.request<FoldingRange[]>("textDocument/foldingRange", {
      textDocument: { uri: editor.uri("main.xfer") },
    });
    expect(found.map(({ startLine, endLine, kind }) => [startLine, endLine, kind])).toEqual([
      [0, 1, "comment"],
      [2, 3, "imports"],
      [4, 8, undefined],
      [5, 7, undefined],
    ]);
  });

  it("grows a selection by what belongs together", async () => {
    editor.open("main.xfer", "recipe r { optimizer adam(lr: 1e-‸3, l2: 2) }\n");
    const { textDocument, position } = editor.at("main.xfer");
    const [range] = await editor.request<SelectionRange[]>("textDocument/selectionRange", {
      textDocument,
      positions: [position],
    });
    const texts: string[] = [];
    for (let each: SelectionRange | undefined = range; each !== undefined; each = each.parent) {
      texts.push(editor.document("main.xfer").getText(each.range));
    }
    expect(texts).toEqual([
      ...["3", "1e-3", "lr: 1e-3", "adam(lr: 1e-3, l2: 2)", "optimizer adam(lr: 1e-3, l2: 2)"],
      ...[" optimizer adam(lr: 1e-3, l2: 2) ", "{ optimizer adam(lr: 1e-3, l2: 2) }"],
      ...["recipe r { optimizer adam(lr: 1e-3, l2: 2) }", "recipe r { optimizer adam(lr: 1e-3, l2: 2) }\n"],
    ]);
  });

  it("links data that a data root has", async () => {
    editor.write("xfer.config.json", '{ "data": { "a": "elsewhere/a" } }');
    editor.write("elsewhere/a/classes.txt", "0\n");
    editor.open("main.xfer", 'dataset a from idx("digits‸")\n');
    const [link] = await editor.request<DocumentLink[]>("textDocument/documentLink", {
      textDocument: { uri: editor.uri("main.xfer") },
    });
    expect(link?.target).toBe(editor.uri("elsewhere/a"));
    expect(JSON.stringify(await editor.request("textDocument/hover", editor.at("main.xfer")))).toContain("elsewhere/a");
  });

  it("links imports, and data that is there", async () => {
    editor.write("digits/classes.txt", "0\n");
    editor.write("lib.xfer", LIBRARY);
    editor.open(
      "main.xfer",
      'import "./lib.xfer"\nimport "./gone.xfer"\ndataset a from idx("digits")\ndataset b from idx("nowhere")\n',
    );
    const found = await editor.request<DocumentLink[]>("textDocument/documentLink", {
      textDocument: { uri: editor.uri("main.xfer") },
    });
    expect(found.map(({ range, target }) => [range.start.line, range.start.character, target])).toEqual([
      [0, 8, editor.uri("lib.xfer")],
      [2, 20, editor.uri("digits")],
    ]);
  });
});
