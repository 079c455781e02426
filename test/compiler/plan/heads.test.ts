/** LEEP reads the head a source was trained with, and what reads one label an image says so of others. */

import { describe, expect, it } from "vitest";
import type { ProbeSpec, SourceSpec, StateSpec } from "../../../src/compiler/study.js";
import {
  BRAIN,
  BUNDLED,
  CLOTHES,
  cell,
  choice,
  DIGITS,
  experiment,
  factsFor,
  nodesOf,
  planOf,
  somewhere,
  study,
} from "./fixture.js";

function probeOf(id: string, states: readonly StateSpec[]): ProbeSpec {
  return {
    measure: id,
    probe: choice(id, { images: 100 }),
    loops: {},
    states,
    on: "train",
    estimator: "",
    location: somewhere(),
  };
}

function planned(id: string, source: SourceSpec, facts = BUNDLED, target = DIGITS) {
  const checked = study([
    experiment("main", [cell({ target, probes: () => [probeOf(id, [{ kind: "source", source }])] })]),
  ]);
  return planOf(checked, factsFor(checked, facts));
}

const FILE: SourceSpec = {
  kind: "weights",
  name: "zoo",
  weights: { path: "./zoo.safetensors", declaredIn: "quickstart.xfer", location: somewhere() },
};

describe("leep", () => {
  it("runs the pretrained state itself, where logme sees it under the target's head", () => {
    const { plan, diagnostics } = planned("leep", CLOTHES, BUNDLED, BRAIN);
    expect(diagnostics).toEqual([]);
    const [node] = nodesOf(plan, "probe.leep");
    const pretraining = nodesOf(plan, "train").find(({ label }) => label.includes("clothes"));
    expect(node?.inputs.find(({ role }) => role === "state")?.node).toBe(pretraining?.key);
    const [other] = nodesOf(planned("logme", CLOTHES, BUNDLED, BRAIN).plan, "probe.logme");
    expect(other?.inputs.find(({ role }) => role === "state")?.node).not.toBe(pretraining?.key);
  });

  it("refuses a file, whose head is of classes nobody knows", () => {
    expect(planned("leep", FILE).diagnostics.map(({ name }) => name)).toEqual(["state-without-head"]);
    expect(planned("logme", FILE).diagnostics.map(({ name }) => name)).not.toContain("state-without-head");
  });

  it("refuses several labels an image", () => {
    const several = { ...BUNDLED, [DIGITS.name]: { ...BUNDLED[DIGITS.name], task: "multilabel" } } as typeof BUNDLED;
    expect(planned("leep", CLOTHES, several).diagnostics.map(({ name }) => name)).toContain("probe-wants-one-label");
    expect(planned("logme", CLOTHES, several).diagnostics.map(({ name }) => name)).not.toContain(
      "probe-wants-one-label",
    );
  });
});
