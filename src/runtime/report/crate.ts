/**
 * The run folder as an RO-Crate 1.1, in the Process Run Crate profile: what is in it, what it was made from and by what.
 * `xferc reproduce` reads it: the lock among what the run was made from says where the run's folder is.
 */

import { datasetCitation } from "../../catalog/datasets/citations.js";
import type { Json } from "../../catalog/types.js";
import { LOCK_FILE, type Lock } from "../../compiler/plan/index.js";
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
  [/^tables\/.*\.html$/, "text/html", "A table"],
  [/^samples\/.*\.csv$/, "text/csv", "Cases that were left out, by name: asked for with --include-samples"],
  [/\.html$/, "text/html", "The report"],
  [/\.xfer$/, "text/plain", "The study as run"],
  [/\.ndjson$/, "application/x-ndjson", "The journal of the run"],
  [/^plan\.json$/, "application/json", "The plan: every operation with its key and why it ran"],
  [/\.lock\.json$/, "application/json", "What the run was made from: digests of data and weights, versions, engine"],
  [/\.json$/, "application/json", "Data of the run"],
];

const RUN = "#run";
const XFERC = "#xferc";
const LANGUAGE = "#xfer";
const RO_CRATE = "https://w3id.org/ro/crate/1.1";
const PROCESS_RUN = "https://w3id.org/ro/wfrun/process/0.5";

/** What a crate says beyond the report. */
export interface CrateFacts {
  /** Relative to the run folder, with forward slashes. */
  readonly files: readonly string[];
  /** Undefined where the folder has none that can be read. */
  readonly lock: Lock | undefined;
}

/** Text of `ro-crate-metadata.json`. */
export function roCrate(data: ReportData, { files, lock }: CrateFacts): string {
  const { study, run } = data;
  const watermark = watermarkOf(data);
  const own = ownFile(data, files, lock);
  const inputs = files.filter((path) => path.startsWith("study/") || path === LOCK_FILE);
  const results = files.filter((path) => /^(results|summary|figures|tables|report)/.test(path));
  const datasets = lock?.datasets ?? [];
  const graph: Json = [
    {
      "@id": "ro-crate-metadata.json",
      "@type": "CreativeWork",
      about: ref("./"),
      conformsTo: ref(RO_CRATE),
    },
    {
      "@id": "./",
      "@type": "Dataset",
      name: study.title ?? study.name,
      description: `Run ${run.id} of the transfer-learning study ${study.name}: ${data.cells.length} cells, status ${run.status}.${watermark === null ? "" : ` ${watermark}.`}`,
      datePublished: run.finishedAt,
      license: "Not stated: it is for whoever publishes this crate to say",
      conformsTo: ref(PROCESS_RUN),
      hasPart: files.map(fileRef),
      ...(own === undefined ? {} : { mainEntity: fileRef(own) }),
      mentions: [ref(RUN)],
    },
    {
      "@id": PROCESS_RUN,
      "@type": "CreativeWork",
      name: "Process Run Crate",
      version: "0.5",
    },
    {
      "@id": RUN,
      "@type": "CreateAction",
      name: `xferc run of ${study.name}`,
      description: run.command,
      startTime: run.startedAt,
      endTime: run.finishedAt,
      actionStatus: ref(
        `http://schema.org/${run.status === "complete" ? "CompletedActionStatus" : "FailedActionStatus"}`,
      ),
      ...(run.status === "complete" ? {} : { error: ERRORS[run.status] }),
      instrument: ref(XFERC),
      object: [...inputs.map(fileRef), ...datasets.map(({ name }) => ref(datasetId(name)))],
      result: results.map(fileRef),
    },
    ...software(data),
    { "@id": LANGUAGE, "@type": "ComputerLanguage", name: "xfer" },
    ...datasets.map(datasetEntity),
    ...files.map((path) => fileEntity(path, path === own, watermark)),
  ];
  return `${JSON.stringify({ "@context": `${RO_CRATE}/context`, "@graph": graph }, null, 2)}\n`;
}

const ERRORS = {
  partial: "Some cells failed; results.csv has their reasons",
  interrupted: "The run was stopped before its end",
} as const;

function ref(id: string): Json {
  return { "@id": id };
}

function fileRef(path: string): Json {
  return ref(idOf(path));
}

/** Ids of files are URIs. */
function idOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** The lock says which; else the one of the name the report has. */
function ownFile({ study }: ReportData, files: readonly string[], lock: Lock | undefined): string | undefined {
  const locked = lock?.selection && `study/${lock.selection.file}`;
  if (locked && files.includes(locked)) return locked;
  const name = study.files[0]?.name ?? "";
  return files.find((path) => path === `study/${name}` || (path.startsWith("study/") && path.endsWith(`/${name}`)));
}

function software({ run }: ReportData): readonly Json[] {
  const { engine, engineVersion, device, threads } = run.signature;
  return [
    {
      "@id": XFERC,
      "@type": "SoftwareApplication",
      name: "xferc",
      softwareVersion: run.xferc,
      softwareRequirements: [ref("#engine"), ref("#node")],
    },
    {
      "@id": "#engine",
      "@type": "SoftwareApplication",
      name: engine,
      description: `Computed on ${device} with ${threads} ${threads === 1 ? "thread" : "threads"} a worker`,
      softwareVersion: engineVersion,
    },
    {
      "@id": "#node",
      "@type": "SoftwareApplication",
      name: "Node.js",
      softwareVersion: run.node,
      operatingSystem: run.platform,
    },
  ];
}

function datasetId(name: string): string {
  return `#dataset-${encodeURIComponent(name)}`;
}

/** Not in the crate: a data set is known by its fingerprint, and where it lies is everyone's own. */
function datasetEntity({ name, facts, adapter, declaredIn, path }: Lock["datasets"][number]): Json {
  const { cite, terms } = datasetCitation(adapter.id, declaredIn, path);
  const counts = Object.entries(facts.splits).map(([split, { images }]) => `${images} ${split}`);
  return {
    "@id": datasetId(name),
    "@type": "CreativeWork",
    name,
    description: `Images by split: ${counts.join(", ")}; ${facts.classes.length} classes. Not part of this crate`,
    identifier: `sha256:${facts.fingerprint}`,
    creditText: cite,
    license: terms,
  };
}

/** @param watermark said of every file: numbers of a changed study are not to be taken for the study's own */
function fileEntity(path: string, isOwn: boolean, watermark: string | null): Json {
  const found = DESCRIPTIONS.find(([pattern]) => pattern.test(path));
  return {
    "@id": idOf(path),
    "@type": isOwn ? ["File", "SoftwareSourceCode"] : "File",
    name: path.split("/").at(-1) ?? path,
    encodingFormat: found?.[1] ?? "application/octet-stream",
    ...(isOwn ? { programmingLanguage: ref(LANGUAGE) } : {}),
    ...(found === undefined ? {} : { description: watermark === null ? found[2] : `${found[2]}. ${watermark}` }),
  };
}
