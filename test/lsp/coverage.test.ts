/**
 * Nothing that can be written is forgotten by the editors: for every entry of the catalogue, every function, every setting and
 * every word of the grammar there is a place where completion offers it, and one where hover explains it.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CompletionList, Hover } from "vscode-languageserver/node";
import { DECLARATION_KINDS, PREPOSITIONS } from "../../grammar/syntax.js";
import { ALL_TOKENS } from "../../grammar/tokens.js";
import { FUNCTIONS } from "../../src/catalog/functions/index.js";
import { CATALOG_KINDS, entries } from "../../src/catalog/index.js";
import { type BlockKind, ITEMS, settingsIn } from "../../src/catalog/settings/index.js";
import type { CatalogKind } from "../../src/catalog/types.js";
import { SLOTS } from "../../src/compiler/check/experiment.js";
import { STATISTIC_NAMES } from "../../src/compiler/outputs/quantities.js";
import { FUNCTIONS as ELEMENTWISE, REDUCTIONS } from "../../src/compiler/outputs/types.js";
import { type Editor, openEditor } from "./support/editor.js";
import { LIBRARY, STUDY } from "./support/studies.js";

let editor: Editor;
beforeAll(async () => {
  editor = await openEditor();
  editor.write("lib.xfer", LIBRARY);
  editor.open("main.xfer", STUDY);
});
afterAll(async () => {
  await editor.end();
  expect(editor.logged).toEqual([]);
});

async function offered(text: string): Promise<readonly string[]> {
  editor.replace("main.xfer", `${STUDY}${text}`);
  const { items } = await editor.request<CompletionList>("textDocument/completion", editor.at("main.xfer"));
  return items.map(({ label }) => label);
}

async function explained(text: string): Promise<string> {
  editor.replace("main.xfer", `${STUDY}${text}`);
  const shown = await editor.request<Hover | null>("textDocument/hover", editor.at("main.xfer"));
  return JSON.stringify(shown?.contents ?? "");
}

/** As it is inside of JSON. */
const begin = (doc: string): string => JSON.stringify(doc.slice(0, 18)).slice(1, -1);

/** Where one of a kind is written: `@` is its place. */
const ENTRIES: { readonly [kind in CatalogKind]: string } = {
  dataset: 'dataset d from @("x")',
  model: "model m = @",
  optimizer: "recipe r { optimizer @ }",
  schedule: "recipe r { schedule @ }",
  augment: "recipe r { augment @ }",
  transform: "dataset d = few with @()",
  selection: "recipe r { select @ }",
  precision: "recipe r { precision @ }",
  solver: "recipe r { solver @ }",
  loss: "recipe r { loss @ }",
  mix: "recipe r { mix @ }",
  average: "recipe r { average @ }",
  stop: "recipe r { stop @ }",
  adapter: "model m = small with { adapter @ }",
  init: "init i = @",
  sampler: "init i = stats(sampler: @)",
  state: "experiment e { measure m = l2(@, selected) }",
  probe: "experiment e { measure m = @ }",
  metric: "experiment e { measure m = score(@) }",
  test: "derive d = paired_test(main.test, main.test, method: @)",
  mark: "figure f from main { @ }",
};

const at = (place: string, before: string, after: string): string => {
  const [head = "", tail = ""] = place.split("@");
  return `${head}${before}${after}${tail.startsWith("(") && before === "‸" ? tail.replace(/^\([^)]*\)/, "") : tail}\n`;
};
const all = CATALOG_KINDS.flatMap((kind) => entries(kind).map((entry) => ({ kind, entry })));

describe("the catalogue", () => {
  it.each(CATALOG_KINDS)("of kind %s is offered", async (kind) => {
    expect(await offered(at(ENTRIES[kind], "‸", ""))).toEqual(
      expect.arrayContaining(entries(kind).map(({ id }) => id)),
    );
  });

  it.each(all.map(({ kind, entry }) => [kind, entry.id, entry.doc] as const))(
    "explains %s %s",
    async (kind, id, doc) => {
      const middle = `${id.slice(0, 1)}‸${id.slice(1)}`;
      const said = await explained(at(ENTRIES[kind], middle, kind === "mark" ? " { x n }" : ""));
      expect(said).toContain(begin(doc));
    },
  );
});

describe("functions", () => {
  it("are those the checker takes", () => {
    const numbers = FUNCTIONS.filter(({ gives }) => gives === "numbers").map(({ id }) => id);
    expect(numbers.sort()).toEqual([...REDUCTIONS, ...ELEMENTWISE, ...STATISTIC_NAMES].sort());
  });

  it("of numbers are offered in derives, cells and channels", async () => {
    const numbers = FUNCTIONS.filter(({ gives }) => gives === "numbers").map(({ id }) => id);
    expect(await offered("derive d = ‸")).toEqual(expect.arrayContaining(numbers));
    expect(await offered("derive d = main.test - ‸")).toEqual(expect.arrayContaining(numbers));
    expect(await offered("table t from main { cell ‸ }")).toEqual(expect.arrayContaining(numbers));
    expect(await offered("figure f from main { line { y ‸ } }")).toEqual(expect.arrayContaining(numbers));
  });

  it("of points are offered where an axis or a grid has them", async () => {
    expect(await offered("experiment e { vary n in ‸ }")).toContain("log");
    expect(await offered("experiment e { tune finetune.lr in ‸ }")).toContain("log");
  });

  it.each(FUNCTIONS.map((each) => [each.id, each] as const))(
    "explains %s and its parameters",
    async (id, { doc, gives, parameters }) => {
      const names = Object.keys(parameters);
      const place = gives === "points" ? "experiment e { vary n in @ }\n" : "derive d = @\n";
      const said = await explained(place.replace("@", `${id.slice(0, 1)}‸${id.slice(1)}(main.test)`));
      expect(said).toContain(begin(doc));
      const inside = place.replace("@", `${id}(‸)`);
      expect(await offered(inside)).toEqual(expect.arrayContaining(names));
      editor.replace("main.xfer", `${STUDY}${inside}`);
      const help = await editor.request("textDocument/signatureHelp", editor.at("main.xfer"));
      expect(help).toMatchObject({ signatures: [{ label: expect.stringContaining(`${id}(${names[0]}`) }] });
    },
  );
});

