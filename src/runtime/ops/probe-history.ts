import type { Json } from "../../catalog/types.js";
import { stepsTo } from "../probes/history.js";
import { checksOf } from "../train/history.js";
import { inputBlob } from "./inputs.js";
import { type OpImplementation, probeValue } from "./types.js";

export const probeHistory: OpImplementation<"probe.history"> = {
  op: "probe.history",
  async run(node, context) {
    const { measure, options } = node.params;
    if (measure !== "steps_to") throw new Error(`no measure ${measure} of a history; there is steps_to`);
    const bytes = await context.blobs.get(inputBlob(node, context, "train"));
    const history: Json = JSON.parse(new TextDecoder().decode(bytes));
    const { metric, checks } = checksOf(history);
    const value = stepsTo(checks, metric, options.params);
    const warnings = Number.isNaN(value) ? [`${metric} never got there`] : [];
    return { outputs: {}, value: probeValue([{ inner: {}, value }], warnings), summary: `${value} steps` };
  },
};
