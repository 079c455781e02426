import { traceModel } from "../../models/trace.js";
import { l2Rows } from "../probes/distance.js";
import { readState } from "./inputs.js";
import { type OpImplementation, probeValue } from "./types.js";

export const probeL2: OpImplementation<"probe.l2"> = {
  op: "probe.l2",
  async run(node, context) {
    const [a, b] = await Promise.all([readState(node, context, "a"), readState(node, context, "b")]);
    const rows = l2Rows(traceModel(node.params.model), a, b);
    return { outputs: {}, value: probeValue(rows, []), summary: `${rows.length} layers` };
  },
};
