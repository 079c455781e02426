import { traceModel } from "../../models/trace.js";
import { buildState } from "../init/state.js";
import { putState, readState } from "./inputs.js";
import type { OpImplementation } from "./types.js";

export const init: OpImplementation<"init"> = {
  op: "init",
  async run(node, context) {
    const { model, manifest } = node.params;
    const roles = node.inputs.map(({ role }) => role).filter((role) => role.startsWith("state"));
    const states = await Promise.all(roles.map((_, i) => readState(node, context, `state${i}`)));
    const state = buildState(manifest, traceModel(model), states);
    const counts = { state: 0, stats: 0, random: 0, constant: 0 };
    for (const { origin } of manifest) counts[origin.from] += 1;
    const { state: copied, stats, random, constant } = counts;
    return {
      outputs: { state: await putState(context, state) },
      value: { tensors: { copied, stats, random, constant } },
      summary: `${copied} tensors copied, ${stats} from statistics, ${random} random, ${constant} constant`,
    };
  },
};
