import { traceModel } from "../../../models/trace.js";
import { trainedTensors } from "../../../models/trained.js";
import { sizeOf } from "../../../program/shape.js";
import type { ProbeNode } from "../forward-work.js";
import { type OpResult, probeValue } from "../types.js";

/** Of the stage that trains most; 0 where there is none. */
export async function probeTrainable(node: ProbeNode): Promise<OpResult> {
  const info = traceModel(node.params.model);
  const stages = (node.params as { readonly frozen?: readonly (readonly string[])[] }).frozen ?? [];
  const counts = stages.map((frozen) =>
    trainedTensors(info, { frozen }).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  );
  const value = Math.max(0, ...counts);
  return { outputs: {}, value: probeValue([{ inner: {}, value }], []), summary: `${value} parameters` };
}
