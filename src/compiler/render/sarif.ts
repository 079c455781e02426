/** SARIF 2.1.0, for code scanning. */

import type { Diagnostic, Location } from "../diagnostics.js";
import type { LineMaps } from "./frame.js";

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;
const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

export function sarifReport(diagnostics: readonly Diagnostic[], maps: LineMaps, version: string): object {
  const rules = new Map(diagnostics.map((each) => [each.code, each.name]));
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "xferc", version, rules: [...rules].map(([id, name]) => ({ id, name })) } },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((each) => result(each, maps)),
      },
    ],
  };
}

function result(diagnostic: Diagnostic, maps: LineMaps): object {
  const { code, severity, message, label, note, hint, location, related } = diagnostic;
  const text = [message, label, note, hint].filter((part) => part !== undefined && part !== "").join(" · ");
  return {
    ruleId: code,
    level: LEVELS[severity],
    message: { text },
    locations: [{ physicalLocation: physical(location, maps) }],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((each, index) => ({
            id: index + 1,
            physicalLocation: physical(each.location, maps),
            message: { text: each.message },
          })),
        }),
  };
}

function physical({ path, span }: Location, maps: LineMaps): object {
  const map = maps.get(path);
  const start = map?.position(span.start) ?? { line: 1, column: 1 };
  const end = map?.position(span.end) ?? start;
  return {
    artifactLocation: { uri: encodeURI(path) },
    region: { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column },
  };
}
