import { traceModel } from "../../../models/trace.js";
import { l2Rows, l2Settings } from "../../probes/distance.js";
import { textOption } from "../../probes/options.js";
import type { ProbeNode } from "../forward-work.js";
import { readState } from "../inputs.js";
import { type OpContext, type OpResult, probeValue } from "../types.js";

export async function probeL2(node: ProbeNode, context: OpContext): Promise<OpResult> {
  const { params } = node;
  const [a, b] = await Promise.all([readState(node, context, "a"), readState(node, context, "b")]);
  const settings = l2Settings(textOption(params, "estimator"), textOption(params, "distance"));
  const { rows, warnings } = l2Rows(traceModel(params.model), a, b, settings);
  return { outputs: {}, value: probeValue(rows, warnings), summary: `${rows.length} layers` };
}
