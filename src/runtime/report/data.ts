/** Everything a report shows, as one JSON file: enough to make all its pages, tables and figures again. */

import type { Citation } from "../../catalog/datasets/citations.js";
import type { FigureSpec, TableSpec } from "../../compiler/outputs/types.js";
import type { Scalar } from "../../compiler/study.js";
import type { Outline } from "../results/outline.js";
import type { ResultRow, RowStatus } from "../results/types.js";
import { seal, unseal } from "../store/seal.js";
import type { TrialTable } from "./trials.js";
import type { RunMetadata } from "./types.js";
import { upgraded } from "./upgrade.js";

export const REPORT_FORMAT = 2;

export interface ReportData {
  readonly format: typeof REPORT_FORMAT;
  readonly study: StudyHead;
  readonly run: RunMetadata;
  readonly outline: Outline;
  readonly tables: readonly TableSpec[];
  readonly figures: readonly FigureSpec[];
  /** Measured rows; derived ones are made from these. */
  readonly rows: readonly ResultRow[];
  readonly cells: readonly CellDetail[];
  readonly manifests: readonly ManifestSummary[];
  readonly histories: readonly History[];
  readonly nodes: readonly NodeDetail[];
  readonly datasets: readonly DatasetNote[];
  readonly weights: readonly WeightsNote[];
  readonly warnings: readonly WarningText[];
  readonly probeWarnings: readonly ProbeWarning[];
  /** Of grids; absent where nothing was tuned. */
  readonly trials?: readonly TrialTable[];
}

export interface StudyHead {
  readonly name: string;
  readonly title: string | null;
  readonly seed: number;
  readonly repeats: number;
  readonly profile: string | null;
  readonly overrides: readonly string[];
  readonly experiments: readonly { readonly name: string; readonly cells: number }[];
  /** As run, paths of data taken out. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

export type CellStatus = "done" | "failed" | "pending";

export interface CellDetail {
  readonly id: string;
  readonly experiment: string;
  readonly point: readonly { readonly axis: string; readonly label: string }[];
  readonly repeat: number;
  readonly seed: number;
  /** Null where only predictions of other models are scored. */
  readonly model: string | null;
  readonly target: string;
  readonly source: string | null;
  readonly init: string;
  readonly recipes: readonly string[];
  readonly status: CellStatus;
  readonly reason: string | null;
  /** Of the last training stage. */
  readonly training: { readonly key: string; readonly seconds: number | null } | null;
  /** Stages that ended before their budget was used up; absent where none did. */
  readonly stopped?: readonly StoppedStage[];
  /** Indices into `manifests` and `histories`. */
  readonly manifest: number | null;
  readonly history: number | null;
  /** Numbers without inner axes. */
  readonly numbers: readonly CellNumber[];
}
export interface StoppedStage {
  readonly recipe: string;
  /** Steps taken, and how many it might have taken. */
  readonly at: number;
  readonly of: number;
}
export interface CellNumber {
  readonly measure: string;
  readonly metric: string;
  readonly estimator: string;
  readonly value: number | null;
  /** Where it was not reached: what it is greater than. */
  readonly above?: number;
  /** A 95 % interval over cases. */
  readonly interval?: readonly [low: number | null, high: number | null];
  /** What it leaves out, and why. */
  readonly notes?: readonly string[];
}

/** How an initial state was put together. */
export interface ManifestSummary {
  readonly key: string;
  readonly origins: readonly {
    readonly origin: OriginName;
    readonly tensors: number;
    readonly elements: number;
  }[];
  /** Part by part, in model order: `blocks.0` from `transferred`. */
  readonly parts: readonly { readonly part: string; readonly origins: readonly OriginName[] }[];
  /** In words, each once. */
  readonly sources: readonly string[];
  /** Every tensor in the model's order: its name, its shape (`64×3×7×7`), and which of `sources` it is from. */
  readonly tensors: readonly (readonly [tensor: string, shape: string, source: number])[];
}
export const ORIGINS = ["transferred", "statistics", "random", "constant"] as const;
export type OriginName = (typeof ORIGINS)[number];

