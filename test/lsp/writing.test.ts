import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CompletionList, Hover, SignatureHelp, TextEdit } from "vscode-languageserver/node";
import { format } from "../../src/compiler/format/index.js";
import { type Editor, openEditor } from "./support/editor.js";
import { LIBRARY, STUDY } from "./support/studies.js";

let editor: Editor;
beforeEach(async () => {
  editor = await openEditor();
  editor.write("lib.xfer", LIBRARY);
});
afterEach(async () => {
  await editor.end();
  expect(editor.logged).toEqual([]);
});

/** The study with some text, cursor included, in the place of another. */
function open(instead = "", old = ""): void {
  const at = STUDY.lastIndexOf(old);
  editor.open(
    "main.xfer",
    old === "" ? `${STUDY}${instead}` : STUDY.slice(0, at) + instead + STUDY.slice(at + old.length),
  );
}

async function completed(): Promise<CompletionList> {
  return await editor.request<CompletionList>("textDocument/completion", editor.at("main.xfer"));
}
const labels = async () => (await completed()).items.map(({ label }) => label);

describe("completion", () => {
  it.each([
    ["declarations at the top", "‸", ["recipe", "experiment", "import"], ["study", "optimizer"]],
    [
      "settings of a recipe that are not there yet",
      "recipe r { batch 3\n  ‸\n}",
      ["optimizer", "for", "schedule"],
      ["batch", "vary"],
    ],
    ["statements of an experiment", "experiment e {\n  ‸", ["vary", "measure", "target"], ["optimizer"]],
    ["what an optimizer may be", "recipe r { optimizer ‸ }", ["adam", "adamw", "sgd"], ["finetune", "cosine"]],
    [
      "phases of a schedule, behind `then` too",
      "recipe r { schedule warmup(3 steps) then ‸ }",
      ["cosine", "plateau"],
      ["adam"],
    ],
    ["names of arguments not given yet", "recipe r { optimizer adam(lr: 1e-3, ‸) }", ["l2", "beta1"], ["lr"]],
    [
      "values of an enum",
      "experiment e { measure m = cka(initial, selected, estimator: ‸) }",
      ["unbiased", "as_published"],
      ["batch"],
    ],
    ["metrics", 'dataset d from idx("x") { metric ‸ }', ["top1", "kappa"], ["adam"]],
    ["a metric or the target's own", "experiment e { measure m = score(‸) }", ["target.metric", "top1"], []],
    ["splits", "recipe r { select best(target.metric, on: ‸) }", ["val", "test"], ["top1"]],
    ["states", "experiment e { measure m = l2(‸) }", ["initial", "selected"], ["top1"]],
    ["sources, which are states too", "derive d = kid(digits, fashion, network: ‸)", ["before"], ["top1"]],
    ["probes", "experiment e { measure m = ‸ }", ["score", "cka", "knn"], ["adam"]],
    [
      "points of an axis by its slot",
      "experiment e { vary init in [RI, ‸] }",
      ["WT", "WT_ST", "stats", "transfer"],
      ["small", "few"],
    ],
    ["models", "experiment e { vary model in [‸] }", ["small", "other", "resnet50"], ["RI", "few"]],
    ["data sets", "experiment e { target ‸ }", ["few", "many"], ["small"]],
    ["recipes", "experiment e { train ‸ }", ["finetune", "pretraining"], ["small", "RI"]],
    ["what a rule may draw from", "init i { rest <- ‸ }", ["transfer", "stats", "random"], ["small"]],
    ["parts", "init i { ‸ }", ["units", "head", "rest"], ["optimizer"]],
    ["measures and states behind a dot", "derive d = main.‸", ["test", "moved", "selected"], ["init"]],
    ["properties of the target", "recipe r { select best(target.‸) }", ["metric", "val"], ["units"]],
    ["axes in a slice", "derive d = main.test[‸]", ["model", "init"], ["n"]],
    ["labels of an axis", "derive d = main.test[init: ‸]", ["RI", "WT"], ["small"]],
    ["numbers as labels", "derive d = depth.test[n: ‸]", ["0", "1", "2"], []],
    ["columns of what a table reads", "table t from depth { rows ‸ }", ["model", "n"], ["init"]],
    ["channels of a mark", "figure f from depth { line { ‸ } }", ["x", "y", "color"], ["rows"]],
    ["quantities", "figure f from depth { line { y ‸ } }", ["test", "n", "gain"], ["moved"]],
    ["units of a duration", "recipe r { for 3 ‸ }", ["epochs", "steps"], ["px"]],
    ["paths of a profile", "profile p { ‸ }", ["repeats", "finetune.for", "depth.n"], ["vary"]],
    ["what a profile sets of a recipe", "profile p { finetune.‸ }", ["for", "lr", "batch"], ["vary"]],
    ["what a profile sets of an experiment", "profile p { main.‸ }", ["init", "model"], ["test", "selected"]],
    ["arguments of pretrain", "source s = pretrain(on: many, ‸)", ["using", "keep"], ["on"]],
    ["values of pretrain's arguments", "source s = pretrain(on: ‸)", ["few", "many"], ["finetune"]],
    ["types of parameters", "init i(n: ‸)", ["count", "dataset"], ["adam"]],
    ["rules to silence", "// xfer-ignore ‸", ["few-repeats", "unused-axis"], ["recipe"]],
    ["nothing in a comment", "// recipe ‸", [], ["recipe"]],
  ])("offers %s", async (_, typed, wanted, unwanted) => {
    open(typed);
    const found = await labels();
    expect(found).toEqual(expect.arrayContaining(wanted));
    for (const each of unwanted) expect(found).not.toContain(each);
  });

  it("offers names of an imported file behind its alias", async () => {
    editor.open("main.xfer", 'import "./lib.xfer" as m\nexperiment e { model m.‸ }\n');
    expect(await labels()).toEqual(expect.arrayContaining(["small", "finetune"]));
  });

  it("offers tensors of the models the study trains, a segment at a time", async () => {
    open('init i { "‸" <- transfer }');
    expect(await labels()).toEqual(expect.arrayContaining(["**", "blocks", "layer1"]));
    editor.replace("main.xfer", `${STUDY}init i { "blocks.*.‸" <- transfer }`);
    expect(await labels()).toEqual(expect.arrayContaining(["attn", "mlp", "norm1"]));
    editor.replace("main.xfer", `${STUDY}init i { "blocks.**.qkv.‸" <- transfer }`);
    expect((await labels()).sort()).toEqual(["*", "**", "bias", "weight"]);
  });

  it("offers paths relative to the file", async () => {
    editor.write("deep/x.xfer", "");
    editor.write("deep/y.txt", "");
    open('import "‸"');
    expect(await labels()).toEqual(expect.arrayContaining(["./lib.xfer", "./deep/", "xfer:bundled"]));
    editor.replace("main.xfer", 'import "./deep/‸"');
    expect(await labels()).toEqual(["x.xfer"]);
  });

  it("replaces the word that is there, and inserts snippets only where they are understood", async () => {
    open("recipe r { optimizer ad‸ }");
    const [adam] = (await completed()).items.filter(({ label }) => label === "adam");
    expect(editor.applied("main.xfer", [adam?.textEdit as TextEdit])).toContain("recipe r { optimizer adam }");
    const plain = await openEditor({ capabilities: {} });
    plain.open("main.xfer", "‸");
    const list = await plain.request<CompletionList>("textDocument/completion", plain.at("main.xfer"));
    expect(list.items.find(({ label }) => label === "derive")?.textEdit).toMatchObject({
      newText: "derive gain = main.test[init: WT] - main.test[init: RI]",
    });
    expect(list.items.every(({ insertTextFormat }) => insertTextFormat !== 2)).toBe(true);
    await plain.end();
  });
});

