import { traceModel } from "../../models/trace.js";
import { l2Rows } from "../probes/distance.js";
import { readState } from "./inputs.js";
import type { ProbeNode } from "./probes.js";
import { type OpContext, type OpResult, probeValue } from "./types.js";

export async function probeL2(node: ProbeNode, context: OpContext): Promise<OpResult> {
  const [a, b] = await Promise.all([readState(node, context, "a"), readState(node, context, "b")]);
  const rows = l2Rows(traceModel(node.params.model), a, b);
  return { outputs: {}, value: probeValue(rows, []), summary: `${rows.length} layers` };
}