/** Curves of a training, thinned to what a small chart can show; where trainings are many, to what a page can hold. */
export interface History {
  readonly curves: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

export interface NodeDetail {
  readonly key: string;
  readonly op: string;
  readonly version: number;
  readonly label: string;
  readonly seconds: number | null;
  readonly cells: number;
}

/** What was read of a data set. */
export interface DatasetNote extends Citation {
  readonly name: string;
  readonly adapter: string;
  /** Null where it was never indexed. */
  readonly classes: number | null;
  /** Images of no split, where the data set has none. */
  readonly pool?: number;
  /** Cases by split, in order; those in no split are under `unassigned`. */
  readonly images: readonly (readonly [split: string, count: number])[];
  /** Cases that could not be used and were left out, as the study allows; never their names. */
  readonly leftOut: number;
  /** Of them by what is wrong (`damaged`, `missing-label`); absent where that is not known. */
  readonly leftOutBy?: readonly (readonly [kind: string, count: number])[];
}
export interface WeightsNote extends Citation {
  readonly name: string;
  /** On a hub, where it has a public name. */
  readonly hub: string | null;
}

/** What a probe says of its own numbers: a dead layer, a sample that is small. */
export interface ProbeWarning {
  /** `main.reuse`, `derive:alike`. */
  readonly of: string;
  readonly message: string;
  /** Results it is said of. */
  readonly times: number;
  /** The first cell; empty where it is of no single one. */
  readonly first: string;
}

export interface WarningText {
  readonly code: string;
  readonly name: string;
  readonly severity: string;
  readonly message: string;
  readonly place: string;
  readonly hint: string | null;
}

// ── on disk ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A row as numbers: indices into `scalars` for everything that repeats. */
type PackedRow = readonly (number | null)[];
interface Packed {
  readonly scalars: readonly Scalar[];
  readonly rows: readonly PackedRow[];
  readonly intervals?: readonly (readonly [low: number | null, high: number | null])[];
}

const FIXED = 10;
/** By the number they are packed as. What was not reached has what it is greater than in its value's place. */
const STATUSES: readonly RowStatus[] = ["failed", "ok", "not_reached"];

function packRows(rows: readonly ResultRow[]): Packed {
  const scalars: Scalar[] = [];
  const places = new Map<Scalar, number>();
  const place = (scalar: Scalar): number => {
    const known = places.get(scalar);
    if (known !== undefined) {
      return known;
    }
    places.set(scalar, scalars.length);
    return scalars.push(scalar) - 1;
  };
  const intervals: (readonly [number, number])[] = [];
  const packed = rows.map((row): PackedRow => {
    const axes = Object.entries(row.axes).flatMap(([axis, value]) => [place(axis), place(value)]);
    return [
      place(row.experiment),
      place(row.measure),
      place(row.metric),
      place(row.estimator),
      place(row.node),
      STATUSES.indexOf(row.status),
      row.reason === undefined ? null : place(row.reason),
      row.repeat,
      row.seed,
      Number.isFinite(row.value) ? row.value : (row.above ?? null),
      ...axes,
      // an odd one out at the end: axes come in pairs
      ...(row.low === undefined || row.high === undefined ? [] : [intervals.push([row.low, row.high]) - 1]),
    ];
  });
  return intervals.length === 0 ? { scalars, rows: packed } : { scalars, rows: packed, intervals };
}

function unpackRows({ scalars, rows, intervals = [] }: Packed): readonly ResultRow[] {
  return rows.map((packed): ResultRow => {
    const text = (index: number): string => String(scalars[packed[index] ?? -1] ?? "");
    const axes: Record<string, Scalar> = {};
    for (let index = FIXED; index + 1 < packed.length; index += 2) {
      axes[text(index)] = scalars[packed[index + 1] ?? -1] ?? "";
    }
    const status = STATUSES[packed[5] ?? 0] ?? "failed";
    const number = packed[9] ?? Number.NaN;
    const bound = status === "not_reached" && Number.isFinite(number) ? { above: number } : {};
    const around = (packed.length - FIXED) % 2 === 1 ? intervals[packed.at(-1) ?? -1] : undefined;
    return {
      experiment: text(0),
      measure: text(1),
      metric: text(2),
      estimator: text(3),
      node: text(4),
      status,
      ...(packed[6] === null ? {} : { reason: text(6) }),
      repeat: packed[7] ?? null,
      seed: packed[8] ?? null,
      value: status === "ok" ? number : Number.NaN,
      ...bound,
      ...(around === undefined ? {} : { low: around[0] ?? Number.NaN, high: around[1] ?? Number.NaN }),
      axes,
    };
  });
}

const NOWHERE = { path: "", span: { start: 0, end: 0 } };

/** Places in the source are left out: a report has no use for them, and they may name folders. */
export function encodeReportData(data: ReportData): string {
  const text = JSON.stringify({ ...data, rows: packRows(data.rows) }, (key, value: unknown) =>
    key === "location" ? NOWHERE : value,
  );
  return seal(text);
}

/** How files of versions that sealed nothing begin: no flipped bit makes it of a seal. */
const UNSEALED = '{"format":';

export class ReportDataError extends Error {}

/** Of a file written by {@link encodeReportData}; throws a {@link ReportDataError} on anything else. */
export function decodeReportData(text: string): ReportData {
  const unsealed = unseal(text);
  if (unsealed.status === "altered") {
    throw new ReportDataError("report/data.json is damaged: it is not what the run wrote; run the study again");
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(unsealed.status === "whole" ? unsealed.text : text);
  } catch {
    throw new ReportDataError("report/data.json is damaged: it is not JSON; run the study again");
  }
  const vouched = unsealed.status === "whole" || text.startsWith(UNSEALED);
  parsed = upgraded(parsed);
  if (!vouched || !isStored(parsed)) {
    throw new ReportDataError("report/data.json was written by another version of xferc; run the study again");
  }
  return { ...parsed, rows: unpackRows(parsed.rows) };
}

type Stored = Omit<ReportData, "rows"> & { readonly rows: Packed };

/** The envelope; the file is our own, kept beside the report. */
function isStored(value: unknown): value is Stored {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const record: { readonly [key: string]: unknown } = { ...value };
  const { rows } = record;
  const lists = [
    "tables",
    "figures",
    "cells",
    "manifests",
    "histories",
    "nodes",
    "datasets",
    "weights",
    "warnings",
    "probeWarnings",
  ];
  return (
    record.format === REPORT_FORMAT &&
    lists.every((name) => Array.isArray(record[name])) &&
    typeof record.study === "object" &&
    typeof record.run === "object" &&
    typeof record.outline === "object" &&
    typeof rows === "object" &&
    rows !== null &&
    "scalars" in rows &&
    "rows" in rows
  );
}
