/** `features.import`: a table of features from elsewhere, held to the ids of a data set; probes read it by them. */

import { basename } from "node:path";
import { readGivenFeatures } from "../predictions/features.js";
import { PredictionsError } from "../predictions/read.js";
import { writeSafetensors } from "../state/safetensors.js";
import { putJson, readIndex } from "./inputs.js";
import { checkStrangers } from "./predictions-import.js";
import { located, type OpImplementation } from "./types.js";

export const featuresImport: OpImplementation<"features.import"> = {
  op: "features.import",
  async run(node, context) {
    const path = located(node, context);
    const { digest, array } = node.params;
    const name = basename(path);
    // never from memory: what is read is what is hashed
    const given = await readGivenFeatures(path, array);
    if (given.digest !== digest) throw new Error(`${name} changed after the study was planned; run it again`);
    const { ids, width, values } = given;
    try {
      checkStrangers(ids, new Set((await readIndex(node, context)).items.map(({ id }) => id)));
    } catch (error) {
      if (!(error instanceof PredictionsError)) throw error;
      throw new Error(`${name}: ${error.message}; ${error.hint}`);
    }
    const tensors = new Map([["features", { shape: [ids.length, width], data: values }]]);
    return {
      outputs: { features: await context.blobs.put(writeSafetensors(tensors)), ids: await putJson(context, ids) },
      value: { images: ids.length, width },
      summary: `${ids.length} rows of ${width} features`,
    };
  },
};
