import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type NamedTensors, readSafetensors, SafetensorsError } from "../state/safetensors.js";
import { putState } from "./inputs.js";
import { located, type OpImplementation } from "./types.js";

export const weightsImport: OpImplementation<"weights.import"> = {
  op: "weights.import",
  async run(node, context) {
    const path = located(node, context);
    const name = basename(path);
    if (!name.endsWith(".safetensors")) {
      throw new Error(`${name} is no safetensors file; save the checkpoint with safetensors (names as in timm)`);
    }
    const bytes = await readFile(path);
    const digest = createHash("sha256").update(bytes).digest("hex");
    if (digest !== node.params.digest) throw new Error(`${name} changed after the study was planned; run it again`);
    const state = readSafetensors(bytes, name);
    checkFinite(state, name);
    return {
      outputs: { state: await putState(context, state) },
      value: { tensors: state.size },
      summary: `${state.size} tensors`,
    };
  },
};

/** One such number makes every loss NaN, and the learning rate would get the blame. */
function checkFinite(state: NamedTensors, file: string): void {
  for (const [name, { data }] of state) {
    const at = data.findIndex((value: number) => !Number.isFinite(value));
    if (at >= 0) throw new SafetensorsError(file, name, `holds ${data[at]}; give a checkpoint of finite numbers`);
  }
}
