import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SYNTAX_PROBLEM_IDS, SYNTAX_PROBLEMS } from "../../grammar/problems.js";
import { RULES } from "../../src/compiler/lint/index.js";
import { didYouMean, MESSAGES, nearest } from "../../src/compiler/messages.js";

const FOLDER = "src/compiler/messages";
const AREAS = readdirSync(FOLDER).filter((name) => !["index.ts", "define.ts"].includes(name));

describe("the catalogue of messages", () => {
  it("has every code once and every name once, over all areas", () => {
    const text = AREAS.map((name) => readFileSync(`${FOLDER}/${name}`, "utf8")).join("\n");
    const codes = [...text.matchAll(/code: "(XF\d{4})"/g)].map((match) => match[1]);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
    expect(Object.keys(MESSAGES)).toHaveLength(codes.length);
    expect(new Set(Object.values(MESSAGES).map((each) => each.code)).size).toBe(codes.length);
  });

  it("has a text for every problem of the parser, whose holes are that problem's details", () => {
    for (const id of SYNTAX_PROBLEM_IDS) {
      const message = MESSAGES[id];
      const text = Object.values(message).join(" ");
      const holes = [...text.matchAll(/\{([A-Za-z]+)\}/g)].map((match) => match[1] ?? "");
      const details = Object.keys(SYNTAX_PROBLEMS[id]);
      expect(
        holes.filter((hole) => !details.includes(hole)),
        id,
      ).toEqual([]);
    }
  });

  it("names every lint rule after its message", () => {
    for (const rule of RULES) {
      expect(Object.keys(MESSAGES)).toContain(rule.name);
    }
  });

  it("starts messages in lower case and ends none with a full stop", () => {
    for (const [name, { message }] of Object.entries(MESSAGES)) {
      expect(message, name).not.toMatch(/\.$/);
      expect(message, name).toMatch(/^[a-z`{0-9-]|^(?:CKA|FID|k-NN)/);
    }
  });
});

describe("did you mean", () => {
  it("finds a slip, a swap and a wrong case, and nothing far away", () => {
    expect(nearest("aptso", ["aptos", "isic"])).toBe("aptos");
    expect(nearest("Batch", ["batch", "for"])).toBe("batch");
    expect(nearest("xyz", ["aptos", "isic"])).toBeUndefined();
    expect(nearest("m", ["n"])).toBeUndefined();
  });

  it("says what there is where nothing is near", () => {
    expect(didYouMean("zzz", ["a_one", "b_two"])).toBe("there are `a_one` and `b_two`");
    expect(didYouMean("zzz", [])).toBe("");
  });
});
