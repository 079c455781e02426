import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/parse.js";
import { MAX_PROBLEMS, SYNTAX_PROBLEMS } from "../../grammar/problems.js";
import fc from "../support/properties.js";
import { brokenStudy, DESIGN_STUDIES, program } from "./programs.js";

const details: Readonly<Record<string, Readonly<Record<string, string>>>> = SYNTAX_PROBLEMS;

/** Every problem is one of the list, with its details, inside the text. */
function isSound(text: string): void {
  const { file, problems } = parse(text);
  expect(file.span).toEqual({ start: 0, end: text.length });
  expect(problems.length).toBeLessThanOrEqual(MAX_PROBLEMS + 1);
  for (const { id, span, details: given } of problems) {
    expect(span.start).toBeGreaterThanOrEqual(0);
    expect(span.end).toBeGreaterThanOrEqual(span.start);
    expect(span.end).toBeLessThanOrEqual(text.length);
    const types = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, typeof value]));
    expect(types, id).toEqual(details[id]);
  }
}

describe("any text at all", () => {
  it("broken studies give sound problems", () => {
    fc.assert(fc.property(brokenStudy, isSound), { numRuns: 250 });
  });

  it("random studies give sound problems", () => {
    fc.assert(fc.property(program, isSound), { numRuns: 100 });
  });

  it("noise gives sound problems", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 400 }), isSound), { numRuns: 300 });
  });

  it("one deleted character gives few problems", () => {
    const counts: number[] = [];
    for (const [, text] of DESIGN_STUDIES) {
      for (let at = 0; at < text.length; at += 17) {
        counts.push(parse(text.slice(0, at) + text.slice(at + 1)).problems.length);
      }
    }
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(mean).toBeLessThan(1);
    expect(counts.filter((count) => count > 3).length / counts.length).toBeLessThan(0.01);
  });
});

/** Characters: far past any stack, quick to read. */
const MANY = 1 << 18;
const DEEP: Readonly<Record<string, string>> = {
  parentheses: `derive x = ${"(".repeat(MANY)}`,
  "closed brackets": `derive x = ${"[".repeat(9999)}1${"]".repeat(9999)}`,
  braces: `recipe x ${"{ a b with ".repeat(9999)}`,
  "closing brackets": ")".repeat(MANY),
  sums: `derive x = 1${" + 1".repeat(99_999)}`,
  calls: `derive x = f${"()".repeat(99_999)}`,
  members: `derive x = a${".b".repeat(99_999)}`,
  negations: `derive x = ${"not ".repeat(99_999)}a`,
  sequences: `derive x = a${" then b".repeat(99_999)}`,
  changes: `derive x = a${" with b".repeat(99_999)}`,
  quotes: '"'.repeat(MANY),
  escapes: `"${"\\n".repeat(MANY)}`,
  comments: "/*".repeat(MANY),
  "illegal characters": "§".repeat(MANY),
  headers: "recipe x\n a 1\n}\n".repeat(50_000),
  parameters: "init x(\n".repeat(50_000),
  commas: ",".repeat(MANY),
};

function levels(node: unknown): number {
  const waiting: [node: unknown, level: number][] = [[node, 0]];
  let most = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [value, level] = next;
    most = Math.max(most, level);
    if (typeof value !== "object" || value === null) continue;
    for (const child of Object.values(value)) waiting.push([child, level + 1]);
  }
  return most;
}

describe("texts made to overflow", () => {
  it.each(Object.entries(DEEP))("%s", (_, text) => {
    const { file, problems } = parse(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(levels(file)).toBeLessThan(700);
  });

  it("says once that nesting is too deep", () => {
    const { problems } = parse(`derive x = ${"(".repeat(80)}1${")".repeat(80)}\nderive y = 2`);
    expect(problems.map((problem) => problem.id)).toEqual(["nested-too-deeply"]);
  });

  it("takes a binary file for what it is", () => {
    const { problems, file } = parse("\u0000\u0001\u0002 recipe x { a 1 }");
    expect(problems.map((problem) => problem.id)).toEqual(["binary-file"]);
    expect(file.items).toEqual([]);
  });

  it("stops reporting after many problems", () => {
    const { problems } = parse("recipe x { a , }\n".repeat(500));
    expect(problems.length).toBe(MAX_PROBLEMS + 1);
    expect(problems.at(-1)?.id).toBe("too-many-problems");
  });
});
