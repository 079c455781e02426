/** Tests over cases: a node on the predictions that two sides' scores are read off. */

import { diagnostic } from "../../messages.js";
import type { DerivedComparison, ScoredCell } from "../../outputs/types.js";
import type { Cell, ProbeSpec } from "../../study.js";
import { estimateHost } from "../estimate.js";
import type { Output, Vertex } from "../graph.js";
import { lowerCell } from "./cells.js";
import { type Context, sharedParams } from "./context.js";
import type { LoweredDataset } from "./datasets.js";
import { lowerRow } from "./row.js";

interface LoweredComparison {
  /** The cell it counts for. */
  readonly cell: Cell;
  readonly vertex: Vertex;
  readonly requested: number;
}

/** Undefined, with a diagnostic, where a side cannot be had or the test is none of its task. */
export function lowerComparison(
  context: Context,
  { pairs }: DerivedComparison,
  method: string,
  name: string,
): LoweredComparison | undefined {
  const [pair] = pairs;
  const dataset = pair && lowerCell(context, pair.first.cell)?.dataset;
  if (!pair || !dataset || !suits(context, dataset, method, pair.first.probe)) return undefined;
  const inputs: (readonly [role: string, from: Output])[] = [];
  let requested = 0;
  for (const [i, { first, second }] of pairs.entries()) {
    const sides: (readonly [string, ScoredCell])[] = [
      [`first${i}`, first],
      [`second${i}`, second],
    ];
    for (const [role, { cell, probe }] of sides) {
      const lowered = lowerRow(context, cell, [probe]);
      const predictions = lowered?.probes[0]?.vertex && predictionsOf(lowered.probes[0].vertex);
      if (!lowered || !predictions) return undefined;
      requested += lowered.requested;
      inputs.push([role, predictions]);
    }
  }
  const { cell, probe } = pair.first;
  const vertex = context.graph.node({
    op: "test.cases",
    params: sharedParams(context, "test.cases", [method, dataset.task], () => ({
      method,
      task: dataset.task,
      versions: { [method]: context.catalog.entry("test", method)?.version ?? 1 },
    })),
    inputs,
    computedBy: "host",
    label: `${name} of ${cell.id}`,
    location: probe.location,
    estimate: () => estimateHost({ images: 0, bytes: 1024 }, context.rates),
  });
  requested += context.graph.require([vertex], cell.id);
  return { cell, vertex, requested };
}

/** What a score reads. */
function predictionsOf({ node, inputs }: Vertex): Output | undefined {
  const at = node.inputs.findIndex(({ role }) => role === "predictions");
  const vertex = inputs[at];
  const output = node.inputs[at]?.output;
  return vertex && output !== undefined ? { vertex, output } : undefined;
}

/** A ROC curve is of two classes; which cases are right is no question of several labels. */
function suits(context: Context, { task, spec, facts }: LoweredDataset, method: string, probe: ProbeSpec): boolean {
  const { tasks } = context.catalog.entry("test", method) ?? {};
  if (!facts || tasks === undefined || tasks.includes(task)) return true;
  const wants = tasks.includes("multiclass") ? "one class an image" : "two classes";
  context.report(diagnostic("test-of-other-task", { method, dataset: spec.name, wants, task }, probe.location));
  return false;
}
