/** What states of a run say of every image they were scored on, as `predictions("…", scores: logits)` reads it. */

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import Papa from "papaparse";
import type { RecordedNode, RecordedPlan } from "../../compiler/plan/diff/recorded.js";
import type { NodeKey } from "../../compiler/plan/types.js";
import { UsageError } from "../host/errors.js";
import { readSafetensors } from "../state/safetensors.js";
import { insistSync } from "../store/held.js";
import type { Store } from "../store/types.js";
import { fileName } from "./names.js";
import { readRunPlan } from "./run.js";
import { type ChosenState, chooseStates, type Moment } from "./selector.js";

export type PredictionsFormat = "csv" | "parquet";

export interface PredictionsRequest {
  /** The run's folder; absolute, and as the user named it. */
  readonly run: string;
  readonly shown: string;
  readonly store: Pick<Store, "lookup" | "get">;
  readonly selectors: readonly string[];
  readonly format: PredictionsFormat;
  /** Absolute. */
  readonly out: string;
}

export interface ExportedPredictions {
  readonly files: readonly {
    readonly cell: string;
    readonly state: Moment;
    /** `digits_few.test`: the images. */
    readonly images: string;
    readonly file: string;
    readonly key: NodeKey;
  }[];
  /** Computed by the run, and no longer in the cache. */
  readonly missing: readonly string[];
}

/** Beside the files: which is of which cell. */
const INDEX = "predictions.json";

/** @throws UsageError, StoreError */
export async function exportPredictions(request: PredictionsRequest): Promise<ExportedPredictions> {
  const plan = readRunPlan(request.run, request.shown);
  const taken = new Set([INDEX]);
  const files: ExportedPredictions["files"][number][] = [];
  const missing: string[] = [];
  for (const { choice, node, images } of predictionsOf(plan, chooseStates(plan.cells, request.selectors))) {
    const { cell, moment } = choice;
    const said = await saidOf(node, plan, request.store);
    if (said === undefined) {
      missing.push(`${cell.id} ${moment} on ${images}`);
      continue;
    }
    const file = `${fileName(cell.id, `${moment}.${images}`, taken)}.${request.format}`;
    write(request.out, file, request.format === "csv" ? csvOf(said) : parquetOf(said));
    files.push({ cell: cell.id, state: moment, images, file, key: node.key });
  }
  if (files.length > 0) write(request.out, INDEX, `${JSON.stringify({ predictions: files }, null, 2)}\n`);
  return { files, missing };
}

interface Found {
  readonly choice: ChosenState;
  readonly node: RecordedNode;
  readonly images: string;
}

/** Predictions are made where a score needs them: of each state those of the splits that it was scored on. */
function predictionsOf(plan: RecordedPlan, chosen: readonly ChosenState[]): readonly Found[] {
  const predicts = plan.nodes.filter(({ op }) => op === "predict");
  return chosen.flatMap((choice) =>
    predicts.flatMap((node): Found[] => {
      const { train } = choice.cell;
      const place = node.roles.findIndex(({ role }) => role === "state");
      const own = train !== null && node.inputs[place] === train && node.roles[place]?.output === choice.moment;
      return own ? [{ choice, node, images: imagesOf(node) }] : [];
    }),
  );
}

/** `predict digits_few.test for main#1`. */
function imagesOf({ label }: RecordedNode): string {
  const [, images = "images"] = /^predict (.+?) for /.exec(label) ?? [];
  return images.replaceAll(/[^A-Za-z0-9._-]+/g, "-");
}

interface Said {
  readonly ids: readonly string[];
  readonly classes: readonly string[];
  /** [images, classes] */
  readonly logits: Float32Array;
  readonly of: string;
}

/** Undefined where the cache has it no longer. */
async function saidOf(
  node: RecordedNode,
  plan: RecordedPlan,
  store: PredictionsRequest["store"],
): Promise<Said | undefined> {
  const manifest = await store.lookup(node.key);
  const data = node.inputs[node.roles.findIndex(({ role }) => role === "data")];
  const info = data && (await store.lookup(data))?.value;
  const { logits: logitsRef, ids: idsRef } = manifest?.outputs ?? {};
  if (logitsRef === undefined || idsRef === undefined || info === undefined) return undefined;
  const tensor = readSafetensors(await store.get(logitsRef), "logits").get("logits");
  const ids: unknown = JSON.parse(new TextDecoder().decode(await store.get(idsRef)));
  const classes = typeof info === "object" && info !== null && "classes" in info ? info.classes : undefined;
  if (!(tensor?.data instanceof Float32Array) || !isTexts(ids) || !isTexts(classes)) {
    throw new UsageError(`the predictions of \`${node.label}\` are not what this xferc writes`, "run the study again");
  }
  const said = { ids, classes, logits: tensor.data, of: node.label };
  checkReadable(said, plan);
  return said;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

/** @throws UsageError where `predictions(…)` would not read the table, or would read another */
function checkReadable({ classes, logits, of }: Said, { study }: RecordedPlan): void {
  const odd = classes.find((name) => ["id", "label"].includes(name.trim().toLowerCase()) || name !== name.trim());
  if (odd !== undefined) {
    throw new UsageError(
      `a class of ${study} is called \`${odd}\`, as no column of predictions can be`,
      "name the classes otherwise in the data set",
    );
  }
  if (!logits.every(Number.isFinite)) {
    throw new UsageError(`\`${of}\` gave numbers that are not finite`, "leave its cell out with --states");
  }
}

/** Numbers as the shortest text that reads back the same; ids as they are, for they are looked up. */
function csvOf({ ids, classes, logits }: Said): string {
  const width = classes.length;
  const rows = ids.map((id, i) => [id, ...logits.subarray(i * width, (i + 1) * width)]);
  return `${Papa.unparse({ fields: ["id", ...classes], data: rows }, { newline: "\n" })}\n`;
}

function parquetOf({ ids, classes, logits }: Said): Uint8Array {
  const width = classes.length;
  const columns = classes.map((name, c) => ({
    name,
    type: "DOUBLE" as const,
    data: ids.map((_, i) => logits[i * width + c] as number),
  }));
  const columnData = [{ name: "id", type: "STRING" as const, data: [...ids] }, ...columns];
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** A reader sees a file whole or not at all. */
function write(folder: string, name: string, content: string | Uint8Array): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, content);
  insistSync(() => renameSync(temporary, path));
}
