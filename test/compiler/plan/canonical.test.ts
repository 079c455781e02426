import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../../src/compiler/plan/canonical.js";
import { digestOf, nodeKey, sha256 } from "../../../src/compiler/plan/key.js";
import fc from "../../support/properties.js";
import { SIGNATURE } from "./fixture.js";

/** Rebuilds every object with its keys in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  );
}

describe("canonical JSON", () => {
  test("says what RFC 8785 says of numbers, strings and the order of keys", () => {
    expect(
      canonicalJson({ b: -0, a: 1e21, c: [1.0, 1e-7, Number("9007199254740993")], é: null, "€": '\u000f\n"\\' }),
    ).toBe('{"a":1e+21,"b":0,"c":[1,1e-7,9007199254740992],"é":null,"€":"\\u000f\\n\\"\\\\"}');
    // UTF-16 code units, not code points: the surrogate pair sorts before U+FB33
    expect(canonicalJson({ "\ufb33": 1, "\u{1f600}": 2 })).toBe('{"\u{1f600}":2,"\ufb33":1}');
  });

  test("the order of keys never matters, and the text parses back", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("absent and undefined members are one; what JSON cannot say is refused", () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe(canonicalJson({ b: 1 }));
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 0, undefined]) {
      expect(() => canonicalJson([value])).toThrow(RangeError);
    }
  });
});

describe("digests and keys", () => {
  test("a digest is of the meaning, remembered or not", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const digest = digestOf(object);
        expect(digestOf(object)).toBe(digest);
        expect(digestOf(shuffled(object) as object)).toBe(digest);
        expect(digest).toBe(sha256(canonicalJson(object)));
      }),
    );
  });

  test("a key is the documented tree, and every part of it counts", () => {
    const model = { family: "vit", params: { dim: 64 } };
    const parts = {
      op: "predict",
      version: 1,
      params: { model, normalize: { kind: "data" } },
      inputs: [],
      signature: SIGNATURE,
    } as const;
    const part = (value: object) => ({ sha256: sha256(canonicalJson(value)) });
    const tree = {
      op: "predict",
      version: 1,
      params: { model: part(model), normalize: part({ kind: "data" }) },
      inputs: [],
      signature: part(SIGNATURE),
    };
    expect(nodeKey(parts)).toBe(sha256(canonicalJson(tree)));
    const input = { role: "state", node: nodeKey(parts), output: "state" };
    const keys = [
      parts,
      { ...parts, op: "train" as const },
      { ...parts, version: 2 },
      { ...parts, params: { ...parts.params, model: { ...model, family: "resnet" } } },
      { ...parts, signature: null },
      { ...parts, signature: { ...SIGNATURE, threads: 4 } },
      { ...parts, inputs: [input] },
      { ...parts, inputs: [{ ...input, role: "a" }] },
      { ...parts, inputs: [{ ...input, output: "last" }] },
    ].map(nodeKey);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
