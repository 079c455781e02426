/** States: `initial`, `selected`, `last` of the cell itself, and `X.selected[axis: point]` of another experiment. */

import type { Expression, Index, Member } from "../../../grammar/syntax.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import { sourceAsState } from "../check/init.js";
import { hasTensors } from "../check/predictions.js";
import type { Location } from "../diagnostics.js";
import { diagnostic, didYouMean } from "../messages.js";
import type { StateMoment, StateSpec } from "../study.js";
import type { Context } from "./context.js";
import { type Environment, locate, sourceText } from "./environment.js";
import { evaluate } from "./evaluator.js";
import { unknownMember } from "./members.js";
import { pointLabel } from "./points.js";
import { expected, report, suggestion } from "./report.js";
import type { ExperimentState, Request, StateValue, Value } from "./values.js";

const MOMENTS = ["initial", "selected", "last"] as const;

export function momentOf(text: string): StateMoment | undefined {
  const kind = MOMENTS.find((each) => each === text);
  return kind && { kind };
}

/** Only a measure has a cell; elsewhere `make` reports that there is none. */
export function ownState(text: string): StateValue | undefined {
  const moment = momentOf(text);
  return (
    moment && {
      kind: "state",
      text,
      own: true,
      moment,
      make: ({ cell }): StateSpec | undefined => cell && { kind: "cell", cell, moment },
    }
  );
}

export function experimentMember(
  context: Context,
  symbol: DeclaredSymbol,
  expression: Member,
  environment: Environment,
): Value {
  const moment = momentOf(expression.name.text);
  if (moment !== undefined) {
    return experimentState(context, { symbol, moment, at: new Map() }, expression, environment);
  }
  const measures = (symbol.declaration.body?.statements ?? []).flatMap((each) =>
    each.kind === "measure" ? [each.name.text] : [],
  );
  return measures.includes(expression.name.text)
    ? { kind: "other", what: "a measure" }
    : unknownMember(context, `the experiment \`${symbol.name}\``, [...MOMENTS, ...measures], expression, environment);
}

function experimentState(
  context: Context,
  slice: ExperimentState,
  expression: Member | Index,
  environment: Environment,
): StateValue {
  const location = locate(environment, expression.span);
  return {
    kind: "state",
    text: sourceText(environment, expression.span),
    own: false,
    slice,
    ...(slice.repeat === "other" ? { pairs: true } : {}),
    make: (request) => find(context, slice, request, location),
  };
}

export function sliceState(context: Context, state: StateValue, expression: Index, environment: Environment): Value {
  if (state.slice === undefined) {
    const other = state.moment && ownOther(context, state.moment, expression, environment);
    if (other !== undefined) {
      return other;
    }
    return report(context, environment, expression.span, "not-sliceable", { state: state.text });
  }
  const at = new Map(state.slice.at);
  let repeat = state.slice.repeat;
  for (const argument of expression.args) {
    const { name } = argument;
    if (name === undefined) {
      return report(context, environment, argument.span, "state-slice-without-axis", {});
    }
    if (name.text === "repeat") {
      repeat = repeatOf(argument.value);
      if (repeat === undefined) {
        const got = sourceText(environment, argument.value.span);
        return report(context, environment, argument.value.span, "repeat-slice", { state: state.text, got });
      }
      continue;
    }
    at.set(name.text, pointLabel(context, argument.value, environment));
  }
  const slice = { ...state.slice, at, ...(repeat === undefined ? {} : { repeat }) };
  return experimentState(context, slice, expression, environment);
}

function repeatOf(value: Expression): ExperimentState["repeat"] {
  if (value.kind === "name") {
    return value.text === "other" ? "other" : undefined;
  }
  return value.kind === "number" && value.unit === undefined && Number.isInteger(value.value) && value.value >= 1
    ? value.value
    : undefined;
}

/** `selected[repeat: other]`: what the cell of another repeat has come to. */
function ownOther(
  context: Context,
  moment: StateMoment,
  expression: Index,
  environment: Environment,
): Value | undefined {
  const [only, ...others] = expression.args;
  if (only?.name?.text !== "repeat" || others.length > 0) {
    return undefined;
  }
  const text = sourceText(environment, expression.span);
  if (repeatOf(only.value) !== "other") {
    const got = sourceText(environment, only.value.span);
    return report(context, environment, only.value.span, "repeat-slice", { state: moment.kind, got });
  }
  return {
    kind: "state",
    text,
    own: true,
    pairs: true,
    make: ({ other }) => other && { kind: "cell", cell: other, moment },
  };
}

