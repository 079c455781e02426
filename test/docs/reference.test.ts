/** The reference is files; rewrite them with `npx vitest run test/docs/reference -u`. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CATALOG_KINDS, entries } from "../../src/catalog/index.js";
import { ALL_RULES } from "../../src/compiler/lint/index.js";
import { CATALOG_PAGES, catalogPage, catalogTitle } from "../../src/reference/catalog.js";
import { code, prose } from "../../src/reference/markdown.js";
import { allMessages, findMessage, type MessageExample, messagesPage } from "../../src/reference/messages.js";
import { type RuleExample, rulesPage } from "../../src/reference/rules.js";

const BAD = "test/compiler/bad";
const GOOD = "test/compiler/good";
/** Lines of a study that is an example. */
const LONGEST = 30;

/** Of the bad studies that are told a message, the shortest, with what it is told there. */
function examples(): ReadonlyMap<string, MessageExample> {
  const found = new Map<string, MessageExample>();
  const files = readdirSync(BAD, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".xfer"));
  for (const file of files.filter((name) => !name.startsWith("lib")).sort()) {
    const source = readFileSync(`${BAD}/${file}`, "utf8");
    if (source.includes("```") || source.split("\n").length > LONGEST) continue;
    const told = readFileSync(`${BAD}/${file.replace(/\.xfer$/, ".txt")}`, "utf8").split(/\n\n(?=\w+\[XF|\d)/);
    for (const output of told) {
      const [, own] = /^\w+\[(XF\d{4}) /.exec(output) ?? [];
      const before = found.get(own ?? "");
      if (own === undefined || (before && before.source.length <= source.length)) continue;
      found.set(own, { source, output });
    }
  }
  return found;
}

function ruleExamples(): ReadonlyMap<string, RuleExample> {
  const text = (path: string) =>
    readFileSync(path, "utf8").replaceAll("../../bad/lib", "./lib").replaceAll("../lib", "./lib");
  return new Map(
    ALL_RULES.map(({ name }) => [
      name,
      {
        bad: text(`${BAD}/lint/${name}.xfer`),
        told: text(`${BAD}/lint/${name}.txt`).split("\n\n")[0] ?? "",
        good: text(`${GOOD}/lint/${name}.xfer`),
      },
    ]),
  );
}

describe("the reference", () => {
  it.each(CATALOG_PAGES)("of each %s is what the catalogue says", async (kind) => {
    await expect(catalogPage(kind)).toMatchFileSnapshot(`../../docs/reference/${kind}.md`);
  });

  it("has every kind, and every entry of it with all its parameters", () => {
    expect([...CATALOG_PAGES].sort()).toEqual([...CATALOG_KINDS].sort());
    for (const kind of CATALOG_KINDS) {
      const text = catalogPage(kind);
      expect(text.startsWith(`# ${catalogTitle(kind)}\n`)).toBe(true);
      for (const { id, parameters } of entries(kind)) {
        expect(text).toContain(`\n## ${id}\n`);
        for (const name of Object.keys(parameters)) expect(text).toContain(`| \`${name}\``);
      }
    }
  });

  it("of messages is what the catalogue of messages says", async () => {
    const text = messagesPage(examples());
    for (const { code: own, name } of allMessages()) expect(text).toContain(`\n### ${own} ${name}\n`);
    await expect(text).toMatchFileSnapshot("../../docs/reference/messages.md");
  });

  it("of rules is what the linter says of itself, and of its studies", async () => {
    const text = rulesPage(ruleExamples());
    for (const { name, references } of ALL_RULES) {
      expect(text).toContain(`\n## ${name}\n`);
      for (const reference of references) expect(text).toContain(prose(reference));
    }
    await expect(text).toMatchFileSnapshot("../../docs/reference/lint.md");
  });

  it("finds a message by code, however it is typed, and by name", () => {
    for (const wanted of ["XF0304", "xf304", " xf0304 ", "axis-not-placed"]) {
      expect(findMessage(wanted)?.code).toBe("XF0304");
    }
    for (const wanted of ["", "XF", "XF9999", "304"]) expect(findMessage(wanted)).toBeUndefined();
    const messages = allMessages();
    expect(new Set(messages.map((each) => each.code)).size).toBe(messages.length);
  });

  it("keeps text from being markup", () => {
    expect(prose("a_b *c* <d> `e_f`")).toBe("a\\_b \\*c\\* \\<d\\> `e_f`");
    expect(code("`")).toBe("`` ` ``");
    expect(code("a|b")).toBe("`a\\|b`");
  });
});
