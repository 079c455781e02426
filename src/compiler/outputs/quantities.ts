/** Expressions that give numbers: references, arithmetic, reductions and functions. */

import type { Binary, Call, Expression } from "../../../grammar/syntax.js";
import { didYouMean } from "../messages.js";
import type { Axis } from "../study.js";
import { enumerated } from "./axes.js";
import { BOOTSTRAP, readBootstrap } from "./bootstrap.js";
import { caseTestCall } from "./case-test.js";
import { CORRELATION, readCorrelation } from "./correlation.js";
import { joinAxes, overAxes } from "./join.js";
import { LABEL_EQUIVALENT, readLabelEquivalent } from "./label-equivalent.js";
import { PAIRED_TEST, type Read, readPairedTest } from "./paired-test.js";
import { chainOf, constant, readReference } from "./references.js";
import { REGRESS, readRegression } from "./regression.js";
import type { Names, Scope } from "./scope.js";
import { expressionText } from "./text.js";
import {
  canBeNegative,
  combinedFacts,
  combinedMetric,
  functionFacts,
  negatedFacts,
  reducedFacts,
  type Typed,
} from "./typed.js";
import {
  ARITHMETIC,
  type ArithmeticOperator,
  FUNCTIONS,
  type FunctionName,
  REDUCTIONS,
  type Reduction,
} from "./types.js";

/** Undefined where something is wrong; it has been reported. */
export function readQuantity(names: Names, scope: Scope, expression: Expression): Typed | undefined {
  switch (expression.kind) {
    case "missing":
      return undefined;
    case "number":
      return constant(expression.unit?.text === "%" ? expression.value / 100 : expression.value);
    case "tuple": {
      const [item, ...more] = expression.items;
      return item !== undefined && more.length === 0
        ? readQuantity(names, scope, item.value)
        : notNumber(names, scope, expression);
    }
    case "unary": {
      if (expression.operator === "not") {
        return notNumber(names, scope, expression);
      }
      const operand = readQuantity(names, scope, expression.operand);
      return operand && negated(operand);
    }
    case "binary":
      return readBinary(names, scope, expression);
    case "call":
      return readCall(names, scope, expression);
    case "name":
    case "member":
    case "index": {
      const chain = chainOf(expression);
      return chain === undefined ? notNumber(names, scope, expression) : readReference(names, scope, chain, expression);
    }
    default:
      return notNumber(names, scope, expression);
  }
}

function notNumber(names: Names, scope: Scope, expression: Expression): undefined {
  names.report(scope, expression, "not-a-number", { what: expressionText(expression) });
  return undefined;
}

function negated(operand: Typed): Typed {
  const { quantity } = operand;
  if (quantity.kind === "constant") {
    return constant(-quantity.value);
  }
  return { ...operand, quantity: { kind: "negate", operand: quantity }, facts: negatedFacts(operand.facts) };
}

// ── arithmetic ───────────────────────────────────────────────────────────────────────────────────────────────────

function isArithmetic(operator: string): operator is ArithmeticOperator {
  return ARITHMETIC.some((each) => each === operator);
}

function readBinary(names: Names, scope: Scope, expression: Binary): Typed | undefined {
  const { operator } = expression;
  if (!isArithmetic(operator)) {
    return notNumber(names, scope, expression);
  }
  const left = readQuantity(names, scope, expression.left);
  const right = readQuantity(names, scope, expression.right);
  if (left === undefined || right === undefined) {
    return undefined;
  }
  const axes = joinAxes(names, scope, expression, left, right);
  if (axes === undefined) {
    return undefined;
  }
  if (operator === "/" && canBeNegative(right.facts) && right.metric !== undefined) {
    names.report(scope, expression.right, "ratio-of-signed-metric", {
      what: expressionText(expression.right),
      metric: right.metric,
    });
  }
  if (operator === "/" && right.quantity.kind === "constant" && right.quantity.value === 0) {
    names.report(scope, expression.right, "divides-by-zero", {});
    return undefined;
  }
  if (left.perRepeat && right.perRepeat && left.pairs !== right.pairs) {
    const [pairs, single] = left.pairs ? [expression.left, expression.right] : [expression.right, expression.left];
    const said = { pairs: `\`${expressionText(pairs)}\``, single: `\`${expressionText(single)}\`` };
    names.report(scope, expression, "pairs-mixed", said);
    return undefined;
  }
  const both = left.estimator !== undefined && right.estimator !== undefined;
  return {
    quantity: { kind: "arithmetic", operator, left: left.quantity, right: right.quantity },
    axes,
    aliases: new Map([...left.aliases, ...right.aliases]),
    perRepeat: left.perRepeat || right.perRepeat,
    folded: left.folded || right.folded,
    ...((left.perRepeat && left.pairs) || (right.perRepeat && right.pairs) ? { pairs: true } : {}),
    metric: combinedMetric(operator, left, right),
    estimator: both && left.estimator !== right.estimator ? "" : (left.estimator ?? right.estimator),
    ...(left.rescored && right.rescored ? { rescored: true } : {}),
    facts: combinedFacts(operator, left.facts, right.facts),
    layersOf: axes.some((axis) => axis.role === "model") ? undefined : (left.layersOf ?? right.layersOf),
  };
}

// ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────

function isReduction(name: string): name is Reduction {
  return REDUCTIONS.some((each) => each === name);
}
function isFunction(name: string): name is FunctionName {
  return FUNCTIONS.some((each) => each === name);
}

