/** How probes lower by what their catalogue entries say they read. */

import { describe, expect, test } from "vitest";
import { passGroup } from "../../../src/compiler/plan/index.js";
import { lower } from "../../../src/compiler/plan/lower/index.js";
import type { NodeFor, PlanNode, ProbeOp } from "../../../src/compiler/plan/types.js";
import type { Cell, ProbeSpec, SourceSpec, StateSpec } from "../../../src/compiler/study.js";
import { partPasses } from "../../../src/models/part-passes.js";
import { traceModel } from "../../../src/models/trace.js";
import {
  BRAIN,
  BUNDLED,
  CLOTHES,
  cell,
  choice,
  DIGITS,
  experiment,
  FASHION,
  factsFor,
  INCEPTION,
  RESNET,
  SIGNATURE,
  study,
  VIT,
} from "./fixture.js";

const state = (of: Cell, moment: "initial" | "selected"): StateSpec => ({
  kind: "cell",
  cell: of,
  moment: { kind: moment },
});
const spec = (own: Cell, change: Pick<ProbeSpec, "probe" | "states"> & Partial<ProbeSpec>): ProbeSpec => ({
  measure: "m",
  loops: {},
  on: "test",
  estimator: "",
  location: own.location,
  ...change,
});

function planned(cells: readonly Cell[]) {
  const of = study([experiment("main", cells)]);
  return lower(of, factsFor(of, BUNDLED), { signature: SIGNATURE });
}
const only = (nodes: readonly PlanNode[], op: ProbeOp): NodeFor<ProbeOp> => {
  const found = nodes.filter((node) => node.op === op);
  expect(found).toHaveLength(1);
  return found[0] as NodeFor<ProbeOp>;
};

describe("a probe of states", () => {
  test("has the inputs, layers and draws its entry names, and keys of its repeat where it draws tensors", () => {
    const probes = (own: Cell) => [
      spec(own, {
        probe: choice("robustness", { mode: "rerand", scheme: "family", by: "layers" }),
        states: [state(own, "selected"), state(own, "initial")],
        metric: "top1",
      }),
    ];
    const { plan } = planned([cell({ probes })]);
    const node = only(plan.nodes, "probe.robustness");
    expect(node.inputs.map(({ role, output }) => [role, output])).toEqual([
      ["state", "selected"],
      ["to", "state"],
      ["data", "images"],
    ]);
    expect(node.params).toMatchObject({ mode: "rerand", metric: "top1", stream: { purpose: "random", repeat: 1 } });
    expect(node.params.layers).toContain("conv1");
    const images = Math.round((node.estimate.flops ?? 0) / traceModel(node.params.model).forwardFlops);
    // every test image, from where each part begins and not a whole pass a layer
    const passes = partPasses(node.params.model, "layers");
    expect(passes).toBeLessThan(node.params.layers?.length ?? 0);
    expect([100, 500, 1000, 2000, 900].map((count) => Math.round(count * passes))).toContain(images);
  });

  test("of attention needs a model that has it", () => {
    const probes = (own: Cell) => [
      spec(own, {
        probe: choice("mean_attended_distance", { estimator: "renormalized", images: 64 }),
        states: [state(own, "selected")],
      }),
    ];
    const { plan } = planned([cell({ model: VIT, probes })]);
    expect(only(plan.nodes, "probe.mean_attended_distance").params.layers).toEqual(
      Array.from({ length: 4 }, (_, block) => `blocks.${block}.attn`),
    );
    const { diagnostics } = planned([cell({ model: RESNET, probes })]);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      "`mean_attended_distance` needs attention, which `resnet_s` has not",
    ]);
  });

  test("of the class token needs a model that has one", () => {
    const probes = (own: Cell) => [
      spec(own, {
        probe: choice("knn", { k: 5, temperature: 0.1, bank: "train", features: "cls" }),
        states: [state(own, "selected")],
        metric: "top1",
      }),
    ];
    expect(planned([cell({ model: VIT, probes })]).diagnostics).toEqual([]);
    expect(planned([cell({ model: RESNET, probes })]).diagnostics.map(({ message }) => message)).toEqual([
      "`knn(features: cls)` needs a class token, which `resnet_s` has not",
    ]);
  });

  test("looks at another data set with the target's eyes, and takes its bank from the target", () => {
    const probes = (own: Cell) => [
      spec(own, {
        probe: choice("linear_probe", { l2: 0.01, standardize: true, features: "pooled", bank: "train" }),
        states: [state(own, "selected")],
        metric: "top1",
        dataset: FASHION,
        on: "all",
      }),
    ];
    const { plan, diagnostics } = planned([cell({ probes })]);
    expect(diagnostics).toEqual([]);
    const node = only(plan.nodes, "probe.linear_probe");
    const of = new Map(node.inputs.map(({ role, node: key }) => [role, plan.nodes.find((each) => each.key === key)]));
    expect([...of.keys()]).toEqual(["state", "bank", "query", "normalize"]);
    expect(of.get("query")).toMatchObject({ op: "dataset.view", params: { splitName: "all" } });
    expect(of.get("normalize")).toBe(of.get("bank"));
    expect(passGroup(node)).toBe(`${of.get("state")?.key}:selected`);
    const missing = planned([
      cell({ probes: (own) => [{ ...(probes(own)[0] as ProbeSpec), dataset: BRAIN, on: "test" }] }),
    ]);
    expect(missing.diagnostics.map(({ name }) => name)).toEqual(["classes-differ"]);
  });

  test("of no states and no images is read off the model, once for all repeats and inits", () => {
    const probes = (own: Cell) => [spec(own, { probe: choice("capacity", { count: "flops" }), states: [] })];
    const { plan } = planned([1, 2].map((repeat) => cell({ repeat, probes })));
    const node = only(plan.nodes, "probe.capacity");
    expect(node).toMatchObject({ inputs: [], signature: null });
    expect(plan.results).toHaveLength(2);
  });
});

