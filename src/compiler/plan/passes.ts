/**
 * Which nodes share a forward pass. The scheduler sends ready nodes of one group to one worker together; the runtime
 * then streams each split once through the group's state and feeds every probe's taps from that pass.
 *
 * A group is a state: `predict`, `features` and the probes that read layers' features go by their *primary* state, the first of its
 * states that training produced (`initial` costs a pass of its own once a group, whatever it is compared
 * with). Splits are not part of the name: k-NN reads two of them, and the test pass serves `predict`, CKA and k-NN's
 * queries alike. Nodes of a group never depend on each other. Group members may become ready at different times (a CKA
 * across cells waits for the other cell): send what is ready, never wait for the rest.
 *
 * Scores, tests of cases and probes of weights or histories run no model, and probes that run it in states of their own
 * making share no pass: these belong to no group; nor do data, `init` and `train` nodes.
 */

import { entry } from "../../catalog/index.js";
import type { ProbeReads } from "../../catalog/types.js";
import type { InputRef, NodeFor, OpName, PlanNode, ProbeOp, ProbeParams } from "./types.js";

type Inputs = Extract<ProbeReads, { kind: "inputs" }>;

/** What the probe of a node `probe.ID` reads; undefined of any other operation. */
export function readsOf({ op, params }: Pick<PlanNode, "op" | "params">): Inputs | undefined {
  if (op === "probe.plugin") {
    const taps = (params as ProbeParams).probe?.taps ?? "none";
    return { kind: "inputs", states: PLUGIN_STATES, images: {}, taps };
  }
  const reads = op.startsWith("probe.") ? entry("probe", op.slice("probe.".length))?.reads : undefined;
  return reads?.kind === "inputs" ? reads : undefined;
}

/** Inputs by role of a plug-in's probe, of one state or two. */
export const PLUGIN_STATES = { a: "first", b: "second" } as const;

/** A node that takes part in shared forward passes. */
export type SharedPassNode = NodeFor<"predict"> | NodeFor<"features"> | NodeFor<ProbeOp>;

const sharedTaps = (taps: string | undefined): boolean =>
  taps === "layers" || taps === "attention" || taps === "embedding";

const isPass = (op: OpName): boolean => op === "predict" || op === "features";

export function sharesPasses(node: PlanNode): node is SharedPassNode {
  return isPass(node.op) || sharedTaps(readsOf(node)?.taps);
}

/** A node that runs a model forward, in passes of its own or shared ones. */
export function runsForward(node: PlanNode): node is SharedPassNode {
  return isPass(node.op) || (readsOf(node)?.taps ?? "none") !== "none";
}

export function passGroup(node: PlanNode): string | undefined {
  if (!sharesPasses(node)) return undefined;
  const roles = readsOf(node)?.states;
  const primary = primaryState(node.inputs, roles === undefined ? ["state"] : Object.keys(roles));
  return primary && `${primary.node}:${primary.output}`;
}

/** `init` and `weights.import` call their output `state`; what training produced is called otherwise. `features` run no model. */
function primaryState(inputs: readonly InputRef[], roles: readonly string[]): InputRef | undefined {
  const states = inputs.filter((input) => roles.includes(input.role));
  const run = states.filter((input) => input.output !== "features");
  return run.find((input) => input.output !== "state") ?? run[0] ?? states[0];
}
