import { basename } from "node:path";
import { MemoDigests } from "../data/digests.js";
import { loadWeights, weightsDigest } from "../weights/load.js";
import { putState } from "./inputs.js";
import { located, type OpImplementation } from "./types.js";

export const weightsImport: OpImplementation<"weights.import"> = {
  op: "weights.import",
  async run(node, context) {
    const path = located(node, context);
    // Never from memory: what is read is what is hashed.
    const digest = await weightsDigest(path, new MemoDigests());
    if (digest !== node.params.digest) {
      throw new Error(`${basename(path)} changed after the study was planned; run it again`);
    }
    const { tensors, notes } = await loadWeights(path, node.params.names);
    return {
      outputs: { state: await putState(context, tensors) },
      value: { tensors: tensors.size, notes },
      summary: [`${tensors.size} tensors`, ...notes].join("; "),
    };
  },
};
