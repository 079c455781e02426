/** `xferc explain`. */

import { counted } from "../../compiler/counted.js";
import {
  explainCell,
  explainModel,
  explainNode,
  findInPlan,
  modelSpec,
  renderCell,
  renderModel,
  renderNode,
} from "../../compiler/plan/index.js";
import type { NodeKey } from "../../compiler/plan/types.js";
import type { Cell, ModelChoice } from "../../compiler/study.js";
import { traceModel } from "../../models/trace.js";
import { UsageError } from "../../runtime/host/index.js";
import { readResult } from "../../runtime/results/collect.js";
import { openStudy } from "../../runtime/run/open.js";
import { type PlannedStudy, planStudy } from "../../runtime/run/planned.js";
import { duration } from "../../runtime/ui/format.js";
import { whileBusy } from "../busy.js";
import { showDiagnostics } from "../diagnostics.js";
import { EXIT, type ExitCode, type Io, print } from "../io.js";
import type { ComputeFlags, ExecutorFlags, StudyFlags } from "../study-options.js";
import { computeWish, studyOptions } from "../study-options.js";

export interface ExplainFlags extends StudyFlags, ComputeFlags, ExecutorFlags {
  readonly format: "text" | "json";
}

interface Explanation {
  readonly text: string;
  readonly json: unknown;
}

export async function explainCommand(io: Io, file: string, what: string, flags: ExplainFlags): Promise<ExitCode> {
  const { open, planned } = await whileBusy(io, `planning ${file}`, async () => {
    const open = await openStudy(studyOptions(io, file, flags));
    return { open, planned: await planStudy(open, computeWish(io, flags, open)) };
  });
  if (!planned.ok) {
    showDiagnostics(io, planned.diagnostics, open.compilation);
    return EXIT.study;
  }
  const explained = explain(planned, what);
  print(io, flags.format === "json" ? JSON.stringify(explained.json, null, 2) : explained.text);
  return EXIT.success;
}

function explain(planned: PlannedStudy, what: string): Explanation {
  const { study, plan } = planned;
  const found = findInPlan(study, plan, what);
  switch (found.kind) {
    case "node":
      return ofNode(planned, found.key);
    case "cell": {
      const cell = explainCell(planned, found.cell);
      const timings = Object.fromEntries(cell.nodes.flatMap(({ key }) => timingOf(planned, key)));
      return { text: renderCell(cell, (key) => numberOf(planned, key)), json: { ...cell, timings } };
    }
    case "model":
      return ofModel(planned, found.model, found.cell);
    case "several":
      throw new UsageError(`${what} names several things`, `say which:\n  ${found.choices.join("\n  ")}`);
    case "nothing":
      throw new UsageError(
        `nothing in this study is called ${what}`,
        "name a cell, a model, or the start of a node's key; `xferc plan --format json` lists them",
      );
    default:
      return found satisfies never;
  }
}

function ofNode(planned: PlannedStudy, key: NodeKey): Explanation {
  const node = explainNode(planned, key);
  if (node === undefined) throw new UsageError(`there is no node ${key}`);
  const [timing] = timingOf(planned, key);
  const took =
    timing === undefined ? "" : `  computed in ${duration(timing[1].seconds)} on ${timing[1].at.slice(0, 10)}\n`;
  return { text: renderNode(node) + took, json: { ...node, timing: timing?.[1] ?? null } };
}

function timingOf(
  { demand }: PlannedStudy,
  key: NodeKey,
): [NodeKey, { seconds: number; peakBytes: number; at: string }][] {
  const manifest = demand.found.get(key);
  if (manifest === undefined) return [];
  return [[key, { seconds: manifest.seconds, peakBytes: manifest.peakBytes, at: manifest.createdAt }]];
}

/** What is in the cache of a number: itself with its interval, or how many there are. */
function numberOf({ demand }: PlannedStudy, key: NodeKey): string | undefined {
  const rows = readResult(demand.found.get(key)?.value ?? null)?.rows ?? [];
  const [only] = rows;
  if (only === undefined) return undefined;
  const named = rows.flatMap(({ inner, value }) =>
    inner.number === undefined ? [] : [`${inner.number} ${short(value)}`],
  );
  if (rows.length > 1) return named.length === rows.length ? named.join(", ") : counted(rows.length, "number");
  if (!Number.isFinite(only.value)) return only.reason ?? "no number";
  const { low, high } = only;
  const around = low === undefined || high === undefined ? "" : ` (${short(low)} to ${short(high)})`;
  return `${short(only.value)}${around}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function ofModel({ facts }: PlannedStudy, model: ModelChoice, cell: Cell): Explanation {
  const fact = facts.datasets.get(cell.target);
  // Without data or lock, the tensors of the head and the first layer are those of an ordinary photograph.
  const { classes, channels } =
    fact?.status === "known"
      ? { classes: fact.facts.classes.length, channels: fact.facts.channels }
      : { classes: 1000, channels: 3 };
  const spec = modelSpec(model, classes, channels);
  const explained = explainModel(model.name, spec, traceModel(spec));
  return { text: renderModel(explained), json: explained };
}
