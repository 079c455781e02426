/** `label_equivalent(curve.test[init: WT], curve.test[init: RI], along: share)`. */

import type { Call } from "../../../grammar/syntax.js";
import { isNumeric } from "./axes.js";
import { joinAxes } from "./join.js";
import type { Read } from "./paired-test.js";
import type { Names, Scope } from "./scope.js";
import { named, positional, strayArgument } from "./statistic-arguments.js";
import { expressionText } from "./text.js";
import type { Typed } from "./typed.js";

export const LABEL_EQUIVALENT = "label_equivalent";

export function readLabelEquivalent(names: Names, scope: Scope, call: Call, read: Read): Typed | undefined {
  const values = positional(call);
  if (values.length !== 2) {
    const parameters = { name: LABEL_EQUIVALENT, wants: "two learning curves", count: values.length };
    const example = "label_equivalent(curve.test[init: WT], curve.test[init: RI], along: share)";
    names.report(scope, values[2] ?? call, "statistic-sides", { ...parameters, example });
    return undefined;
  }
  const [left, right] = values.map((value) => read(names, scope, value));
  const stray = strayArgument(names, scope, call, ["along"]);
  const written = named(call, "along")?.value;
  if (written === undefined) {
    names.report(scope, call, "statistic-without", {
      name: LABEL_EQUIVALENT,
      what: "along which axis labels grow",
      argument: "along",
      note: "The second side is a curve along it, on which the first side's score is looked up.",
      hint: "write `along: share`",
    });
  }
  if (left === undefined || right === undefined || stray || written === undefined || written.kind === "missing") {
    return undefined;
  }
  const text = expressionText(written);
  const axis = right.axes.find((each) => each.name === (right.aliases.get(text) ?? text));
  const labels = axis?.points.map(({ label, value }) => ({ point: label, value: Number(value) })) ?? [];
  const why =
    axis === undefined
      ? "not an axis of the second side"
      : !isNumeric(axis) || labels.some(({ value }) => !(value > 0))
        ? "its points are no numbers above 0"
        : labels.length < 2
          ? "it has one point alone"
          : undefined;
  if (axis === undefined || why !== undefined) {
    names.report(scope, written, "along-no-labels", { axis: text, why: why ?? "" });
    return undefined;
  }
  const axes = joinAxes(names, scope, call, left, { ...right, axes: right.axes.filter((each) => each !== axis) });
  if (axes === undefined) {
    return undefined;
  }
  const { direction } = left.facts;
  return {
    quantity: {
      kind: "label_equivalent",
      left: left.quantity,
      right: right.quantity,
      along: axis.name,
      labels,
      direction: direction === "min" ? "min" : "max",
    },
    axes,
    aliases: new Map([...left.aliases, ...right.aliases]),
    perRepeat: false,
    folded: false,
    metric: "labels",
    estimator: "monotone, straight on log",
    facts: { direction: "none", least: 0 },
    layersOf: left.layersOf ?? right.layersOf,
  };
}
