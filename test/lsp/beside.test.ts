import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CodeAction, CodeLens, Diagnostic, InlayHint, Range, SemanticTokens } from "vscode-languageserver/node";
import { LEGEND } from "../../src/lsp/providers/semantic-tokens.js";
import type { SlowChecker, SlowReport } from "../../src/lsp/slow/types.js";
import { type Editor, openEditor } from "./support/editor.js";
import { LIBRARY, STUDY } from "./support/studies.js";

const REPORT: SlowReport = {
  diagnostics: [],
  experiments: [
    { name: "main", cells: 24, cached: 14 },
    { name: "depth", cells: 18, cached: 0 },
  ],
  nodes: { all: 90, missing: 40 },
  datasets: [
    {
      name: "few",
      declaredIn: "lib.xfer",
      facts: {
        ...{ fingerprint: "f", classes: ["a", "b"], task: "binary", channels: 1 },
        splits: { train: { images: 60, perClass: [30, 30] }, test: { images: 20, perClass: [10, 10] } },
      },
    },
  ],
  mermaid: "flowchart LR",
};
let checks = 0;
const slow: SlowChecker = {
  check: async () => {
    checks++;
    return REPORT;
  },
  close: () => {},
};

let editor: Editor;
beforeEach(async () => {
  editor = await openEditor({ slow });
  editor.write("lib.xfer", LIBRARY);
});
afterEach(async () => {
  await editor.end();
  expect(editor.logged).toEqual([]);
});
const ALL: Range = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };
const document = () => ({ textDocument: { uri: editor.uri("main.xfer") } });

describe("inlay hints", () => {
  it("tell cells, points, tensors and units", async () => {
    editor.open(
      "main.xfer",
      `${STUDY}recipe extra { optimizer adam(lr: 1e-3); batch 32; for 2 epochs; augment crop(28) }\n`,
    );
    const hints = await editor.request<InlayHint[]>("textDocument/inlayHint", { ...document(), range: ALL });
    const said = hints.map(({ position, label }) => `${position.line}: ${String(label)}`);
    expect(said).toEqual(
      expect.arrayContaining([
        "8: 24 cells",
        "9: 2 points",
        "10: 2 points",
        "17: 18 cells",
        "19: 3 points",
        "30: images",
        "30: px",
      ]),
    );
    // resnet18's first two units of 122 tensors; nothing for n = 0
    expect(said.filter((each) => each.startsWith("5: "))).toEqual([
      expect.stringMatching(/small 0–\d+ · other 0–\d+ tensors/),
    ]);
    const part = { start: { line: 8, character: 0 }, end: { line: 9, character: 0 } };
    expect((await editor.request<InlayHint[]>("textDocument/inlayHint", { ...document(), range: part })).length).toBe(
      1,
    );
  });

  it("count no cells of an experiment with a mistake", async () => {
    editor.open("main.xfer", STUDY.replace("train finetune", "train finetun"));
    const hints = await editor.request<InlayHint[]>("textDocument/inlayHint", { ...document(), range: ALL });
    expect(hints.map(({ label }) => label).filter((label) => String(label).endsWith("cells"))).toEqual(["18 cells"]);
  });
});

