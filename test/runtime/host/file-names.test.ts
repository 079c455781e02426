import { describe, expect, it } from "vitest";
import { portableName, portableNames } from "../../../src/runtime/host/file-names.js";
import fc from "../../support/properties.js";

describe("a file's name", () => {
  it.each([
    ["main", "main"],
    ["con", "con_"],
    ["NUL", "NUL_"],
    ["com1", "com1_"],
    ["aux.selected", "aux_.selected"],
    ["context", "context"],
    ["com", "com"],
    ["lab.", "lab_"],
  ])("%s is %s where Windows has devices, and leaves out dots at the end", (name, portable) => {
    expect(portableName(name)).toBe(portable);
    expect(portableName(portable)).toBe(portable);
  });

  it("is no other's, where large and small letters are one", () => {
    expect([...portableNames(["A", "a", "b", "trials"], ["trials"])]).toEqual([
      ["A", "A"],
      ["a", "a~2"],
      ["b", "b"],
      ["trials", "trials~2"],
    ]);
    const word = fc.stringMatching(/^[A-Ca-cx~2]{1,3}$/);
    fc.assert(
      fc.property(fc.uniqueArray(word), (names) => {
        const chosen = [...portableNames(names).values()].map((name) => name.toLowerCase());
        expect(new Set(chosen).size).toBe(names.length);
      }),
    );
  });
});
