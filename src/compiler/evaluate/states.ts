/** States: `initial`, `selected`, `last` of the cell itself, and `X.selected[axis: point]` of another experiment. */

import type { Expression, Index, Member } from "../../../grammar/syntax.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import { sourceAsState } from "../check/init.js";
import { hasTensors } from "../check/predictions.js";
import type { StateMoment, StateSpec } from "../study.js";
import type { Context } from "./context.js";
import { type Environment, locate, sourceText } from "./environment.js";
import { evaluate } from "./evaluator.js";
import { unknownMember } from "./members.js";
import { otherCell } from "./other-cell.js";
import { pointLabel } from "./points.js";
import { expected, report, suggestion } from "./report.js";
import type { ExperimentState, StateValue, Value } from "./values.js";

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
    make: (request) => otherCell(context, slice, request, location),
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
