import { traceModel } from "../../../models/trace.js";
import { countOf } from "../../probes/capacity.js";
import { textOption } from "../../probes/options.js";
import type { ProbeNode } from "../forward-work.js";
import { type OpResult, probeValue } from "../types.js";

export async function probeCapacity(node: ProbeNode): Promise<OpResult> {
  const what = textOption(node.params, "count");
  const value = countOf(traceModel(node.params.model), what);
  return { outputs: {}, value: probeValue([{ inner: {}, value }], []), summary: `${value} ${what}` };
}
