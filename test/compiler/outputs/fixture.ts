/** The quickstart's experiments by hand, and the check of its derives, tables and figures, or of another text's. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "../../../grammar/parse.js";
import type { Diagnostic } from "../../../src/compiler/diagnostics.js";
import { checkOutputs } from "../../../src/compiler/outputs/check.js";
import { experimentTable, type MetricFacts, type OutputsContext } from "../../../src/compiler/outputs/signature.js";
import type {
  Axis,
  AxisRole,
  Cell,
  CheckedStudy,
  DatasetSpec,
  Experiment,
  MeasureSignature,
} from "../../../src/compiler/study.js";
import {
  CKA,
  cell,
  dataset,
  knn,
  L2,
  pairwise,
  RESNET,
  RI,
  ST,
  score,
  somewhere,
  study,
  UNITS,
  VIT,
  WT,
  wtSt,
} from "../plan/fixture.js";

const STUDY_FILE = resolve(import.meta.dirname, "../../../studies/quickstart.xfer");

export const METRIC_FACTS: { readonly [metric: string]: MetricFacts } = {
  top1: { direction: "max", least: 0, greatest: 1 },
  macro_recall: { direction: "max", least: 0, greatest: 1 },
  quadratic_kappa: { direction: "max", least: -1, greatest: 1 },
  l2: { direction: "none", least: 0 },
};

const DIGITS_FEW: DatasetSpec = dataset("digits_few");
const BRAIN: DatasetSpec = dataset("brain", "macro_recall");
const named = (label: string) => ({ label, value: label });

export function axis(name: string, role: AxisRole, labels: readonly (string | number)[]): Axis {
  return { name, role, points: labels.map((value) => ({ label: String(value), value })), location: somewhere() };
}

function measure(
  name: string,
  probe: string,
  metric: string,
  estimator: string,
  inner: readonly string[],
): MeasureSignature {
  const of = { first: "initial", second: "selected" };
  const axes = inner.map((each) => axis(each, "layer", []));
  const [first, second] = axes;
  const compared =
    first && second
      ? [
          { ...first, of: of.first },
          { ...second, of: of.second },
        ]
      : axes;
  return { name, probe, metric, estimator, inner: compared, location: somewhere() };
}

const MODELS = [RESNET, VIT];

function mainCells(repeats: number): readonly Cell[] {
  return MODELS.flatMap((model) =>
    [DIGITS_FEW, BRAIN].flatMap((target) =>
      [RI, ST, WT].flatMap((init) =>
        Array.from({ length: repeats }, (_, index) =>
          cell({
            experiment: "main",
            point: { model: named(model.name), target: named(target.name), init: named(init.name) },
            model,
            target,
            init,
            repeat: index + 1,
            probes: (own) => [score(own), pairwise("reuse", CKA, own), pairwise("moved", L2, own)],
          }),
        ),
      ),
    ),
  );
}

function depthCells(repeats: number): readonly Cell[] {
  return MODELS.flatMap((model) =>
    Array.from({ length: (UNITS[model.name] ?? 0) + 1 }, (_, n) => n).flatMap((n) =>
      Array.from({ length: repeats }, (_, index) =>
        cell({
          experiment: "depth",
          point: { model: named(model.name), n: { label: String(n), value: n } },
          model,
          target: DIGITS_FEW,
          init: wtSt(n),
          repeat: index + 1,
          probes: (own) => [score(own), knn(own)],
        }),
      ),
    ),
  );
}

export function experiments(repeats: number): readonly Experiment[] {
  const models = axis(
    "model",
    "model",
    MODELS.map((model) => model.name),
  );
  return [
    {
      name: "main",
      axes: [models, axis("target", "target", ["digits_few", "brain"]), axis("init", "init", ["RI", "ST", "WT"])],
      measures: [
        measure("test", "score", "target.metric", "", []),
        measure("reuse", "cka", "cka", "unbiased", ["layer", "layer2"]),
        measure("moved", "l2", "l2", "corrected", ["layer"]),
      ],
      cells: mainCells(repeats),
      location: somewhere(),
    },
    {
      name: "depth",
      axes: [models, axis("n", "free", [0, 1, 2, 3, 4, 5])],
      measures: [measure("test", "score", "target.metric", "", []), measure("near", "knn", "top1", "k=20", ["layer"])],
      cells: depthCells(repeats),
      location: somewhere(),
    },
  ];
}

/** The rest of the compiler, as far as outputs need it. */
export function outputsContext(report: (diagnostic: Diagnostic) => void): OutputsContext {
  return {
    sink: { report },
    probes: ["cka", "knn", "l2", "score"],
    laterProbes: ["fid"],
    state: () => undefined,
    cells: () => [],
    isSource: (name) => name === "clothes",
    metric: (id) => METRIC_FACTS[id],
    probe: (call) => ({
      choice: CKA,
      states: call.args.filter((argument) => argument.name === undefined).map((argument) => argument.value),
      on: "test",
      estimator: "unbiased",
      column: "cka",
      inner: [axis("layer", "layer", []), axis("layer2", "layer", [])],
    }),
    property: (subject, name) => {
      if (subject.kind === "model" && name === "units") {
        return { status: "known", value: UNITS[subject.model.name] ?? 0 };
      }
      if (subject.kind === "target" && name === "size") {
        return { status: "known", value: subject.target.name === "brain" ? 1200 : 100 };
      }
      return { status: "none", properties: subject.kind === "model" ? ["units"] : ["size"] };
    },
  };
}

export interface Checked {
  readonly study: CheckedStudy;
  readonly diagnostics: readonly Diagnostic[];
}

/** The quickstart, or another text over its two experiments. */
export function checked(
  text = readFileSync(STUDY_FILE, "utf8"),
  repeats = 2,
  more: Partial<CheckedStudy> = {},
): Checked {
  const diagnostics: Diagnostic[] = [];
  const all = experiments(repeats);
  const context = outputsContext((diagnostic) => diagnostics.push(diagnostic));
  const declarations = parse(text).file.items.flatMap((item) =>
    item.kind === "declaration" ? [{ declaration: item, path: "quickstart.xfer" }] : [],
  );
  const tables = all.map((experiment) => experimentTable(experiment, context.metric));
  const outputs = checkOutputs(declarations, tables, context);
  const whole = study(all, {
    title: "Transfer from clothes: two targets, two architectures",
    repeats,
    ...outputs,
    files: [{ path: "studies/quickstart.xfer", text }],
    ...more,
  });
  return { study: whole, diagnostics };
}
