/** SARIF of every bad study, held to the official JSON Schema (OASIS SARIF 2.1.0; NOTICE says where it is from), and to what no schema can ask. */

import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import { render } from "../../../src/compiler/render/index.js";
import { folderHost } from "../support/host.js";

const ROOT = "test/compiler";
/** RFC 3986: no blank and no control character. */
const URI = /^[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=%-]+$/;

interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}
interface Log {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly locations: readonly {
        readonly physicalLocation: { readonly artifactLocation: { readonly uri: string }; readonly region: Region };
      }[];
    }[];
  }[];
}

function validator() {
  const ajv = new Ajv2020({ strictTypes: false });
  ajv.addFormat("uri", /^[a-z][a-z0-9+.-]*:\S+$/i);
  ajv.addFormat("uri-reference", URI);
  ajv.addFormat("uuid", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
  ajv.addFormat("date-time", (text: string) => !Number.isNaN(Date.parse(text)));
  return ajv.compile<Log>(JSON.parse(readFileSync(`${ROOT}/render/sarif-2.1.0.schema.json`, "utf8")));
}

it("is valid, for every study of the tests", { timeout: 60_000 }, async () => {
  const isSarif = validator();
  const studies = readdirSync(`${ROOT}/bad`, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".xfer"),
  );
  expect(studies.length).toBeGreaterThan(250);
  for (const study of studies) {
    const { diagnostics, sources } = await compile(`bad/${study}`, folderHost(ROOT));
    const log: unknown = JSON.parse(render("sarif", diagnostics, sources, { version: "1.2.3" }));
    if (!isSarif(log)) throw new Error(`${study}: ${JSON.stringify(isSarif.errors)}`);
    const [run] = log.runs;
    const rules = run?.tool.driver.rules.map(({ id }) => id) ?? [];
    // §3.19.23: no two alike
    expect(new Set(rules).size).toBe(rules.length);
    expect(run?.results.length).toBe(diagnostics.length);
    for (const { ruleId, locations } of run?.results ?? []) {
      expect(ruleId).toMatch(/^XF\d{4}$/);
      expect(rules).toContain(ruleId);
      expect(locations.length).toBeGreaterThan(0);
      for (const { physicalLocation } of locations) {
        const { startLine, startColumn, endLine, endColumn } = physicalLocation.region;
        expect(physicalLocation.artifactLocation.uri).toMatch(URI);
        // §3.30.8: an end is not before its start
        expect(endLine > startLine || (endLine === startLine && endColumn >= startColumn)).toBe(true);
      }
    }
  }
});

it("is told from what only looks like it", () => {
  const isSarif = validator();
  const driver = { name: "xferc", rules: [] };
  const log = (result: object) => ({ version: "2.1.0", runs: [{ tool: { driver }, results: [result] }] });
  expect(isSarif(log({ message: { text: "so" } }))).toBe(true);
  expect(isSarif(log({ message: { text: "so" }, level: "fatal" }))).toBe(false);
  expect(isSarif(log({ message: { text: "so" }, place: 1 }))).toBe(false);
  expect(isSarif(log({}))).toBe(false);
});
