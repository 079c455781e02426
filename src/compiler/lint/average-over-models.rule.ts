import { diagnostic } from "../messages.js";
import type { Quantity } from "../outputs/types.js";
import type { LintRule } from "./rule.js";

/** Unit 3 of one model is not unit 3 of another: a mean over models at the same `n` mixes depths. */
export const averageOverModels: LintRule = {
  name: "average-over-models",
  why: "Units count differently in every architecture: unit 3 of one is a stem, of the next half the network. A mean over models at the same `n` mixes depths. The rule looks at means over `model` in derives and tables that keep the axis `n`.",
  references: [
    "Raghu, Unterthiner, Kornblith, Zhang, Dosovitskiy (2021). Do vision transformers see like convolutional neural networks? NeurIPS.",
    "Yosinski, Clune, Bengio, Lipson (2014). How transferable are features in deep neural networks? NeurIPS.",
  ],
  check({ context, experiments, outputs }) {
    const byUnits = new Set(
      experiments
        .filter((experiment) => experiment.axes.some((axis) => axis.role === "model") && countsUnits(experiment.axes))
        .map((experiment) => experiment.name),
    );
    for (const derive of outputs.derives) {
      if (derive.value.kind === "quantity" && averages(derive.value.quantity, byUnits) && countsUnits(derive.axes)) {
        context.sink.report(diagnostic("average-over-models", { name: derive.name }, derive.location));
      }
    }
    for (const table of outputs.tables) {
      if (averages(table.cell, byUnits) && countsUnits([...table.rows, ...table.columns])) {
        context.sink.report(diagnostic("average-over-models", { name: table.name }, table.location));
      }
    }
  },
};

function countsUnits(axes: readonly { readonly name: string; readonly role: string }[]): boolean {
  return axes.some((axis) => axis.role === "free" && axis.name === "n");
}

function averages(quantity: Quantity, tables: ReadonlySet<string>): boolean {
  switch (quantity.kind) {
    case "reduce":
      return (
        (quantity.by === "mean" && quantity.over.includes("model") && reads(quantity.of, tables)) ||
        averages(quantity.of, tables)
      );
    case "arithmetic":
    case "test":
      return averages(quantity.left, tables) || averages(quantity.right, tables);
    case "negate":
      return averages(quantity.operand, tables);
    case "function":
      return averages(quantity.of, tables);
    case "constant":
    case "column":
    case "axis":
    case "derive":
      return false;
    default:
      return quantity satisfies never;
  }
}

function reads(quantity: Quantity, tables: ReadonlySet<string>): boolean {
  switch (quantity.kind) {
    case "column":
      return tables.has(quantity.table);
    case "arithmetic":
    case "test":
      return reads(quantity.left, tables) || reads(quantity.right, tables);
    case "negate":
      return reads(quantity.operand, tables);
    case "reduce":
    case "function":
      return reads(quantity.of, tables);
    case "constant":
    case "axis":
    case "derive":
      return false;
    default:
      return quantity satisfies never;
  }
}
