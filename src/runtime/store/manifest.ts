/** Reading and writing the action cache's JSON, which another version, host or accident may have written. */

import { Ajv, type ValidateFunction } from "ajv";
import type { Json } from "../../catalog/types.js";
import type { Manifest } from "./types.js";

const DIGEST = "^[0-9a-f]{64}$";

const schema = {
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
      properties: { xferc: { type: "string" }, host: { type: "string" }, engine: { type: ["string", "null"] } },
    },
    recipe: {},
  },
};

let isManifest: ValidateFunction<Manifest> | undefined;

/** Compiled when first needed; the schema itself is ours and needs no check against the schema of schemas. */
function validator(): ValidateFunction<Manifest> {
  isManifest ??= new Ajv({ allowUnionTypes: true, meta: false, validateSchema: false }).compile<Manifest>(schema);
  return isManifest;
}

/** Undefined where the text is no manifest of this format: torn, foreign or from another version. */
export function parseManifest(text: string): Manifest | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  return validator()(parsed) ? parsed : undefined;
}

export function printManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest satisfies { value: Json })}\n`;
}