async function hovered(): Promise<string> {
  const hover = await editor.request<Hover | null>("textDocument/hover", editor.at("main.xfer"));
  return hover === null ? "" : (hover.contents as { readonly value: string }).value;
}

describe("hover", () => {
  it.each([
    [
      "an experiment's cells and axes",
      "m‸ain.test[init: RI]",
      "main.test[init: RI]",
      ["24 cells", "`init`: 2 points: RI, WT"],
    ],
    ["an axis", "rows mod‸el", "rows model", ["axis of main", "2 points: small, other"]],
    ["a measure", "main.t‸est[init: RI]", "main.test[init: RI]", ["measure of main", "`score`"]],
    [
      "an init's rules by tensors",
      "init WT_S‸T(n)",
      "init WT_ST(n)",
      ["init WT_ST(n: count)", "`units[1..n] <- transfer`: small 0–"],
    ],
    [
      "a recipe's settings, resolved",
      "train finet‸une",
      "train finetune",
      ["adam(lr: 0.001, l2: 0", "batch 32 images, for 4 epochs"],
    ],
    ["a model's size", "[sm‸all, other]", "[small, other]", ["resnet(", "5 units", "11.2 M parameters"]],
    ["a dataset", "target f‸ew", "target few", ['idx("digits")', "metric top1"]],
    ["a catalogue entry", "measure test = sc‸ore(", "measure test = score(", ["probe", "metric"]],
    ["a state", "l2(init‸ial", "l2(initial", ["before training"]],
    ["a setting", "ta‸rget few", "target few", ["*in an experiment*", "axis of depth"]],
    ["a keyword", "fig‸ure by_depth", "figure by_depth", ["A figure of the report"]],
    ["a property", "score(target.met‸ric)", "score(target.metric)", ["The dataset's own metric"]],
    ["a parameter of a rule", "units[1..‸n]", "units[1..n]", ["parameter of WT_ST", "a whole number from 0"]],
  ])("says of %s", async (_, typed, old, wanted) => {
    open(typed, old);
    const said = await hovered();
    expect(wanted.filter((each) => said.includes(each)).length, said).toBeGreaterThan(
      wanted.length === 2 && wanted[0]?.startsWith("*in") ? 0 : wanted.length - 1,
    );
  });

  it("names the tensors of a pattern, the values of an enum, a setting with its defaults, comments", async () => {
    open('init i { "blocks.0.attn.**" <- tra‸nsfer }');
    expect(await hovered()).toContain("The source's tensors, as they are.");
    editor.replace("main.xfer", `${STUDY}init i { "blocks.0.a‸ttn.**" <- transfer }`);
    expect(await hovered()).toContain("**other**: 4 of");
    editor.replace("main.xfer", `${STUDY}init i = stats(sampler: shuf‸fle)`);
    expect(await hovered()).toContain("`gaussian`: N(mean, std)");
    editor.replace("main.xfer", "recipe r { opti‸mizer adam(lr: 1e-2); batch 3; for 2 epochs }");
    expect(await hovered()).toContain("= `adam(lr: 0.01, l2: 0, beta1: 0.9");
    editor.replace("main.xfer", "// What we try.\n// Twice.\nrecipe a‸b { batch 3 }");
    expect(await hovered()).toContain("What we try.\nTwice.");
    editor.replace("main.xfer", "param p = 3 * 20 epochs\nrecipe r { for ‸p }");
    expect(await hovered()).toContain("= 60 epochs");
  });

  it("says nothing where there is nothing", async () => {
    open("\n\n‸\n");
    expect(await hovered()).toBe("");
    editor.replace("main.xfer", "// reci‸pe\n");
    expect(await hovered()).toBe("");
  });
});

