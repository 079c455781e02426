/** Whatever is done to a study, the compiler answers with diagnostics: it never throws and never hangs. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compiler/compile.js";
import { format } from "../../src/compiler/format/index.js";
import { MAX_FILE_LENGTH } from "../../src/compiler/load.js";
import { FORMATS, render } from "../../src/compiler/render/index.js";
import fc from "../support/properties.js";
import { memoryHost } from "./support/host.js";

const BASE = readFileSync("test/compiler/bad/lib/base.xfer", "utf8");
const SLOW = new Set(["too-many-cells.xfer"]);
const studies = ["good", "bad"].flatMap((folder) =>
  readdirSync(`test/compiler/${folder}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".xfer") && !SLOW.has(name))
    .map((name) => readFileSync(`test/compiler/${folder}/${name}`, "utf8")),
);
const WORDS = studies
  .join(" ")
  .split(/\b/)
  .filter((word) => word.trim() !== "");

type Edit = {
  readonly kind: "delete" | "insert" | "swap" | "repeat";
  readonly at: number;
  readonly length: number;
  readonly word: string;
};

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("delete", "insert", "swap", "repeat"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 40 }),
  word: fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 8 })),
});

function changed(text: string, { kind, at, length, word }: Edit): string {
  const start = Math.floor(at * text.length);
  const piece = text.slice(start, start + length);
  switch (kind) {
    case "delete":
      return text.slice(0, start) + text.slice(start + length);
    case "insert":
      return `${text.slice(0, start)} ${word} ${text.slice(start)}`;
    case "swap":
      return text.slice(0, start) + word + text.slice(start + length);
    case "repeat":
      return text.slice(0, start) + piece + piece + text.slice(start + length);
    default:
      return kind satisfies never;
  }
}

async function answers(text: string): Promise<void> {
  const host = memoryHost({
    "s/study.xfer": text,
    "s/lib/base.xfer": BASE,
    "lib/base.xfer": BASE,
    "bad/lib/base.xfer": BASE,
  });
  const result = await compile("s/study.xfer", host, { set: ["repeats=1"] });
  const once = format(text);
  // what can be laid out is laid out for good
  if (once.ok) expect(format(once.text)).toEqual(once);
  const failed = result.diagnostics.some((each) => each.severity === "error");
  expect(result.study === undefined).toBe(failed);
  for (const format of FORMATS) {
    expect(typeof render(format, result.diagnostics, result.sources)).toBe("string");
  }
}

describe("mutated studies", () => {
  it("are answered", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...studies),
        fc.array(edit, { minLength: 1, maxLength: 6 }),
        async (study, edits) => {
          await answers(edits.reduce(changed, study));
        },
      ),
      { numRuns: 250, endOnFailure: true },
    );
  });

  it("and so is any text", { timeout: 60_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: "binary", maxLength: 300 }), answers), { numRuns: 100 });
  });

  it("and what is nested beyond reason", async () => {
    await answers(`param a = ${"(".repeat(20_000)}1${")".repeat(20_000)}`);
    await answers(`param a = ${"1+".repeat(20_000)}1`);
    await answers(`param a = ${"-".repeat(20_000)}1`);
    await answers(`init a { ${"units[1] <- transfer; ".repeat(5_000)} }`);
  });
});

describe("files no study is", () => {
  const read = async (files: { readonly [path: string]: string }) => {
    const { diagnostics } = await compile("a.xfer", memoryHost(files));
    return diagnostics.map((each) => each.name);
  };

  it("are told for what they are", async () => {
    expect(await read({})).toEqual(["file-missing"]);
    expect(await read({ "a.xfer": "" })).toEqual(["file-empty"]);
    expect(await read({ "a.xfer": "PK\u0003\u0004\u0000\u0000" })).toEqual(["file-binary"]);
    expect(await read({ "a.xfer": "a".repeat(MAX_FILE_LENGTH + 1) })).toEqual(["file-too-large"]);
    expect(await read({ "a.xfer": 'import "./b.xfer"', "b.xfer": "\u0000" })).toEqual(["file-binary"]);
    expect(await read({ "a.xfer": 'import "/etc/passwd"' })).toEqual(["import-refused"]);
  });
});
