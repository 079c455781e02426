/** What the catalogue says of blocks is what the checker takes: every setting, and no other. */

import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/parse.js";
import { DECLARATION_KINDS } from "../../grammar/syntax.js";
import { type BlockKind, ITEMS, settingsIn } from "../../src/catalog/settings/index.js";
import { compile } from "../../src/compiler/compile.js";
import { withoutPlaces } from "../../src/lsp/providers/completion/plain.js";
import { memoryHost } from "../compiler/support/host.js";

const BLOCKS: { readonly [kind: string]: (line: string) => string } = {
  study: (line) => `study s { ${line} }`,
  dataset: (line) => `dataset d from idx("d") { ${line} }`,
  recipe: (line) => `recipe r { ${line} }`,
  experiment: (line) => `experiment e { ${line} }`,
  tune: (line) => `experiment e { tune r.lr in [1, 2] { ${line} } }`,
  model: (line) => `model m = resnet18 with { ${line} }`,
  table: (line) => `experiment e { }\ntable t from e { ${line} }`,
  figure: (line) => `experiment e { }\nfigure f from e { ${line} }`,
  mark: (line) => `experiment e { }\nfigure f from e { point { ${line} } }`,
};
const UNKNOWN = ["unknown-setting", "unknown-output-setting"];

async function unknown(kind: string, line: string): Promise<string | undefined> {
  const text = BLOCKS[kind]?.(line) ?? "";
  const { diagnostics } = await compile("s.xfer", memoryHost({ "s.xfer": text }));
  return diagnostics.find(({ name }) => UNKNOWN.includes(name))?.hint;
}

describe("settings of blocks", () => {
  it.each(Object.keys(BLOCKS))("of a %s are taken by the checker", async (kind) => {
    for (const { name, snippet } of settingsIn(kind as BlockKind)) {
      const line = withoutPlaces(snippet);
      expect(await unknown(kind, line), name).toBeUndefined();
      expect(parse(BLOCKS[kind]?.(line) ?? "").problems, line).toEqual([]);
    }
  });

  it.each(Object.keys(BLOCKS))("of a %s are all there", async (kind) => {
    const hint = await unknown(kind, "zzzzzzzz 1");
    const said = [...(hint ?? "").matchAll(/`([a-z_]+)`/g)].map(([, name]) => name);
    expect(said.length).toBeGreaterThan(0);
    expect(settingsIn(kind as BlockKind).map(({ name }) => name)).toEqual(expect.arrayContaining(said));
  });

  it("at the top are the language's declarations, each written so that it parses", () => {
    expect(ITEMS.map(({ keyword }) => keyword).sort()).toEqual(["study", "import", ...DECLARATION_KINDS].sort());
    for (const { snippet } of ITEMS) expect(parse(withoutPlaces(snippet)).problems, snippet).toEqual([]);
  });
});