describe("signature help", () => {
  it.each([
    ["recipe r { optimizer adam(‸", "adam(", undefined],
    ["recipe r { optimizer adam(lr: 1e-3, l2: ‸", "adam(", "l2: 0"],
    ["experiment e { measure m = cka(initial, ‸", "cka(", "second: …"],
    ["source s = pretrain(on: ‸", "pretrain(", "on: …"],
    ["init i = WT_ST(‸", "WT_ST(", "n: …"],
    ["experiment e { measure m = score(target.metric, on: ‸", "score(", "on: test"],
  ])("of `%s`", async (typed, start, active) => {
    open(typed);
    const help = await editor.request<SignatureHelp | null>("textDocument/signatureHelp", editor.at("main.xfer"));
    const [signature] = help?.signatures ?? [];
    expect(signature?.label.startsWith(start)).toBe(true);
    const label = signature?.parameters?.[help?.activeParameter ?? -1]?.label as [number, number] | undefined;
    expect(label && signature?.label.slice(...label)).toBe(active);
  });

  it("is silent outside of calls", async () => {
    open("recipe r { optimizer adam(lr: 1) ‸ }");
    expect(await editor.request("textDocument/signatureHelp", editor.at("main.xfer"))).toBeNull();
  });
});

describe("formatting", () => {
  const ugly =
    "recipe   r{optimizer adam( lr:1e-3 )\r\nbatch 3;   for 2 epochs}\r\ninit  a=random\r\n\r\n\r\n\r\ninit b = stats /* of\r\n  all */\r\n";

  it("gives the formatter's text by small edits, line ends kept", async () => {
    editor.open("main.xfer", ugly);
    const textDocument = { uri: editor.uri("main.xfer") };
    const edits = await editor.request<TextEdit[]>("textDocument/formatting", { textDocument, options: {} });
    const result = format(ugly);
    expect(result.ok && editor.applied("main.xfer", edits)).toBe(result.ok && result.text);
    expect(result.ok && /[^\r]\n|\r\r|\r[^\n]/.test(result.text)).toBe(false);
    expect(edits.every(({ range }) => range.start.line < 7)).toBe(true);
  });

  it("of a range touches no other line, and broken text is left alone", async () => {
    editor.open("main.xfer", ugly.replace("init  a", "‸init  a").replace("=random", "=ran‸dom"));
    const edits = await editor.request<TextEdit[]>("textDocument/rangeFormatting", {
      ...editor.selection("main.xfer"),
      options: {},
    });
    expect(editor.applied("main.xfer", edits)).toBe(ugly.replace("init  a=random", "init a = random"));
    editor.replace("main.xfer", "recipe r { batch   3\n");
    const textDocument = { uri: editor.uri("main.xfer") };
    expect(await editor.request("textDocument/formatting", { textDocument, options: {} })).toEqual([]);
  });

  it("has nothing to do twice", async () => {
    const result = format(STUDY);
    editor.open("main.xfer", result.ok ? result.text : "");
    const textDocument = { uri: editor.uri("main.xfer") };
    expect(await editor.request("textDocument/formatting", { textDocument, options: {} })).toEqual([]);
  });
});