describe("lenses", () => {
  const titles = async () =>
    (await editor.request<CodeLens[]>("textDocument/codeLens", document())).map(({ command }) => command?.title);

  it("run, with cells, and what is cached once that is known", async () => {
    editor.open("main.xfer", STUDY);
    await expect
      .poll(titles)
      .toEqual(["run · 42 cells · 14 cached", "plan", "run · 24 cells · 14 cached", "run · 18 cells · 0 cached"]);
    editor.replace("main.xfer", STUDY.replace("n in 0..2", "n in 0..1"));
    expect(await titles()).toEqual(["run · 36 cells", "plan", "run · 24 cells · 14 cached", "run · 12 cells"]);
  });

  it("have what they run as arguments", async () => {
    editor.open("main.xfer", STUDY);
    const lenses = await editor.request<CodeLens[]>("textDocument/codeLens", document());
    expect(lenses.map(({ command }) => command?.command)).toEqual(["xfer.run", "xfer.plan", "xfer.run", "xfer.run"]);
    expect(lenses[2]?.command?.arguments).toEqual([editor.uri("main.xfer"), "main"]);
  });

  it("go with what hovers say of data and cache", async () => {
    editor.open("main.xfer", STUDY.replace("target few", "target f‸ew"));
    const hover = async () => JSON.stringify(await editor.request("textDocument/hover", editor.at("main.xfer")));
    await expect.poll(hover).toContain("images: train 60, test 20; 2 classes (binary), grey");
  });

  it("hear of runs that end", async () => {
    editor.open("main.xfer", STUDY);
    await expect.poll(titles).toContain("run · 24 cells · 14 cached");
    const before = checks;
    const changes = [{ uri: editor.uri("runs/s/now/ro-crate-metadata.json"), type: 1 }];
    await editor.connection.sendNotification("workspace/didChangeWatchedFiles", { changes });
    await expect.poll(() => checks).toBe(before + 1);
  });

  it("hear of runs that their editor started", async () => {
    editor.open("main.xfer", STUDY);
    await expect.poll(titles).toContain("run · 24 cells · 14 cached");
    const before = checks;
    await editor.connection.sendNotification("xfer/ran");
    await expect.poll(() => checks).toBe(before + 1);
  });

  it("are gone with errors that leave no cells", async () => {
    editor.open("main.xfer", STUDY.replace("vary model in [small, other]", "vary model in [smal]"));
    const lenses = await editor.request<CodeLens[]>("textDocument/codeLens", document());
    expect(lenses.map(({ command }) => command?.arguments?.[1])).not.toContain("main");
  });
});

describe("the plan", () => {
  it("is a Mermaid flowchart", async () => {
    editor.open("main.xfer", STUDY);
    expect(await editor.request("xfer/plan", document())).toEqual({
      mermaid: "flowchart LR",
      summary: "90 nodes, 40 to run, the others cached",
      experiments: REPORT.experiments,
    });
  });
});

const UNUSED = `experiment x {
  vary k in [1, 2]
  model small; target few; init RI; train finetune
  measure test = score(target.metric)
}
`;

async function actions(text: string, severity: Diagnostic["severity"] = 1, only?: string[]): Promise<CodeAction[]> {
  editor.open("main.xfer", text);
  const said = await editor.diagnostics("main.xfer", (all) => all.some((each) => each.severity === severity));
  const diagnostics = said.filter((each) => each.severity === severity);
  const range = diagnostics[0]?.range ?? ALL;
  return await editor.request("textDocument/codeAction", { ...document(), range, context: { diagnostics, only } });
}

