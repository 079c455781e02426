/** SARIF of every bad study, held against what the standard (OASIS SARIF 2.1.0) asks of the parts that are written. */

import { readdirSync } from "node:fs";
import { Ajv } from "ajv";
import { expect, it } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import { render } from "../../../src/compiler/render/index.js";
import { folderHost } from "../support/host.js";

const ROOT = "test/compiler";
const text = {
  type: "object",
  required: ["text"],
  additionalProperties: false,
  properties: { text: { type: "string", minLength: 1 } },
};
const fromOne = { type: "integer", minimum: 1 };
const region = {
  type: "object",
  additionalProperties: false,
  required: ["startLine", "startColumn", "endLine", "endColumn"],
  properties: { startLine: fromOne, startColumn: fromOne, endLine: fromOne, endColumn: fromOne },
};
const place = {
  type: "object",
  additionalProperties: false,
  required: ["artifactLocation", "region"],
  // §3.4.3: a URI reference, RFC 3986: no blank and no control character in it
  properties: {
    artifactLocation: {
      type: "object",
      additionalProperties: false,
      required: ["uri"],
      properties: { uri: { type: "string", pattern: "^[A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=%-]+$" } },
    },
    region,
  },
};
const result = {
  type: "object",
  additionalProperties: false,
  // §3.27.5 ruleId, §3.27.10 level, §3.27.11 message
  required: ["ruleId", "level", "message", "locations"],
  properties: {
    ruleId: { type: "string", pattern: "^XF\\d{4}$" },
    level: { enum: ["none", "note", "warning", "error"] },
    message: text,
    locations: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["physicalLocation"],
        properties: { physicalLocation: place },
      },
    },
  },
};
const rule = {
  type: "object",
  additionalProperties: false,
  required: ["id"],
  properties: { id: { type: "string", minLength: 1 }, name: { type: "string", minLength: 1 } },
};
const SARIF = {
  type: "object",
  additionalProperties: false,
  required: ["version", "runs"],
  properties: {
    $schema: { type: "string", pattern: "^https://.*sarif-2\\.1\\.0.*\\.json$" },
    version: { const: "2.1.0" },
    runs: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["tool", "results"],
        properties: {
          tool: {
            type: "object",
            additionalProperties: false,
            required: ["driver"],
            properties: {
              driver: {
                type: "object",
                additionalProperties: false,
                required: ["name", "rules"],
                properties: {
                  name: { const: "xferc" },
                  version: { type: "string", minLength: 1 },
                  // §3.19.23: no two alike
                  rules: { type: "array", uniqueItems: true, items: rule },
                },
              },
            },
          },
          columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
          results: { type: "array", items: result },
        },
      },
    },
  },
};

interface Log {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly locations: readonly { readonly physicalLocation: { readonly region: { [edge: string]: number } } }[];
    }[];
  }[];
}

it("is valid, for every study of the tests", { timeout: 60_000 }, async () => {
  const isSarif = new Ajv().compile<Log>(SARIF);
  const studies = readdirSync(`${ROOT}/bad`, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".xfer"),
  );
  expect(studies.length).toBeGreaterThan(250);
  for (const study of studies) {
    const { diagnostics, sources } = await compile(`bad/${study}`, folderHost(ROOT));
    const log: unknown = JSON.parse(render("sarif", diagnostics, sources, { version: "1.2.3" }));
    expect(isSarif(log), `${study}: ${JSON.stringify(isSarif.errors)}`).toBe(true);
    const [run] = (log as Log).runs;
    const rules = new Set(run?.tool.driver.rules.map(({ id }) => id));
    for (const { ruleId, locations } of run?.results ?? []) {
      expect(rules.has(ruleId)).toBe(true);
      // §3.30.8: an end is not before its start
      for (const { physicalLocation } of locations) {
        const { startLine = 0, startColumn = 0, endLine = 0, endColumn = 0 } = physicalLocation.region;
        expect(endLine > startLine || (endLine === startLine && endColumn >= startColumn)).toBe(true);
      }
    }
  }
});
