/** A minimal RO-Crate 1.1: what the run folder holds, and what made it. */

import type { Json } from "../../catalog/types.js";
import type { ReportData } from "./data.js";
import { watermarkOf } from "./watermark.js";

const DESCRIPTIONS: readonly (readonly [pattern: RegExp, encoding: string, description: string])[] = [
  [/^results.*\.csv$/, "text/csv", "Results, a row a number"],
  [/^summary.*\.csv$/, "text/csv", "Means, spreads and intervals"],
  [/\.parquet$/, "application/vnd.apache.parquet", "Results with typed columns"],
  [/^tables\/.*\.csv$/, "text/csv", "A table's numbers"],
  [/\.md$/, "text/markdown", "A table"],
  [/\.tex$/, "application/x-tex", "A table"],
  [/\.svg$/, "image/svg+xml", "A figure"],
  [/\.vl\.json$/, "application/json", "A figure's vega-lite specification, data inside"],
  [/\.html$/, "text/html", "The report"],
  [/\.xfer$/, "text/plain", "The study as run"],
  [/\.ndjson$/, "application/x-ndjson", "The journal of the run"],
  [/\.json$/, "application/json", "Data of the run"],
];

/** @param watermark said of every file: numbers of a changed study are not to be taken for the study's own */
function fileEntity(path: string, watermark: string | null): Json {
  const found = DESCRIPTIONS.find(([pattern]) => pattern.test(path));
  return {
    "@id": encodeURI(path),
    "@type": "File",
    name: path.split("/").at(-1) ?? path,
    encodingFormat: found?.[1] ?? "application/octet-stream",
    ...(found === undefined ? {} : { description: watermark === null ? found[2] : `${found[2]}. ${watermark}` }),
  };
}

/** Text of `ro-crate-metadata.json`; `files` are relative to the run folder, with forward slashes. */
export function roCrate(data: ReportData, files: readonly string[]): string {
  const { study, run } = data;
  const watermark = watermarkOf(data);
  const graph: Json = [
    {
      "@id": "ro-crate-metadata.json",
      "@type": "CreativeWork",
      about: { "@id": "./" },
      conformsTo: { "@id": "https://w3id.org/ro/crate/1.1" },
    },
    {
      "@id": "./",
      "@type": "Dataset",
      name: study.title ?? study.name,
      description: `Run ${run.id} of the transfer-learning study ${study.name}: ${data.cellCount} cells, status ${run.status}.${watermark === null ? "" : ` ${watermark}.`}`,
      datePublished: run.finishedAt,
      license: "not stated",
      hasPart: files.map((path) => ({ "@id": encodeURI(path) })),
      mentions: [{ "@id": "#run" }],
    },
    {
      "@id": "#run",
      "@type": "CreateAction",
      name: `xferc run of ${study.name}`,
      startTime: run.startedAt,
      endTime: run.finishedAt,
      actionStatus: {
        "@id":
          run.status === "complete"
            ? "http://schema.org/CompletedActionStatus"
            : "http://schema.org/FailedActionStatus",
      },
      instrument: { "@id": "#xferc" },
      result: files
        .filter((path) => /^(results|summary|figures|tables|report)/.test(path))
        .map((path) => ({ "@id": encodeURI(path) })),
    },
    {
      "@id": "#xferc",
      "@type": "SoftwareApplication",
      name: "xferc",
      softwareVersion: run.xferc,
      softwareRequirements: `Node ${run.node}, engine ${run.signature.engine} ${run.signature.engineVersion}`,
    },
    ...files.map((path) => fileEntity(path, watermark)),
  ];
  return `${JSON.stringify({ "@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph }, null, 2)}\n`;
}
