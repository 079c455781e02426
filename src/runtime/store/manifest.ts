/**
 * Reading and writing the action cache's JSON, which another version, host or accident may have written. On disk a
 * manifest lies in an envelope with its own digest, since small results stand in it as plain digits: a flipped bit must
 * not make another number of one.
 */

import { createHash } from "node:crypto";
import { documentCheck } from "../../catalog/json-check.js";
import type { Json } from "../../catalog/types.js";
import type { Manifest } from "./types.js";

const DIGEST = "^[0-9a-f]{64}$";

export const MANIFEST_SCHEMA = {
  type: "object",
  required: ["format", "key", "op", "outputs", "value", "seconds", "peakBytes", "createdAt", "by", "recipe"],
  properties: {
    format: { const: 1 },
    key: { type: "string", pattern: DIGEST },
    op: { type: "string", minLength: 1 },
    outputs: {
      type: "object",
      additionalProperties: {
        type: "object",
        required: ["digest", "bytes"],
        properties: { digest: { type: "string", pattern: DIGEST }, bytes: { type: "integer", minimum: 0 } },
      },
    },
    value: {},
    seconds: { type: "number", minimum: 0 },
    peakBytes: { type: "number", minimum: 0 },
    createdAt: { type: "string" },
    by: {
      type: "object",
      required: ["xferc", "host", "engine"],
      properties: {
        xferc: { type: "string" },
        host: { type: "string" },
        engine: { type: ["string", "null"] },
        study: { type: "string" },
        run: { type: "string" },
      },
    },
    label: { type: "string" },
    recipe: {},
  },
};

const validator = documentCheck<Manifest>("store-manifest", MANIFEST_SCHEMA);

/** Of the file; stores of format 1 had bare manifests. */
const ENVELOPE = 2;

export interface ReadManifest {
  readonly manifest: Manifest;
  /** Whether the file vouches for its content; files of the first store format do not. */
  readonly sealed: boolean;
}

/** Undefined where the text is no manifest of a known format: torn, altered, foreign or from another version. */
export function readManifest(text: string): ReadManifest | undefined {
  const printed = readPrinted(text);
  if (printed !== undefined) return { manifest: printed, sealed: true };
  const parsed = parseObject(text);
  if (parsed === undefined) return undefined;
  if (parsed.format !== ENVELOPE) return validator()(parsed) ? { manifest: parsed, sealed: false } : undefined;
  const { manifest, digest } = parsed;
  if (!validator()(manifest)) return undefined;
  const isWhole = digest === digestOfText(text) || digest === digestOf(manifest);
  return isWhole ? { manifest, sealed: true } : undefined;
}

export function parseManifest(text: string): Manifest | undefined {
  return readManifest(text)?.manifest;
}

export function printManifest(manifest: Manifest): string {
  return `${JSON.stringify({ format: ENVELOPE, digest: digestOf(manifest), manifest })}\n`;
}

const BEFORE_DIGEST = `{"format":${ENVELOPE},"digest":"`;
const HEAD = `${BEFORE_DIGEST}${"0".repeat(64)}","manifest":`.length;
const TAIL = "}\n".length;
const RECIPE = ',"recipe":';

/**
 * A whole envelope as it is printed here: undefined for any other, which is then read in full. The recipe is most of a
 * manifest and stands last, and garbage collection alone asks for it: it is read when it is.
 */
function readPrinted(text: string): Manifest | undefined {
  if (!text.startsWith(BEFORE_DIGEST)) return undefined;
  if (text.slice(BEFORE_DIGEST.length, BEFORE_DIGEST.length + 64) !== digestOfText(text)) return undefined;
  const at = text.indexOf(RECIPE, HEAD);
  // Where this is a part of the value, what stands before it is no JSON.
  const manifest = at === -1 ? undefined : parseObject(`${text.slice(HEAD, at)}}`);
  const withRecipe = { ...manifest, recipe: null };
  if (!validator()(withRecipe)) return undefined;
  let recipe: Json | undefined;
  return Object.defineProperty(withRecipe, "recipe", {
    enumerable: true,
    get: () => {
      recipe ??= JSON.parse(`{${text.slice(at + 1, -TAIL)}`).recipe as Json;
      return recipe;
    },
  });
}

/** Of the manifest as it stands in an envelope that was printed here: without printing it once more. */
function digestOfText(text: string): string {
  return createHash("sha256").update(text.slice(HEAD, -TAIL)).digest("hex");
}

/** Printing what was parsed gives the same text again: both were made by `JSON.stringify`. */
function digestOf(manifest: Manifest): string {
  return createHash("sha256")
    .update(JSON.stringify(manifest satisfies { value: Json }))
    .digest("hex");
}

function parseObject(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}
