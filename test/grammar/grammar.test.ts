import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/parse.js";
import { ItemParser } from "../../grammar/parser/items.js";

function ids(text: string): readonly string[] {
  return parse(text).problems.map((problem) => problem.id);
}

describe("the grammar", () => {
  it("passes chevrotain's own validations with two tokens of lookahead", () => {
    expect(() => new ItemParser({ validate: true })).not.toThrow();
  });

  it("keeps no state between two parses", () => {
    const good = "recipe a { batch 64 }";
    const before = parse(good);
    parse("init x { rest = f(, }} with { {");
    expect(parse(good)).toEqual(before);
  });
});

describe("separators", () => {
  it.each([
    ["recipe a { batch 64  epochs 50 }", ["missing-separator"]],
    ["recipe a { batch 64; for 50 epochs }", []],
    ["recipe a {\n  batch 64\n  for 50 epochs\n}", []],
    ["recipe a { batch 64 images for 50 epochs }", ["missing-separator"]],
    ["recipe a { epochs 50 }", ["unit-as-setting"]],
    ["recipe a { x [1, 2] epochs y 3 }", ["missing-separator"]],
    ["figure f { x 0 y test }", ["missing-separator"]],
    ["init a = b init c = d", ["missing-separator"]],
  ])("%s", (text, expected) => {
    expect(ids(text)).toEqual(expected);
  });
});

describe("ranges", () => {
  it.each([
    ["init x { units[..n] <- a }", [["open-range", { side: "start", bound: "n" }]]],
    ["init x { units[1..] <- a }", [["open-range", { side: "end", bound: "1" }]]],
    ["init x { units[1..n] <- a }", []],
    ["init x { units[1..model.units - 1 by 2] <- a }", []],
    ["init x { units[1..2..3] <- a }", [["chained-range", {}]]],
  ])("%s", (text, expected) => {
    expect(parse(text).problems.map(({ id, details }) => [id, details])).toEqual(expected);
  });
});
