/** What the build makes of our schemas says of every document what ajv says of the schema. */

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ValidateFunction } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { newAjv } from "../../src/catalog/ajv.js";
import { DOCUMENT } from "../../src/catalog/json-check.js";
import type { Json } from "../../src/catalog/types.js";
import { ensureBuilt, root } from "../built.js";
import fc from "../support/properties.js";

const chunks = join(root, "dist", "chunks");
let documents: { readonly [name: string]: readonly [path: string, constant: string] } = {};

beforeAll(async () => {
  await ensureBuilt();
  ({ DOCUMENTS: documents } = (await import(join(root, "scripts", "checks.mjs"))) as { DOCUMENTS: typeof documents });
}, 120_000);

const load = createRequire(import.meta.url);
const made = (name: string) => (load(join(chunks, `${name}.check.cjs`)) as { readonly check: ValidateFunction }).check;

const digest = "0".repeat(64);
const SAMPLES: { readonly [name: string]: Json } = {
  lock: JSON.parse(readFileSync(join(root, "studies", "study.lock.json"), "utf8")) as Json,
  "first-lock": { format: 1, xferc: "0.1.0", study: "s", engine: null, ops: {}, datasets: [], weights: [] },
  "recorded-plan": { version: 1, study: "s", signature: {}, nodes: [], cells: [] },
  config: { data: { a: "b" }, cache: { folder: "c", layers: ["d"] }, network: true, lint: { "few-repeats": "off" } },
  "store-manifest": { format: 1, key: digest, op: "train", outputs: { state: { digest, bytes: 3 } }, seconds: 1 },
  "engine-manifest": { format: 1, engine: "tensorflow", tensorflow: "2.17", cuda: false, platform: "linux", files: {} },
  inventory: { devices: [{ kind: "cpu" }] },
  "from-worker": { type: "unable", message: "why" },
  "to-worker": { type: "cancel" },
};

const junk: fc.Arbitrary<Json> = fc.constantFrom<Json>(null, true, "", "word", digest, 0, -1, 0.5, 2, [], {}, ["a"]);

/** One thing in it is gone, is something else, or is one too many. */
function damaged(document: Json): fc.Arbitrary<Json> {
  if (typeof document !== "object" || document === null) return junk;
  if (Array.isArray(document)) {
    const at = fc
      .nat(document.length)
      .chain((i) => damaged(document[i] ?? null).map((one) => document.toSpliced(i, 1, one)));
    return fc.oneof(at, junk);
  }
  const names = Object.keys(document);
  if (names.length === 0) return junk;
  const without = fc.constantFrom(...names).map((name) => {
    const { [name]: _, ...rest } = document as { readonly [name: string]: Json };
    return rest;
  });
  const inside = fc.constantFrom(...names).chain((name) => {
    const members = document as { readonly [name: string]: Json };
    return damaged(members[name] ?? null).map((value) => ({ ...members, [name]: value }));
  });
  return fc.oneof(
    without,
    { arbitrary: inside, weight: 3 },
    junk.map((stranger) => ({ ...document, stranger })),
    junk,
  );
}

describe("checks that the build made", () => {
  it("are of every document that is listed, and nothing else", () => {
    const files = readdirSync(chunks).filter((name) => name.endsWith(".check.cjs"));
    expect(files.sort()).toEqual(
      Object.keys(documents)
        .map((name) => `${name}.check.cjs`)
        .sort(),
    );
    expect(Object.keys(SAMPLES).sort()).toEqual(Object.keys(documents).sort());
  });

  it.each(Object.keys(SAMPLES))("%s", async (name) => {
    const [path = "", constant = ""] = documents[name] ?? [];
    const module = (await import(join(root, "dist", "src", path))) as { readonly [constant: string]: object };
    const theirs = newAjv(DOCUMENT).compile(module[constant] ?? {});
    const ours = made(name);
    const agree = (value: Json): void => {
      expect(ours(value)).toBe(theirs(value));
      const told = (errors: typeof theirs.errors) =>
        errors?.map((error) => [error.instancePath, error.message, error.params]);
      expect(told(ours.errors)).toEqual(told(theirs.errors));
    };
    const sample = SAMPLES[name] ?? null;
    agree(sample);
    fc.assert(fc.property(damaged(sample), agree), { numRuns: 300 });
  });
});