describe("quick fixes", () => {
  it.each([
    ["a misspelt name", STUDY.replace("train finetune", "train finetun"), "train finetune"],
    ["a misspelt setting", "recipe r { optimzer adam(lr: 1e-3); batch 3; for 2 epochs }", "{ optimizer adam"],
    ["`=` for `:`", "recipe r { optimizer adam(lr=1e-3); batch 3; for 2 epochs }", "adam(lr: 1e-3)"],
    [
      "a recipe without what it needs",
      "recipe r {\n  batch 3\n}\n",
      "  batch 3\n  optimizer adam(lr: 1e-3)\n  for 10 epochs\n}",
    ],
    [
      "an experiment without its slots",
      `${LIBRARY}study s { seed 1; repeats 3 }\nexperiment e { measure t = score(top1); model small }`,
      "model small; target few; init random; train finetune }",
    ],
    ["a transfer without a source", STUDY.replace(/ {2}source before\n/, ""), "  source before"],
    ["a table without a cell", STUDY.replace("; cell test }", " }"), "columns target; cell test }"],
  ])("mend %s", async (_, text, wanted) => {
    const found = await actions(text);
    const fixed = found.map(({ edit }) => editor.changed("main.xfer", edit ?? null));
    expect(
      fixed.some((each) => each.includes(wanted)),
      fixed.join("\n――\n"),
    ).toBe(true);
    expect(found[0]?.diagnostics?.length).toBe(1);
  });

  it("mend a name at all its uses, from each of them", async () => {
    const text = STUDY.replace("experiment main", "experiment man");
    editor.open("main.xfer", text);
    const [told] = await editor.diagnostics("main.xfer", (all) => all.some(({ severity }) => severity === 1));
    const uses = text.split(/\bmain\b/).length - 1;
    expect(uses).toBeGreaterThan(2);
    // the first is where it is told, the declaration is one of the related places
    expect(told?.relatedInformation).toHaveLength(uses);
    const last = told?.relatedInformation?.at(-1)?.location.range ?? ALL;
    const context = { diagnostics: [], only: [] };
    const found = await editor.request<CodeAction[]>("textDocument/codeAction", {
      ...document(),
      range: last,
      context,
    });
    const fixed = found.map(({ edit }) => editor.changed("main.xfer", edit ?? null));
    expect(fixed.slice(0, 2)).toEqual([STUDY, text.replaceAll(/\bmain\b/g, "man")]);
  });

  it.each([
    ["no kinds at all", undefined, 2],
    ["an empty list of them", [], 2],
    ["quick fixes", ["quickfix"], 1],
    ["some other kind", ["refactor"], 0],
  ])("are all there are for who asks for %s", async (_, only, count) => {
    const text = "recipe r { optimizer adam(lr=1e-3); batch 3; for 2 epochs }";
    expect(await actions(text, 1, only)).toHaveLength(count);
  });

  it("ignore a warning, with a reason, on a line of its own", async () => {
    const found = await actions(`${STUDY}${UNUSED}`.replaceAll("\n", "\r\n"), 2);
    const ignore = found.find(({ title }) => title.startsWith("ignore"));
    const text = editor.changed("main.xfer", ignore?.edit ?? null);
    expect(text).toMatch(/ *\/\/ xfer-ignore [a-z-]+: why it is meant\r\n/);
    editor.replace("main.xfer", text);
    const rule = /xfer-ignore ([a-z-]+)/.exec(text)?.[1] ?? "";
    expect(ignore?.title).toContain(rule);
    const before = found[0]?.diagnostics?.[0]?.code;
    await editor.diagnostics("main.xfer", (all) => all.every(({ code }) => code !== before));
  });

  it("apply all that are safe at once, when asked for that", async () => {
    const found = await actions("recipe r { optimizer adam(lr=1e-3, l2=0); batch: 3; for 2 epochs }", 1, [
      "source.fixAll",
    ]);
    expect(found.map(({ kind }) => kind)).toEqual(["source.fixAll.xfer"]);
    const text = editor.changed("main.xfer", found[0]?.edit ?? null);
    expect(text).toBe("recipe r { optimizer adam(lr: 1e-3, l2: 0); batch 3; for 2 epochs }");
  });
});

describe("semantic tokens", () => {
  it("are in order, apart from each other, and say what words mean", async () => {
    editor.open("main.xfer", STUDY);
    const { data } = await editor.request<SemanticTokens>("textDocument/semanticTokens/full", document());
    const lines = STUDY.split("\n");
    const said: string[] = [];
    let [line, character] = [0, 0];
    for (let index = 0; index < data.length; index += 5) {
      const [down = 0, right = 0, length = 0, type = 0, modifiers = 0] = data.slice(index, index + 5);
      if (down === 0 && index > 0) expect(right).toBeGreaterThan(0);
      character = down === 0 ? character + right : right;
      line += down;
      const word = lines[line]?.slice(character, character + length);
      said.push(`${word} ${LEGEND.tokenTypes[type]}${modifiers & 1 ? " declaration" : ""}`);
    }
    expect(said).toEqual(
      expect.arrayContaining([
        "RI struct declaration",
        "main namespace declaration",
        "finetune struct",
        "model parameter declaration",
      ]),
    );
    expect(said).toEqual(
      expect.arrayContaining(["score function", "test property declaration", "gain variable declaration", "few class"]),
    );
    expect(said).toEqual(expect.arrayContaining(["train property", "n parameter", "steps keyword", "metric property"]));
  });
});
