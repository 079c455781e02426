import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Rule, readRules } from "../../docs/.vitepress/notation.mjs";
import { parse } from "../../grammar/parse.js";
import { ALL_TOKENS } from "../../grammar/tokens.js";
import { compile } from "../../src/compiler/compile.js";
import { format } from "../../src/compiler/format/index.js";
import { render } from "../../src/compiler/render/index.js";
import { memoryHost } from "../compiler/support/host.js";

/** What the page's fragments lean on without showing it. */
const PREAMBLE = `study tour { seed 1; repeats 3 }
import "./bundled.xfer"
recipe pretraining { optimizer adam(lr: 1e-3); batch 64; for 3 epochs; select last }
experiment main {
  vary model in [resnet_s, vit_s], target in [digits_few, brain], init in [RI, ST, WT]
  source clothes
  train  pretraining
  measure test = score(target.metric)
}
`;

function blocksOf(path: string): string[] {
  return [...readFileSync(path, "utf8").matchAll(/```xfer\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
}
const blocks = blocksOf("docs/tour.md");
const readme = blocksOf("README.md");
const whole = blocks.filter((block) => block.startsWith("study"));
const fragments = blocks.filter((block) => !block.startsWith("study"));
const bundled = readFileSync("studies/bundled.xfer", "utf8");

async function errorsOf(text: string): Promise<string> {
  const host = memoryHost({ "tour.xfer": text.replace('"xfer:bundled"', '"./bundled.xfer"'), "bundled.xfer": bundled });
  const { diagnostics, sources } = await compile("tour.xfer", host);
  return render(
    "pretty",
    diagnostics.filter(({ severity }) => severity === "error"),
    sources,
  );
}

describe("the README's study", () => {
  it("is there", () => expect(readme).toHaveLength(1));
  it.each(readme)("compiles", async (text) => expect(await errorsOf(text)).toBe(""));
  it.each(readme)("is formatted", (text) => expect(format(text)).toEqual({ ok: true, text }));
});

describe("the tour's studies", () => {
  it("are there", () => {
    expect(whole).toHaveLength(1);
    expect(fragments.length).toBeGreaterThan(8);
  });
  it.each(whole)("compile whole", async (text) => expect(await errorsOf(text)).toBe(""));
  it("compile as fragments of one study", async () => {
    expect(await errorsOf(PREAMBLE + fragments.join("\n"))).toBe("");
  });
  it.each(blocks)("are formatted", (text) => expect(format(text)).toEqual({ ok: true, text }));
});

describe("the grammar page", () => {
  const text = readFileSync("docs/grammar.md", "utf8");
  const rules = [...text.matchAll(/```ebnf\n([\s\S]*?)```/g)].flatMap(([, block = ""]) => readRules(block));
  const parts = rules.flatMap(({ rule }) => leaves(rule));

  it("defines every rule it uses, once, and uses every rule but the first", () => {
    const names = rules.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const used = new Set(parts.flatMap(({ name }) => (name === undefined || /^[A-Z]+$/.test(name) ? [] : [name])));
    expect([...used].sort()).toEqual(names.filter((name) => name !== "file").sort());
  });

  it("writes the words and signs of the language, and no others", () => {
    const isWord = (text: string) => /^[a-z]/.test(text);
    const written = new Set(parts.flatMap((part) => (part.text === undefined ? [] : [part.text])));
    const known = new Set(ALL_TOKENS.flatMap(({ PATTERN }) => (typeof PATTERN === "string" ? [PATTERN] : [])));
    expect([...written].filter((each) => !known.has(each))).toEqual([]);
    // Kinds and prepositions are classes of words; a semicolon is a line's end.
    const listed = new Set([...text.matchAll(/`([a-z]+)`/g)].map(([, word = ""]) => word));
    const missing = [...known].filter((each) => !written.has(each) && !(isWord(each) && listed.has(each)));
    expect(missing).toEqual([";"]);
  });

  it.each(blocksOf("docs/grammar.md"))("shows what parses and is formatted", (block) => {
    expect(parse(block).problems).toEqual([]);
    expect(format(block)).toEqual({ ok: true, text: block });
  });
});

function leaves(rule: Rule): readonly Rule[] {
  const inner = [...(rule.options ?? []), ...(rule.parts ?? []), ...(rule.of === undefined ? [] : [rule.of])];
  return inner.length === 0 ? [rule] : inner.flatMap(leaves);
}
