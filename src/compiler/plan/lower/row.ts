/** A cell of an experiment and what is measured on it. */

import type { Cell, ProbeSpec } from "../../study.js";
import type { Vertex } from "../graph.js";
import { lowerCell } from "./cells.js";
import type { Context } from "./context.js";
import { lowerProbe } from "./probes.js";
import { choiceOf } from "./tune.js";

interface LoweredRow {
  readonly train: Vertex | undefined;
  /** Of its training, in order. */
  readonly stages: readonly Vertex[];
  /** Of a tuned cell: what says what was chosen. */
  readonly choice: Vertex | undefined;
  readonly probes: readonly { readonly probe: ProbeSpec; readonly vertex: Vertex }[];
  readonly requested: number;
}

/** A cell and probes on it; what they need is marked as needed by the cell. */
export function lowerRow(context: Context, cell: Cell, wanted: readonly ProbeSpec[]): LoweredRow | undefined {
  const trained = lowerCell(context, cell);
  if (!trained) return undefined;
  const train = trained.stages.at(-1);
  const probes: { probe: ProbeSpec; vertex: Vertex }[] = [];
  for (const probe of wanted) {
    const vertex = lowerProbe(context, probe, cell, trained);
    if (vertex) probes.push({ probe, vertex });
  }
  const roots = probes.map(({ vertex }) => vertex);
  if (train) roots.push(train);
  const choice = cell.tuned && choiceOf(context, cell.tuned.group);
  return { train, stages: trained.stages, choice, probes, requested: context.graph.require(roots, cell.id) };
}
