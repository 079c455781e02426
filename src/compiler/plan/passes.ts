/**
 * Which nodes share a forward pass. The scheduler sends ready nodes of one group to one worker together; the runtime
 * then streams each split once through the group's state and feeds every probe's taps from that pass.
 *
 * A group is a state: `predict`, `probe.cka` and `probe.knn` nodes go by their *primary* state, the first of inputs
 * `state`, `a`, `b` that training produced (`initial` costs a pass of its own once a group, whatever it is compared
 * with). Splits are not part of the name: k-NN reads two of them, and the test pass serves `predict`, CKA and k-NN's
 * queries alike. Nodes of a group never depend on each other. Group members may become ready at different times (a CKA
 * across cells waits for the other cell): send what is ready, never wait for the rest.
 *
 * `score`, `test.cases`, `probe.l2` and `probe.history` run no model (milliseconds on the host) and belong to no group; nor do data,
 * `init` and `train` nodes.
 */

import type { InputRef, PlanNode } from "./types.js";

const STATE_ROLES = ["state", "a", "b"];

export function passGroup(node: PlanNode): string | undefined {
  switch (node.op) {
    case "predict":
    case "probe.cka":
    case "probe.knn": {
      const primary = primaryState(node.inputs);
      return primary && `${primary.node}:${primary.output}`;
    }
    case "dataset.index":
    case "dataset.prepare":
    case "dataset.view":
    case "weights.import":
    case "init":
    case "train":
    case "score":
    case "test.cases":
    case "probe.l2":
    case "probe.history":
      return undefined;
    default:
      return node satisfies never;
  }
}

/** `init` and `weights.import` call their output `state`; what training produced is called otherwise. */
function primaryState(inputs: readonly InputRef[]): InputRef | undefined {
  const states = inputs.filter((input) => STATE_ROLES.includes(input.role));
  return states.find((input) => input.output !== "state") ?? states[0];
}