describe("a probe of data sets", () => {
  const fid = (own: Cell, source: SourceSpec, change: Partial<ProbeSpec> = {}, images = 3000) =>
    spec(own, {
      probe: choice("fid", { mean: 0.5, std: 0.25, images }),
      states: [{ kind: "source", source }],
      datasets: { first: FASHION, second: own.target },
      on: "train",
      ...change,
    });

  test("sees both through one network, is shared by repeats and inits, and passes a set once for all targets", () => {
    const cells = [DIGITS, BRAIN].flatMap((target) =>
      [1, 2].map((repeat) => cell({ target, repeat, probes: (own) => [fid(own, CLOTHES)] })),
    );
    const { plan } = planned(cells);
    const nodes = plan.nodes.filter((node) => node.op === "probe.fid") as NodeFor<ProbeOp>[];
    expect(nodes).toHaveLength(2);
    const input = (node: PlanNode, role: string) => node.inputs.find((each) => each.role === role)?.node;
    const [first, second] = nodes as [PlanNode, PlanNode];
    expect(input(first, "p")).toBe(input(second, "p"));
    expect(input(first, "q")).not.toBe(input(second, "q"));
    expect(input(first, "network")).toBe(input(second, "network"));
    for (const node of nodes) {
      expect(node.params).toMatchObject({ normalize: { kind: "given", mean: [0.5], std: [0.25] }, images: 3000 });
    }
  });

  test("takes weights of the model it names, at that model's size and in three channels, under one head for all", () => {
    const weights: SourceSpec = {
      kind: "weights",
      name: "imagenet",
      weights: { path: "inception.safetensors", declaredIn: "t.xfer", location: RESNET.location },
    };
    const cells = [1, 2].map((repeat) => cell({ repeat, probes: (own) => [fid(own, weights, { model: INCEPTION })] }));
    const { plan } = planned(cells);
    const node = only(plan.nodes, "probe.fid");
    expect(node.params.model).toMatchObject({ family: "inception", channels: 3, size: 75 });
    const images = ["p", "q"].map((role) => {
      const key = node.inputs.find((each) => each.role === role)?.node;
      return plan.nodes.find((each) => each.key === key)?.params;
    });
    expect(images).toEqual([
      { splitName: "train", size: 75, channels: 3 },
      { splitName: "train", size: 75, channels: 3 },
    ]);
  });

  test("of no more images than the network has features, 64, warns, and names kid", () => {
    const of = (images: number) =>
      planned([
        cell({ probes: (own) => [fid(own, CLOTHES, { datasets: { first: FASHION, second: FASHION } }, images)] }),
      ]);
    expect(of(65).diagnostics).toEqual([]);
    const [warning] = of(64).diagnostics;
    expect(warning).toMatchObject({ severity: "warning", name: "few-images" });
    expect(warning?.hint).toContain("kid(…)");
  });
});
