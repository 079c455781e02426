/** A study of thousands of nodes, and operations that give results of the right form, no meaning and no work. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Plan, PlanNode } from "../src/compiler/plan/types.js";
import type { Engine } from "../src/runtime/engine/types.js";
import { type OpResult, probeValue } from "../src/runtime/ops/types.js";
import type { ProbeRow } from "../src/runtime/results/types.js";
import type { OpCall, RunOps } from "../src/runtime/workers/index.js";
import { INITS } from "./studies.js";

export const STUB_ENGINE = "onnx";

/** Two models, two targets, six inits, eight rates: 192 cells a repeat and five nodes a cell. */
export const manyStudy = (repeats: number): string => `
study many "Two models, two targets, six inits, eight rates" {
  seed    2022
  repeats ${repeats}
}
import "xfer:bundled"

${INITS}recipe pretraining {
  optimizer adam(lr: 2e-3)
  batch     64 images
  for       4 epochs
  select    last
}
recipe finetune {
  optimizer adam(lr: 2e-3, l2: 1e-5)
  batch     32 images
  for       120 steps
  select    best(target.metric, on: val) every 30 steps
}
source clothes = pretrain(on: fashion, using: pretraining)

experiment main {
  vary model  in [resnet_s, vit_s]
  vary target in [digits_few, brain]
  vary init   in [RI, ST, WT, WT_ST(1), WT_ST(2), WT_ST(3)]
  vary rate   in [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2]
  source clothes
  train  finetune with { optimizer adam(lr: rate) }
  measure test  = score(target.metric)
  measure reuse = cka(initial, selected, estimator: unbiased)
  measure moved = l2(initial, selected)
}
table results from main { rows model, init, rate; columns target; cell test }
figure rates { line from main { x rate; y test; color init; band sd }; facet model, target }
`;

/** Which outputs of a node others read, by its key. */
function outputsOf(plan: Plan): ReadonlyMap<string, ReadonlySet<string>> {
  const outputs = new Map<string, Set<string>>();
  for (const { node, output } of plan.nodes.flatMap(({ inputs }) => inputs)) {
    outputs.set(node, (outputs.get(node) ?? new Set()).add(output));
  }
  return outputs;
}

/** A row a layer, or a pair of layers, as the probe has. */
function rowsOf(node: PlanNode): readonly ProbeRow[] {
  const value = Number.parseInt(node.key.slice(0, 8), 16) / 2 ** 32;
  switch (node.op) {
    case "probe.cka": {
      const { layers = [] } = node.params;
      return layers.flatMap((layer) => layers.map((layer2) => ({ inner: { layer, layer2 }, value })));
    }
    case "probe.l2":
      return ["first", "second", "third"].map((layer) => ({ inner: { layer }, value }));
    default:
      return [{ inner: {}, value }];
  }
}

/**
 * @param secondsOf what a node takes, one after the other
 * @param late told of every job by how many milliseconds it took longer than that: timers, and writing its blobs
 */
export function stubOps(
  plan: Plan,
  secondsOf: (node: PlanNode) => number,
  late: (ms: number) => void = () => undefined,
): RunOps {
  const outputs = outputsOf(plan);
  const result = async ({ node, context }: OpCall): Promise<OpResult> => {
    const refs = [...(outputs.get(node.key) ?? [])].map(async (name) => {
      return [name, await context.blobs.put(new TextEncoder().encode(`${node.key} ${name}`))] as const;
    });
    const value =
      node.op === "train"
        ? { steps: 120, history: { train: [30, 60, 90, 120].map((step) => ({ step, loss: 1 / step })) } }
        : probeValue(rowsOf(node), []);
    return { outputs: Object.fromEntries(await Promise.all(refs)), value, summary: "" };
  };
  return async (calls) => {
    const ms = calls.reduce((sum, { node }) => sum + 1000 * secondsOf(node), 0);
    const due = performance.now() + ms;
    if (ms > 0) await sleep(ms);
    const results = new Map(await Promise.all(calls.map(async (call) => [call.node.key, await result(call)] as const)));
    late(performance.now() - due);
    return results;
  };
}

export const stubEngine: Engine = {
  id: STUB_ENGINE,
  signature: { engine: STUB_ENGINE, engineVersion: "0", device: "cpu", precision: "f32", threads: 1 },
  open: () => Promise.reject(new Error("nothing is computed here")),
};