/** Statistics of whole columns. */
const STATISTICS: {
  readonly [name: string]: (names: Names, scope: Scope, call: Call, read: Read) => Typed | undefined;
} = {
  [PAIRED_TEST]: readPairedTest,
  [CORRELATION]: readCorrelation,
  [REGRESS]: readRegression,
  [LABEL_EQUIVALENT]: readLabelEquivalent,
  [BOOTSTRAP]: readBootstrap,
};

/** Beside reductions and functions. */
export const STATISTIC_NAMES = Object.keys(STATISTICS);

function readCall(names: Names, scope: Scope, call: Call): Typed | undefined {
  const name = call.callee.kind === "name" ? call.callee.text : undefined;
  if (name !== undefined && isReduction(name)) {
    return readReduction(names, scope, call, name);
  }
  if (name !== undefined && isFunction(name)) {
    const of = onlyArgument(names, scope, call, name);
    return (
      of && {
        ...of,
        quantity: { kind: "function", name, of: of.quantity },
        metric: of.metric === undefined ? undefined : `${name} ${of.metric}`,
        facts: functionFacts(name, of.facts),
      }
    );
  }
  if (name === undefined) {
    return notNumber(names, scope, call);
  }
  if (caseTestCall(call) !== undefined) {
    names.report(scope, call, "probe-inside", { probe: PAIRED_TEST });
    return undefined;
  }
  const statistic = Object.hasOwn(STATISTICS, name) ? STATISTICS[name] : undefined;
  if (statistic !== undefined) {
    return statistic(names, scope, call, readQuantity);
  }
  if (names.context.probes.includes(name)) {
    names.report(scope, call, "probe-inside", { probe: name });
  } else {
    const known = [...REDUCTIONS, ...FUNCTIONS, ...Object.keys(STATISTICS), ...names.context.probes];
    const extras = names.respelling(scope, call.callee, name, known);
    names.report(scope, call.callee, "unknown-function", { name, hint: didYouMean(name, known) }, extras);
  }
  return undefined;
}

/** The one positional argument; every other argument but `over` is reported. */
function onlyArgument(names: Names, scope: Scope, call: Call, name: string): Typed | undefined {
  const positional = call.args.filter((argument) => argument.name === undefined);
  const [first, second] = positional;
  const stray = second ?? call.args.find((argument) => argument.name !== undefined && argument.name.text !== "over");
  const overStray = isFunction(name) ? call.args.find((argument) => argument.name?.text === "over") : undefined;
  const wrong = stray ?? overStray;
  if (wrong !== undefined) {
    const said = wrong.name === undefined ? "a second number" : `\`${wrong.name.text}:\``;
    names.report(scope, wrong, "function-argument", { name, said });
    return undefined;
  }
  if (first === undefined) {
    names.report(scope, call, "function-argument", { name, said: "nothing" });
    return undefined;
  }
  return readQuantity(names, scope, first.value);
}

function readReduction(names: Names, scope: Scope, call: Call, by: Reduction): Typed | undefined {
  const of = onlyArgument(names, scope, call, by);
  const over = call.args.find((argument) => argument.name?.text === "over");
  if (of === undefined) {
    return undefined;
  }
  const facts = reducedFacts(by, of.facts);
  if (over === undefined) {
    if (!of.perRepeat) {
      names.report(scope, call, "nothing-to-reduce", { by });
      return undefined;
    }
    return pooled(of, by, facts);
  }
  const axes = overAxes(names, scope, of, over.value);
  if (axes === undefined) {
    return undefined;
  }
  const named = axes.filter((axis) => axis !== "repeat" && axis !== "fold");
  const left = of.axes.filter((axis) => !named.includes(axis.name));
  if (!mayReduce(names, scope, call, of, named, left)) {
    return undefined;
  }
  const within: Typed =
    named.length === 0
      ? of
      : { ...of, quantity: { kind: "reduce", by, of: of.quantity, over: named }, axes: left, facts };
  const replicates = axes.filter((axis) => axis === "repeat" || axis === "fold");
  const [only, ...others] = replicates;
  if (only === undefined) {
    return within;
  }
  if (!within.folded || others.length > 0) {
    return pooled(within, by, facts);
  }
  const quantity = { kind: "reduce", by, of: within.quantity, over: [only] } as const;
  return { ...within, quantity, folded: only === "repeat", facts };
}

/** One number made of all replicates. */
function pooled(of: Typed, by: Reduction, facts: Typed["facts"]): Typed {
  return {
    ...of,
    quantity: { kind: "reduce", by, of: of.quantity, over: [] },
    perRepeat: false,
    folded: false,
    facts,
  };
}

function mayReduce(
  names: Names,
  scope: Scope,
  call: Call,
  of: Typed,
  over: readonly string[],
  left: readonly Axis[],
): boolean {
  const model = of.axes.find((axis) => axis.role === "model" && over.includes(axis.name));
  if (model !== undefined && model.points.length > 1 && left.some((axis) => axis.role === "layer")) {
    names.report(scope, call, "layers-across-models", { models: enumerated(model.points.map((point) => point.label)) });
    return false;
  }
  const target = of.axes.find((axis) => axis.role === "target" && over.includes(axis.name));
  if (of.metric?.includes("/") === true && target !== undefined) {
    names.report(scope, call, "mean-across-metrics", { metrics: enumerated(of.metric.split("/")) });
  }
  return true;
}