const BLOCKS: { readonly [kind in BlockKind]?: string } = {
  study: "study z { @ }",
  dataset: 'dataset d from idx("d") { @ }',
  recipe: "recipe r { @ }",
  experiment: "experiment e { @ }",
  tune: "experiment e { tune finetune.lr in [1, 2] { @ } }",
  model: "model m = small with { @ }",
  table: "table t from main { @ }",
  figure: "figure f from main { @ }",
  mark: "figure f from main { point { @ } }",
};

describe("settings", () => {
  const blocks = Object.entries(BLOCKS) as [BlockKind, string][];
  it.each(blocks)("of a %s are offered and explained", async (block, place) => {
    const known = settingsIn(block);
    expect(known.length).toBeGreaterThan(0);
    expect(await offered(place.replace("@", "‸"))).toEqual(expect.arrayContaining(known.map(({ name }) => name)));
    for (const { name, doc, snippet } of known) {
      const written = snippet
        .replaceAll(/\$\{\d+[:|]([^|}]*)[^}]*\}|\$\d/g, "$1")
        .replace(name, `${name.slice(0, 1)}‸${name.slice(1)}`);
      const said = await explained(place.replace("@", written));
      // a slot is an axis too: its hover says what it holds
      if (block === "experiment" && SLOTS.some((slot) => slot === name)) expect(said, name).not.toBe('""');
      else expect(said, name).toContain(begin(doc));
    }
  });
});

/** Every word that has a token of its own, where it is offered and where it is explained. */
const WORDS: { readonly [word: string]: readonly [offered: string, explained: string] } = {
  vary: ["experiment e { ‸ }", "experiment e { va‸ry n in [1] }"],
  tune: ["experiment e { ‸ }", "experiment e { tu‸ne finetune.lr in [1] { best top1 } }"],
  measure: ["experiment e { ‸ }", "experiment e { me‸asure m = score(top1) }"],
  for: ["experiment e { measure m ‸ }", "experiment e { measure m f‸or l in model.layers = score(top1) }"],
  where: ["dataset d = few ‸", "dataset d = few whe‸re class in [a]"],
  with: ["experiment e { train finetune ‸ }", "experiment e { train finetune wi‸th { for 3 steps } }"],
  // biome-ignore lint/suspicious/noThenProperty: a word of the language
  then: ["recipe r = finetune ‸", "recipe r = finetune th‸en pretraining"],
  except: ["recipe r { freeze backbone ‸ }", "recipe r { freeze backbone exc‸ept norm }"],
  as: ['import "./lib.xfer" ‸', 'import "./lib.xfer" a‸s m'],
  not: ["experiment e { where model ‸ }", "experiment e { where no‸t model == small }"],
  and: ["experiment e { where model ‸ }", "experiment e { where model == small an‸d model == other }"],
  or: ["experiment e { where model ‸ }", "experiment e { where model == small o‸r model == other }"],
  in: ["experiment e { vary n ‸ }", "experiment e { vary n i‸n [1] }"],
  every: ["recipe r { select last ‸ }", "recipe r { select last eve‸ry 1 epochs }"],
  by: ["experiment e { folds k ‸ }", "experiment e { folds 5 b‸y patient }"],
  per: ["experiment e { tune finetune.lr in [1] { best top1 ‸ } }", "table t from main { best pe‸r model }"],
  on: [
    "experiment e { tune finetune.lr in [1] { best top1 ‸ } }",
    "experiment e { tune finetune.lr in [1] { best top1 o‸n val } }",
  ],
  from: ["table t ‸", "table t fr‸om main { cell test }"],
};
/** The grammar takes them as clauses, no statement has one: they are offered as what they are, arguments' names. */
const CLAUSES_TO_COME = ["over", "to", "of", "using", "at"];

describe("words of the grammar", () => {
  it("are all here", () => {
    const words = ALL_TOKENS.flatMap(({ PATTERN }) =>
      typeof PATTERN === "string" && /^[a-z]+$/.test(PATTERN) ? [PATTERN] : [],
    );
    const known = [...Object.keys(WORDS), ...CLAUSES_TO_COME, ...ITEMS.map(({ keyword }) => keyword)];
    expect(words.filter((word) => !known.includes(word))).toEqual([]);
    expect([...DECLARATION_KINDS, ...PREPOSITIONS].filter((word) => !known.includes(word))).toEqual([]);
  });

  it.each(Object.entries(WORDS))("%s is offered and explained", async (word, [place, where]) => {
    expect(await offered(place)).toContain(word);
    expect(await explained(where)).not.toBe('""');
  });

  it("at the top are offered and explained", async () => {
    expect(await offered("‸")).toEqual(
      expect.arrayContaining(ITEMS.map(({ keyword }) => keyword).filter((each) => each !== "study")),
    );
    for (const { keyword, doc } of ITEMS) {
      const said = await explained(
        `${keyword.slice(0, 1)}‸${keyword.slice(1)} ${keyword === "import" ? '"./lib.xfer"' : "zzz"}`,
      );
      expect(said, keyword).toContain(begin(doc));
    }
  });
});
