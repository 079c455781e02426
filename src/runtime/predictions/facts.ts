/** What is known of a file of predictions before it is held against any images. */

import { basename } from "node:path";
import type { Fact, PredictionsFacts } from "../../compiler/host.js";
import type { PredictionsSpec } from "../../compiler/study.js";
import { PredictionsError, readGiven } from "./read.js";

export async function predictionsFacts(
  spec: Pick<PredictionsSpec, "scores">,
  path: string,
): Promise<Fact<PredictionsFacts>> {
  try {
    const { digest, ids, given } = await readGiven(path, spec);
    const classes = given.form === "labels" ? [...new Set(given.labels)] : given.classes;
    return { status: "known", facts: { digest, images: ids.length, form: given.form, classes }, from: "data" };
  } catch (error) {
    if (error instanceof PredictionsError) return { status: "problem", message: error.message, hint: error.hint };
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return { status: "unknown", reason: `there is no file ${path}` };
    if (code === undefined) throw error;
    return { status: "problem", message: `${basename(path)} cannot be read`, hint: "check its permissions" };
  }
}
