/** From a finished run to what its report shows. */

import type { Diagnostic } from "../../compiler/diagnostics.js";
import { leavesTrainedState } from "../../compiler/plan/trainings.js";
import type { NodeKey, PlanNode, ResultBinding } from "../../compiler/plan/types.js";
import type { Cell, CheckedStudy } from "../../compiler/study.js";
import { collectRows, readResult } from "../results/collect.js";
import { outlineOf } from "../results/outline.js";
import type { NodeOutcome, ProbeRow, ResultRow } from "../results/types.js";
import {
  type CellDetail,
  type CellNumber,
  type CellStatus,
  type History,
  type ManifestSummary,
  type NodeDetail,
  REPORT_FORMAT,
  type ReportData,
  type WarningText,
} from "./data.js";
import { datasetNotes, weightsNotes } from "./data-notes.js";
import { readHistory } from "./history.js";
import { summarizeManifest } from "./manifests.js";
import { fileName, studyWithoutPaths, withoutPaths } from "./privacy.js";
import { probeWarnings } from "./probe-warnings.js";
import { StoppedStages } from "./stopped.js";
import { trialTables } from "./trials.js";
import type { ReportInput } from "./types.js";

/** Points of all curves together; what is computed of a curve is in the cache, whole. */
const POINTS_IN_ALL = 120_000;
const POINTS_OF_A_CURVE = { least: 12, most: 80 } as const;

function outcomeOf(input: ReportInput, node: NodeKey): NodeOutcome {
  const manifest = input.manifest(node);
  if (manifest !== undefined) {
    const result = readResult(manifest.value);
    return result === undefined
      ? { status: "failed", reason: "the node's result has no rows" }
      : { status: "ok", result };
  }
  const reason = input.failure(node);
  return reason === undefined ? { status: "pending" } : { status: "failed", reason: withoutPaths(reason) };
}

export function gatherReport(input: ReportInput): ReportData {
  const { study, plan, run } = input;
  const outline = outlineOf(study);
  const rows = collectRows(outline, plan, (node) => outcomeOf(input, node));
  const details = new CellDetails(input, rows);
  const trials = trialTables(input);
  const cells = study.experiments.flatMap((experiment) => experiment.cells);
  return {
    format: REPORT_FORMAT,
    study: studyHead(study),
    run: { ...run, command: withoutPaths(run.command) },
    outline,
    tables: study.tables,
    figures: study.figures,
    rows,
    cells: cells.map((cell) => details.of(cell)),
    manifests: details.manifests,
    histories: details.histories,
    nodes: plan.nodes.map((node) => nodeDetail(input, node)),
    datasets: datasetNotes(input),
    weights: weightsNotes(input),
    warnings: input.diagnostics.map((diagnostic) => warningText(study, diagnostic)),
    probeWarnings: probeWarnings({ plan, manifest: (node) => input.manifest(node) }),
    ...(trials.length === 0 ? {} : { trials }),
  };
}

function studyHead(study: CheckedStudy): ReportData["study"] {
  return {
    name: study.name,
    title: study.title ?? null,
    seed: study.seed,
    repeats: study.repeats,
    profile: study.profile ?? null,
    overrides: study.overrides,
    experiments: study.experiments.map(({ name, cells }) => ({ name, cells: cells.length })),
    files: study.files.map(({ path, text }) => ({ name: fileName(path), text: studyWithoutPaths(text) })),
  };
}

function nodeDetail(input: ReportInput, node: PlanNode): NodeDetail {
  return {
    key: node.key,
    op: node.op,
    version: node.version,
    label: withoutPaths(node.label),
    seconds: input.manifest(node.key)?.seconds ?? null,
    cells: node.cells.length,
  };
}

function warningText(study: CheckedStudy, diagnostic: Diagnostic): WarningText {
  const { path, span } = diagnostic.location;
  const text = study.files.find((file) => file.path === path)?.text;
  const line = text === undefined ? "" : `:${text.slice(0, span.start).split("\n").length}`;
  return {
    code: diagnostic.code,
    name: diagnostic.name,
    severity: diagnostic.severity,
    message: withoutPaths(diagnostic.message),
    place: `${fileName(path)}${line}`,
    hint: diagnostic.hint === undefined ? null : withoutPaths(diagnostic.hint),
  };
}

/** Cells with the manifests and histories they share. */
class CellDetails {
  readonly manifests: ManifestSummary[] = [];
  readonly histories: History[] = [];
  readonly #input: ReportInput;
  readonly #nodes: ReadonlyMap<NodeKey, PlanNode>;
  readonly #numbers = new Map<string, CellNumber[]>();
  readonly #status = new Map<string, { status: CellStatus; reason: string | null }>();
  readonly #manifestOf = new Map<NodeKey, number>();
  readonly #historyOf = new Map<NodeKey, number | null>();
  readonly #pointsOfACurve: number;
  readonly #stopped: StoppedStages;

  constructor(input: ReportInput, rows: readonly ResultRow[]) {
    this.#input = input;
    this.#nodes = new Map(input.plan.nodes.map((node) => [node.key, node]));
    const trainings = new Set(input.plan.training.values()).size;
    const { least, most } = POINTS_OF_A_CURVE;
    this.#pointsOfACurve = Math.max(least, Math.min(most, Math.floor(POINTS_IN_ALL / Math.max(1, trainings))));
    this.#stopped = new StoppedStages(input.plan, (node) => input.manifest(node));
    this.#readNumbers(rows);
    this.#readStatus();
  }

