/** How each probe of the catalogue that has a node of its own is computed; a line a probe. */

import type { NodeProbeId } from "../../../catalog/probes/index.js";
import type { ForwardWork, ProbeNode } from "../forward-work.js";
import type { OpContext, OpResult } from "../types.js";
import { forwardAttended } from "./attended.js";
import { probeCapacity } from "./capacity.js";
import { forwardCca } from "./cca.js";
import { forwardCka } from "./cka.js";
import { forwardEmd, forwardFid, forwardKid } from "./image-distance.js";
import { probeL2 } from "./l2.js";
import { forwardPlugin, pluginOfTensors } from "./plugin.js";
import { forwardKnn, forwardLinear } from "./pooled.js";
import { probeRobustness } from "./robustness.js";
import { probeTrainable } from "./trainable.js";
import { forwardLeep, forwardLogme } from "./transferability.js";

export type ProbeImplementation =
  /** Takes part in the passes that readers of a state and split share; of probes that read layers' features. */
  | { readonly kind: "shared"; work(node: ProbeNode, context: OpContext): Promise<ForwardWork> }
  | { readonly kind: "alone"; run(node: ProbeNode, context: OpContext): Promise<OpResult> };

const shared = (work: (node: ProbeNode, context: OpContext) => Promise<ForwardWork>): ProbeImplementation => ({
  kind: "shared",
  work,
});
const alone = (run: (node: ProbeNode, context: OpContext) => Promise<OpResult>): ProbeImplementation => ({
  kind: "alone",
  run,
});

export const PROBES: { readonly [K in NodeProbeId]: ProbeImplementation } = {
  cka: shared(forwardCka),
  cca: shared(forwardCca),
  knn: shared(forwardKnn),
  linear_probe: shared(forwardLinear),
  l2: alone(probeL2),
  robustness: alone(probeRobustness),
  mean_attended_distance: shared(forwardAttended),
  fid: shared(forwardFid),
  kid: shared(forwardKid),
  emd: shared(forwardEmd),
  logme: shared(forwardLogme),
  leep: shared(forwardLeep),
  capacity: alone(probeCapacity),
  trainable_parameters: alone(probeTrainable),
};

export function implementationOf(node: ProbeNode): ProbeImplementation {
  if (node.op !== "probe.plugin") return PROBES[node.op.slice("probe.".length) as NodeProbeId];
  return node.params.probe?.taps === "none" ? alone(pluginOfTensors) : shared(forwardPlugin);
}
