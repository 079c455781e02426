/** Versions of the operations. Raise one only when its numbers change; docs/decisions/op-versions.md has the rule. */

import { entries } from "../../catalog/index.js";
import type { OpName, ProbeOp, StateOp } from "./types.js";

/** A probe's node has the version of its catalogue entry. */
function probeVersions(): { readonly [K in ProbeOp]: number } {
  const own = entries("probe").filter(({ reads }) => reads.kind === "inputs");
  const versions = Object.fromEntries(own.map(({ id, version }) => [`probe.${id}`, version]));
  // a plug-in's probe has its own version among the parameters
  return { ...versions, "probe.plugin": 1 } as { [K in ProbeOp]: number };
}

function stateVersions(): { readonly [K in StateOp]: number } {
  return Object.fromEntries(entries("state").map(({ id, version }) => [`state.${id}`, version])) as {
    [K in StateOp]: number;
  };
}

export const OP_VERSIONS: { readonly [K in OpName]: number } = {
  "dataset.index": 2,
  "dataset.prepare": 3,
  "dataset.view": 1,
  "weights.import": 1,
  init: 1,
  train: 1,
  features: 1,
  fit: 1,
  "tune.choose": 1,
  "tune.take": 1,
  "tune.refit": 1,
  predict: 2,
  "predictions.import": 1,
  "features.import": 1,
  score: 1,
  "test.cases": 1,
  "probe.history": 1,
  ...stateVersions(),
  ...probeVersions(),
};