/** A state made of others: the cell's own, or of pairs of repeats, where one of these is. */
export function combinedState(
  text: string,
  states: readonly Pick<StateValue, "own" | "pairs">[],
  make: StateValue["make"],
): StateValue {
  const own = states.some((state) => state.own);
  return states.some((state) => state.pairs)
    ? { kind: "state", text, own, pairs: true, make }
    : { kind: "state", text, own, make };
}

/** A state, or a source as one; undefined where it is neither, which is reported. */
export function stateOf(context: Context, expression: Expression, environment: Environment): StateValue | undefined {
  const value = evaluate(context, expression, environment);
  if (value.kind === "state") {
    return value;
  }
  if (value.kind === "source") {
    return sourceAsState(value);
  }
  expected(context, environment, expression, value, "a state", ["initial", "selected", "last"]);
  return undefined;
}

/** The cell of the other experiment this one goes with: sliced axes as written, the others by name, the same repeat. */
function find(
  context: Context,
  { symbol, moment, at, repeat: which }: ExperimentState,
  request: Request,
  location: Location,
): StateSpec | undefined {
  const expanded = context.experiment(symbol);
  if (expanded === undefined) {
    return undefined;
  }
  const { experiment } = expanded;
  const axes = experiment.axes.map((axis) => axis.name);
  for (const name of at.keys()) {
    if (!axes.includes(name) && !(name === "fold" && experiment.folds !== undefined)) {
      context.sink.report(
        diagnostic("no-such-axis", { experiment: symbol.name, axis: name }, location, { hint: didYouMean(name, axes) }),
      );
      return undefined;
    }
  }
  if (experiment.cells.length === 0) {
    return undefined; // what is wrong there is said there
  }
  for (const axis of experiment.axes) {
    const label = at.get(axis.name);
    const points = axis.points.map((point) => point.label);
    if (label !== undefined && !points.includes(label)) {
      context.sink.report(
        diagnostic("no-such-point", { experiment: symbol.name, axis: axis.name, point: label }, location, {
          hint: didYouMean(label, points),
        }),
      );
      return undefined;
    }
  }
  const labels: string[] = [];
  for (const axis of experiment.axes) {
    const label =
      at.get(axis.name) ?? request.point[axis.name]?.label ?? (axis.role === "model" ? request.model.name : undefined);
    const points = axis.points.map((point) => point.label);
    if (label === undefined) {
      const open = points.slice(0, 4).join(", ");
      context.sink.report(
        diagnostic(
          "state-axis-open",
          { experiment: symbol.name, axis: axis.name, points: open, first: points[0] ?? "…" },
          location,
        ),
      );
      return undefined;
    }
    if (!points.includes(label)) {
      context.sink.report(
        diagnostic("no-such-point", { experiment: symbol.name, axis: axis.name, point: label }, location, {
          hint: didYouMean(label, points),
        }),
      );
      return undefined;
    }
    labels.push(label);
  }
  if (experiment.folds !== undefined) {
    const fold = at.get("fold") ?? request.point.fold?.label;
    if (fold === undefined) {
      const parameters = { experiment: symbol.name, axis: "fold", points: "1, 2, …", first: "1" };
      context.sink.report(diagnostic("state-axis-open", parameters, location));
      return undefined;
    }
    labels.push(fold);
  }
  const repeats = expanded.repeatsAt(labels);
  const repeat = which === "other" ? request.other?.repeat : (which ?? request.repeat);
  if (repeat === undefined) {
    return undefined;
  }
  const cell = repeats[repeat - 1];
  if (cell === undefined) {
    context.sink.report(
      diagnostic(
        "no-such-cell",
        { experiment: symbol.name, point: labels.join(", "), repeat, repeats: repeats.length },
        location,
      ),
    );
    return undefined;
  }
  if (cell.train.length === 0) {
    context.sink.report(diagnostic("state-of-untrained", { experiment: symbol.name }, location));
    return undefined;
  }
  return { kind: "cell", cell, moment };
}

/** A state that must not be of the cell itself: in an init, as a source. */
export function foreignState(
  context: Context,
  value: StateValue,
  span: Index["span"],
  environment: Environment,
): StateValue | undefined {
  if (!hasTensors(context, value, "a source", span, environment)) {
    return undefined;
  }
  if (value.pairs) {
    report(context, environment, span, "pairs-too-early", { state: value.text });
    return undefined;
  }
  if (!value.own) {
    return value;
  }
  report(
    context,
    environment,
    span,
    "own-state-too-early",
    { state: value.text },
    suggestion(environment, span, value.text, []),
  );
  return undefined;
}