  /** By node: a number without inner axes is the node's only row. */
  #readNumbers(rows: readonly ResultRow[]): void {
    const single = new Map<string, number | null>();
    for (const row of rows) {
      single.set(row.node, Number.isFinite(row.value) ? row.value : null);
    }
    const seen = new Set<string>();
    const points = cellPoints(this.#input.study);
    for (const { cell, node, measure, metric, estimator, experiment, point } of this.#input.plan.results) {
      const value = single.get(node);
      const key = `${cell}\u0000${experiment}\u0000${measure}\u0000${node}`;
      if (experiment.startsWith("derive:") || value === undefined || seen.has(key)) {
        continue;
      }
      seen.add(key);
      const manifest = this.#input.manifest(node);
      const result = manifest && readResult(manifest.value);
      const found = result?.rows ?? [{ inner: {}, value: value ?? Number.NaN }];
      // a number a layer is a curve, and drawn as one
      const shown = found.length === 1 || found.every(({ inner }) => "group" in inner) ? found : [];
      const numbers = this.#numbers.get(cell) ?? [];
      this.#numbers.set(cell, numbers);
      const outer = points.get(cell);
      const notes = result?.warnings ?? [];
      shown.forEach((row, i) => {
        const name = `${measure}${loopText(point, outer, groupText(row.inner))}`;
        numbers.push({
          measure: name,
          metric,
          estimator,
          ...numberOf(row),
          ...(i === 0 && notes.length > 0 ? { notes } : {}),
        });
      });
    }
  }

  /** A cell failed when its training or one of its measures did. */
  #readStatus(): void {
    const note = (cell: string, node: NodeKey): void => {
      const before = this.#status.get(cell);
      if (before?.status === "failed") {
        return;
      }
      const failure = this.#input.failure(node);
      const finished = this.#input.manifest(node) !== undefined;
      if (failure !== undefined && !finished) {
        this.#status.set(cell, { status: "failed", reason: withoutPaths(failure) });
      } else if (!finished) {
        this.#status.set(cell, { status: "pending", reason: null });
      }
    };
    for (const [cell, node] of this.#input.plan.training) {
      note(cell, node);
    }
    for (const { cell, node, experiment } of this.#input.plan.results) {
      if (!experiment.startsWith("derive:")) {
        note(cell, node);
      }
    }
  }

  of(cell: Cell): CellDetail {
    const key = this.#input.plan.training.get(cell.id);
    const { status, reason } = this.#status.get(cell.id) ?? { status: "done" as const, reason: null };
    return {
      id: cell.id,
      experiment: cell.experiment,
      point: Object.entries(cell.point).map(([axis, { label }]) => ({ axis, label })),
      repeat: cell.repeat,
      seed: cell.seed,
      model: cell.model.standIn ? null : cell.model.name,
      target: cell.target.name,
      source: cell.source?.name ?? null,
      init: cell.init.name,
      recipes: cell.train.map((recipe) => recipe.name),
      status,
      reason,
      training: key === undefined ? null : { key, seconds: this.#input.manifest(key)?.seconds ?? null },
      ...this.#stopped.of(cell),
      manifest: key === undefined ? null : this.#manifest(key),
      history: key === undefined ? null : this.#history(key),
      numbers: this.#numbers.get(cell.id) ?? [],
    };
  }

  /** Of the init a training began with: up through earlier stages. */
  #manifest(train: NodeKey): number | null {
    let node = this.#nodes.get(train);
    while (node && leavesTrainedState(node.op)) {
      const before = node.inputs.find((input) => input.role === "init")?.node;
      node = before === undefined ? undefined : this.#nodes.get(before);
    }
    if (node?.op !== "init") {
      return null;
    }
    const known = this.#manifestOf.get(node.key);
    if (known !== undefined) {
      return known;
    }
    const inputs = node.inputs.map(({ node: key, output }) => ({
      label: withoutPaths(this.#nodes.get(key)?.label ?? key),
      output,
    }));
    const index = this.manifests.push(summarizeManifest(node.key, node.params.manifest, inputs)) - 1;
    this.#manifestOf.set(node.key, index);
    return index;
  }

  #history(train: NodeKey): number | null {
    const known = this.#historyOf.get(train);
    if (known !== undefined) {
      return known;
    }
    const manifest = this.#input.manifest(train);
    const history = manifest && readHistory(manifest.value, this.#pointsOfACurve);
    const index = history === undefined ? null : this.histories.push(history) - 1;
    this.#historyOf.set(train, index);
    return index;
  }
}

function cellPoints(study: CheckedStudy): ReadonlyMap<string, Cell["point"]> {
  return new Map(study.experiments.flatMap(({ cells }) => cells.map((cell) => [cell.id, cell.point] as const)));
}

/** `[l: blocks.0]`, `[split: siteB.all, sex: F]`: where on its own axes a measure's number stands. */
function loopText(point: ResultBinding["point"], own: Cell["point"] | undefined, group: readonly string[]): string {
  const loops = Object.entries(point).filter(([axis]) => own?.[axis] === undefined);
  const places = [...loops.map(([axis, value]) => `${axis}: ${value}`), ...group];
  return places.length === 0 ? "" : `[${places.join(", ")}]`;
}

function groupText({ attribute, group }: ProbeRow["inner"]): readonly string[] {
  return attribute === undefined ? [] : [`${attribute}: ${group}`];
}

function numberOf({ value, above, low, high }: ProbeRow): Pick<CellNumber, "value" | "above" | "interval"> {
  return {
    value: Number.isFinite(value) ? value : null,
    ...(above === undefined ? {} : { above }),
    ...(low === undefined || high === undefined ? {} : { interval: [low, high] }),
  };
}
