/** Parsing between two keystrokes gives what parsing the whole text gives, tree, comments and problems. */

import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/parse.js";
import { reparse } from "../../grammar/reparse.js";
import fc from "../support/properties.js";
import { DESIGN_STUDIES } from "./programs.js";

const pieces = [
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  '"',
  "//",
  "/*",
  "*/",
  "\n",
  " ",
  ";",
  ",",
  "=",
  "..",
  "x",
  "12",
  "é",
  "👩‍🔬",
  "\r\n",
];
const words = [
  "vary n in [1, 2]\n",
  "recipe r { batch 2 }\n",
  "init a = random\n",
  "  for 3 epochs\n",
  "experiment e {\n",
  "}\n",
];
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(400)),
  insert: fc.array(fc.constantFrom(...pieces, ...words), { maxLength: 3 }).map((all) => all.join("")),
});

describe("parsing between two keystrokes", () => {
  it("is parsing the whole", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...DESIGN_STUDIES),
        fc.array(edit, { minLength: 1, maxLength: 12 }),
        ([, study], edits) => {
          let text = study;
          let result = parse(text);
          for (const { at, remove, insert } of edits) {
            const place = Math.floor(at * text.length);
            const next = text.slice(0, place) + insert + text.slice(place + remove);
            result = reparse(text, result, next);
            text = next;
            expect(result).toEqual(parse(text));
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it("keeps the trees before a change", () => {
    const [, text] = DESIGN_STUDIES[0] ?? ["", ""];
    const before = parse(text);
    const after = reparse(text, before, `${text}\nparam last = 1\n`);
    expect(after.file.items[0]).toBe(before.file.items[0]);
    expect(after.file.items.length).toBe(before.file.items.length + 1);
  });
});
