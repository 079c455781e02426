/** What is known of a file of predictions or features before it is held against any images. */

import { basename } from "node:path";
import type { Fact, PredictionsFacts } from "../../compiler/host.js";
import type { FeaturesSpec, PredictionsSpec } from "../../compiler/study.js";
import { readGivenFeatures } from "./features.js";
import { PredictionsError, readGiven } from "./read.js";

export async function predictionsFacts(
  spec: Pick<PredictionsSpec, "scores"> | Pick<FeaturesSpec, "scores" | "array">,
  path: string,
): Promise<Fact<PredictionsFacts>> {
  try {
    if (spec.scores === "features") {
      const { digest, ids, width } = await readGivenFeatures(path, spec.array);
      return {
        status: "known",
        facts: { digest, images: ids.length, form: "features", classes: [], width },
        from: "data",
      };
    }
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
