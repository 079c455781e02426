/** `transfer(from: parent)`: tensors of a changed model that are its parent's. */

import { describe, expect, it } from "vitest";
import { lower } from "../../../src/compiler/plan/index.js";
import type { InitSpec, ModelChoice } from "../../../src/compiler/study.js";
import {
  cell,
  experiment,
  factsFor,
  init,
  nodesOf,
  RANDOM,
  RESNET,
  REST,
  rule,
  SIGNATURE,
  somewhere,
  study,
  units,
} from "./fixture.js";

const SLIM: ModelChoice = {
  name: "slim",
  family: { ...RESNET.family, params: { ...RESNET.family.params, widths: [16, 32, 32] } },
  location: somewhere(),
};
const fused = (n: number, from?: ModelChoice): InitSpec =>
  init(`fused(${n})`, [
    rule([units(1, n)], from === undefined ? { kind: "transfer" } : { kind: "transfer", from }),
    rule([REST], RANDOM),
  ]);

function planned(model: ModelChoice, start: InitSpec) {
  const checked = study([experiment("main", [cell({ model, init: start })])]);
  return lower(checked, factsFor(checked), { signature: SIGNATURE });
}

describe("a changed model", () => {
  it("takes its parent's tensors where `from:` says so: the parent is pretrained, not it", () => {
    const { plan, diagnostics } = planned(SLIM, fused(3, RESNET));
    expect(diagnostics).toEqual([]);
    const pretraining = nodesOf(plan, "train").filter(({ label }) => label.includes("clothes"));
    expect(pretraining.map(({ label }) => label)).toEqual([expect.stringContaining("clothes[resnet_s]")]);
    const start = nodesOf(plan, "init").find(({ label }) => label.includes("fused"));
    const from = (tensor: string) => start?.params.manifest.find((entry) => entry.tensor === tensor)?.origin.from;
    expect(from("layer2.0.conv1.weight")).toBe("state");
    expect(from("layer3.0.conv2.weight")).toBe("random");
  });

  it("is pretrained itself where nothing is said", () => {
    const { plan } = planned(SLIM, fused(3));
    const labels = nodesOf(plan, "train").map(({ label }) => label);
    expect(labels).toContainEqual(expect.stringContaining("clothes[slim]"));
  });

  it("gives its parent what `transfer` alone gives", () => {
    const keys = [fused(3), fused(3, RESNET)].map((start) => planned(RESNET, start).plan.nodes.map(({ key }) => key));
    expect(keys[0]).toEqual(keys[1]);
  });

  it("is told of every tensor that has another shape", () => {
    const { diagnostics } = planned(SLIM, fused(4, RESNET));
    expect(diagnostics.map(({ severity, message }) => [severity, message])).toEqual([
      ["error", expect.stringMatching(/^15 tensors of `clothes` have another shape/)],
    ]);
  });
});
