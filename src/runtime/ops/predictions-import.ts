/** `predictions.import`: rows of a table put beside the images they are of, as `predict` would have left them. */

import { basename } from "node:path";
import type { Task } from "../../catalog/types.js";
import { counted } from "../../compiler/counted.js";
import { type ImageSet, loadImages } from "../data/images.js";
import type { DatasetIndex } from "../data/types.js";
import { type GivenPredictions, PredictionsError, readGiven, TOLERANCE } from "../predictions/read.js";
import { manifestOf, readIndex } from "./inputs.js";
import { putPredictions } from "./predictions.js";
import { located, type OpImplementation } from "./types.js";

export const predictionsImport: OpImplementation<"predictions.import"> = {
  op: "predictions.import",
  async run(node, context) {
    const path = located(node, context);
    const { digest, scores, task } = node.params;
    const name = basename(path);
    // never from memory: what is read is what is hashed
    const given = await readGiven(path, { scores });
    if (given.digest !== digest) throw new Error(`${name} changed after the study was planned; run it again`);
    const images = await loadImages(manifestOf(context, "data"), context.blobs);
    const index = await readIndex(node, context);
    try {
      const rows = rowsOfImages(given, images, index);
      const logits = logitsOf(given, rows, { classes: images.info.classes, scores, task });
      const outputs = await putPredictions(context, images, logits, images.info.classes.length);
      const value = { images: rows.length, classes: images.info.classes.length };
      return { outputs, value, summary: `${rows.length} of ${given.ids.length} rows` };
    } catch (error) {
      if (!(error instanceof PredictionsError)) throw error;
      throw new Error(`${name}: ${error.message}; ${error.hint}`);
    }
  },
};

/** The row of every image. Rows of other splits are left alone, rows of no image at all are not. */
function rowsOfImages({ ids }: GivenPredictions, images: ImageSet, index: DatasetIndex): readonly number[] {
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  const splitOf = new Map(index.items.map(({ id, split }) => [id, split ?? "no split"]));
  checkStrangers(ids, splitOf);
  const missing = images.ids.filter((id) => !rowOf.has(id)).length;
  if (missing === 0) return images.ids.map((id) => rowOf.get(id) as number);
  const has = new Map<string, number>();
  for (const id of ids) {
    const split = splitOf.get(id) ?? "no split";
    has.set(split, (has.get(split) ?? 0) + 1);
  }
  const splits = [...has].map(([split, rows]) => `${rows} of ${split}`).join(", ");
  throw new PredictionsError(
    `${missing} of the ${images.ids.length} images that are scored have no row; its rows are ${splits}`,
    "give a row for every image of the split, or score the split it is of with `on:`",
  );
}

/** @throws PredictionsError where a row is of no image of the data set */
export function checkStrangers(ids: readonly string[], known: { has(id: string): boolean }): void {
  const strangers = ids.flatMap((id, row) => (known.has(id) ? [] : [row + 1]));
  if (strangers.length === 0) return;
  throw new PredictionsError(
    `${counted(strangers.length, "row")} of ${ids.length} ${strangers.length === 1 ? "is" : "are"} of no image of the data set, row ${strangers[0]} the first`,
    "ids are those of the data set, which `xferc data FILE NAME --ids FILE` writes down",
  );
}

interface Wanted {
  readonly classes: readonly string[];
  readonly scores: "probabilities" | "logits";
  readonly task: Task;
}

/** [images, classes] whose softmax, of several labels whose sigmoid, is what the table says. */
function logitsOf(
  { given }: GivenPredictions,
  rows: readonly number[],
  { classes, scores, task }: Wanted,
): Float32Array {
  const width = classes.length;
  const logits = new Float32Array(rows.length * width);
  if (given.form === "labels") {
    const place = new Map(classes.map((name, i) => [name, i]));
    logits.fill(Number.NEGATIVE_INFINITY);
    for (const [image, row] of rows.entries()) {
      const label = place.get(given.labels[row] ?? "");
      if (label === undefined)
        throw new PredictionsError(`the label of row ${row + 1} is no class`, `there is ${classes.join(", ")}`);
      logits[image * width + label] = 0;
    }
    return logits;
  }
  const columns = classes.map((name) => given.classes.indexOf(name));
  const lacking = classes[columns.indexOf(-1)];
  if (lacking !== undefined) throw new PredictionsError(`it has no column ${lacking}`, "give a column a class");
  for (const [image, row] of rows.entries()) {
    const values = columns.map((column) => given.values[row * given.classes.length + column] as number);
    const shares = scores === "logits" ? values : shareLogits(values, row, task);
    logits.set(shares, image * width);
  }
  return logits;
}

/** Logarithms, or log-odds: of a row that sums to 1 up to rounding a softmax gives it back. */
function shareLogits(row: readonly number[], at: number, task: Task): readonly number[] {
  const shares = row.map((value) => Math.min(1, Math.max(0, value)));
  if (task === "multilabel") return shares.map((share) => Math.log(share / (1 - share)));
  const sum = shares.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > TOLERANCE * Math.max(1, Math.sqrt(row.length))) {
    throw new PredictionsError(
      `the probabilities of row ${at + 1} sum to ${Number(sum.toPrecision(6))}, not to 1`,
      "give every row as probabilities of the classes, or say `scores: logits`",
    );
  }
  return shares.map(Math.log);
}
