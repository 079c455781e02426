/**
 * An MLflow file store: `mlflow ui --backend-store-uri DIR/mlruns` shows it. A study is an experiment, a cell a run. The
 * format is a folder for each, with `meta.yaml`, and one small file for every parameter, tag and metric.
 */

import { createHash } from "node:crypto";
import { type TrackedCell, type TrackedStudy, type TrackerFile, timeOf } from "./types.js";

/** MLflow refuses longer ones. */
const LONGEST_VALUE = 6000;
/** RunStatus of MLflow's protocol. */
const STATUS = { done: 3, failed: 4, pending: 5 } as const;
const SOURCE_LOCAL = 4;

export function mlflowFiles(study: TrackedStudy): readonly TrackerFile[] {
  const experiment = experimentId(study);
  const root = `mlruns/${experiment}`;
  const meta = {
    artifact_location: `./${root}`,
    creation_time: study.startedMs,
    experiment_id: experiment,
    last_update_time: study.finishedMs,
    lifecycle_stage: "active",
    name: `${study.study} ${study.run}`,
  };
  return [
    { path: `${root}/meta.yaml`, content: yaml(meta) },
    ...study.cells.flatMap((cell) => runFiles(study, cell, root, experiment)),
  ];
}

function runFiles(study: TrackedStudy, cell: TrackedCell, root: string, experiment: string): readonly TrackerFile[] {
  const id = createHash("sha256").update(`${study.run}\n${cell.id}`).digest("hex").slice(0, 32);
  const folder = `${root}/${id}`;
  const meta = {
    artifact_uri: `./${folder}/artifacts`,
    end_time: study.finishedMs,
    entry_point_name: "",
    experiment_id: experiment,
    lifecycle_stage: "active",
    run_id: id,
    run_name: cell.id,
    run_uuid: id,
    source_name: "xferc",
    source_type: SOURCE_LOCAL,
    source_version: study.xferc,
    start_time: study.startedMs,
    status: STATUS[cell.status],
    tags: [],
    user_id: "",
  };
  const tags: readonly (readonly [string, string])[] = [
    ["mlflow.runName", cell.id],
    ["mlflow.note.content", cell.reason ?? `${study.command}, run ${study.run}`],
    ["experiment", cell.experiment],
  ];
  return [
    { path: `${folder}/meta.yaml`, content: yaml(meta) },
    { path: `${folder}/artifacts/cell.txt`, content: `${cell.id}\n` },
    ...tags.map(([name, value]) => ({ path: `${folder}/tags/${name}`, content: value })),
    ...named(cell.parameters, ([name]) => name).map(([key, [, value]]) => ({
      path: `${folder}/params/${key}`,
      content: String(value).slice(0, LONGEST_VALUE),
    })),
    ...metricsOf(study, cell).map(([name, lines]) => ({
      path: `${folder}/metrics/${name}`,
      content: `${lines.join("\n")}\n`,
    })),
  ];
}

/** Lines of `time value step`; a name is used once: the curves are below `history`, which is no number's name. */
function metricsOf(study: TrackedStudy, cell: TrackedCell): readonly (readonly [string, readonly string[]])[] {
  const line = (step: number, value: number) => `${Math.round(timeOf(study, cell, step))} ${value} ${step}`;
  return [
    ...named(cell.curves, ({ name }) => name).map(
      ([key, { points }]) => [`history/${key}`, points.map(([step, value]) => line(step, value))] as const,
    ),
    ...named(cell.numbers, ({ name }) => name, ["history"]).flatMap(([key, { value }]) =>
      value === null ? [] : [[key, [`${study.finishedMs} ${value} 0`]] as const],
    ),
  ];
}

/** Each with a key of its own: `age: > 60` and `age: < 60` differ in nothing MLflow takes. */
function named<T>(all: readonly T[], nameOf: (each: T) => string, reserved: readonly string[] = []) {
  const taken = new Set(reserved);
  return all.map((each): readonly [key: string, T] => {
    const plain = keyOf(nameOf(each));
    let key = plain;
    // some file systems do not tell cases apart
    for (let number = 2; taken.has(key.toLowerCase()); number++) key = `${plain} ${number}`;
    taken.add(key.toLowerCase());
    return [key, each];
  });
}

/** Characters MLflow takes in names, letters of every script among them; no dots alone, which would be folders. */
function keyOf(name: string): string {
  const key = name.replaceAll(/[^\p{L}\p{N}_.\- ]/gu, "_").trim();
  return /^\.*$/.test(key) ? `_${key}` : key;
}

/** Eighteen digits, as MLflow draws them; the same for the same run. */
function experimentId({ run, study }: TrackedStudy): string {
  const digest = createHash("sha256").update(`${study}\n${run}`).digest();
  return String(10n ** 17n + (digest.readBigUInt64BE() % (9n * 10n ** 17n)));
}

/** Flat: JSON's scalars and empty lists are YAML's. */
function yaml(fields: { readonly [name: string]: string | number | readonly never[] }): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join("");
}
