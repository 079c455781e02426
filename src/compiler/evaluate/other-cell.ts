/** `X.selected[axis: point]`: which cell of the other experiment a cell goes with, or what is wrong with asking. */

import type { Location } from "../diagnostics.js";
import { diagnostic, didYouMean, type MessageName, type ParametersOf } from "../messages.js";
import type { Experiment, StateSpec } from "../study.js";
import type { Context } from "./context.js";
import type { ExperimentState, Request } from "./values.js";

type Axis = Experiment["axes"][number];

/** Whose state of which experiment is asked for, and where that is written. */
interface Question {
  readonly context: Context;
  readonly asked: ExperimentState;
  readonly experiment: Experiment;
  readonly request: Request;
  readonly location: Location;
}

/** Sliced axes as written, the others by name, the same repeat. */
export function otherCell(
  context: Context,
  asked: ExperimentState,
  request: Request,
  location: Location,
): StateSpec | undefined {
  const expanded = context.experiment(asked.symbol);
  if (expanded === undefined) {
    return undefined;
  }
  const question = { context, asked, experiment: expanded.experiment, request, location };
  const labels = slicesAreThere(question) ? labelsOf(question) : undefined;
  const repeat = asked.repeat === "other" ? request.other?.repeat : (asked.repeat ?? request.repeat);
  if (labels === undefined || repeat === undefined) {
    return undefined;
  }
  const repeats = expanded.repeatsAt(labels);
  const cell = repeats[repeat - 1];
  const experiment = asked.symbol.name;
  if (cell === undefined) {
    return wrong(question, "no-such-cell", { experiment, point: labels.join(", "), repeat, repeats: repeats.length });
  }
  if (cell.train.length === 0) {
    return wrong(question, "state-of-untrained", { experiment });
  }
  return { kind: "cell", cell, moment: asked.moment };
}

function slicesAreThere(question: Question): boolean {
  const { asked, experiment } = question;
  const axes = experiment.axes.map((axis) => axis.name);
  const stranger = [...asked.at.keys()].find(
    (name) => !axes.includes(name) && !(name === "fold" && experiment.folds !== undefined),
  );
  if (stranger !== undefined) {
    wrong(
      question,
      "no-such-axis",
      { experiment: asked.symbol.name, axis: stranger },
      { hint: didYouMean(stranger, axes) },
    );
    return false;
  }
  // an experiment without cells has been told what is wrong with it
  return (
    experiment.cells.length > 0 &&
    experiment.axes.every((axis) => {
      const label = asked.at.get(axis.name);
      return label === undefined || isPoint(question, axis, label);
    })
  );
}

/** A point on every axis, and the fold. */
function labelsOf(question: Question): readonly string[] | undefined {
  const { asked, experiment, request } = question;
  const labels: string[] = [];
  for (const axis of experiment.axes) {
    const standard = axis.role === "model" ? request.model.name : undefined;
    const label = asked.at.get(axis.name) ?? request.point[axis.name]?.label ?? standard;
    if (label === undefined) {
      const points = axis.points.map((point) => point.label);
      return open(question, axis.name, points.slice(0, 4).join(", "), points[0] ?? "…");
    }
    if (!isPoint(question, axis, label)) {
      return undefined;
    }
    labels.push(label);
  }
  if (experiment.folds === undefined) {
    return labels;
  }
  const fold = asked.at.get("fold") ?? request.point.fold?.label;
  return fold === undefined ? open(question, "fold", "1, 2, …", "1") : [...labels, fold];
}

function isPoint(question: Question, axis: Axis, label: string): boolean {
  const points = axis.points.map((point) => point.label);
  if (points.includes(label)) {
    return true;
  }
  const parameters = { experiment: question.asked.symbol.name, axis: axis.name, point: label };
  wrong(question, "no-such-point", parameters, { hint: didYouMean(label, points) });
  return false;
}

function open(question: Question, axis: string, points: string, first: string): undefined {
  return wrong(question, "state-axis-open", { experiment: question.asked.symbol.name, axis, points, first });
}

function wrong<N extends MessageName>(
  { context, location }: Question,
  name: N,
  parameters: ParametersOf<N>,
  extras: { readonly hint?: string } = {},
): undefined {
  context.sink.report(diagnostic(name, parameters, location, extras));
  return undefined;
}
