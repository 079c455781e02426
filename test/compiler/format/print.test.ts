import { describe, expect, it } from "vitest";
import { parse } from "../../../grammar/parse.js";
import { printBlock, printExpression } from "../../../src/compiler/format/print.js";
import { DESIGN_STUDIES } from "../../grammar/programs.js";
import { tree } from "../../grammar/sexpr.js";
import fc from "../../support/properties.js";

/** Every declaration of a text printed anew. */
function reprinted(text: string): { before: string; after: string } {
  const { file } = parse(text);
  const declarations = file.items.flatMap((item) => (item.kind === "declaration" ? [item] : []));
  const plain = declarations.map((item) => ({ ...item, parameters: [], from: [] }));
  const lines = declarations.map(({ keyword, name, value, body }) => {
    const head = `${keyword} ${name.text}`;
    if (value !== undefined) return `${head} = ${printExpression(value)}`;
    return body === undefined ? head : `${head} ${printBlock(body)}`;
  });
  const before = tree({ ...file, items: plain });
  return { before, after: tree(parse(lines.join("\n")).file) };
}

describe("printing syntax", () => {
  it.each(DESIGN_STUDIES)("gives back the trees of %s", (_, text) => {
    const { before, after } = reprinted(text);
    expect(after).toBe(before);
  });

  it("gives back any string", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const text = `derive a = ${printExpression({ kind: "string", value, span: { start: 0, end: 0 } })}`;
        fc.pre(!text.includes("\ufffd"));
        const [item] = parse(text).file.items;
        expect(item?.kind === "declaration" && item.value?.kind === "string" && item.value.value).toBe(value);
      }),
      { numRuns: 50 },
    );
  });

  it("writes numbers with their units", () => {
    const [item] = parse("derive a = f(20_000 steps, 50%, 1e-4, [1, 2] epochs, -x, 0..n by 2, not a)").file.items;
    if (item?.kind !== "declaration" || item.value === undefined) throw new Error("a derive has a value");
    expect(printExpression(item.value)).toBe("f(20000 steps, 50%, 0.0001, [1, 2] epochs, -x, 0..n by 2, not a)");
  });
});
