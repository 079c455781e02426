import { diagnostic } from "../messages.js";
import { operands } from "../outputs/operands.js";
import type { Quantity } from "../outputs/types.js";
import type { LintRule } from "./index.js";

/** Unit 3 of one model is not unit 3 of another: a mean over models at the same `n` mixes depths. */
export const averageOverModels: LintRule = {
  name: "average-over-models",
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
      if (
        table.cells.some(({ quantity }) => averages(quantity, byUnits)) &&
        countsUnits([...table.rows, ...table.columns])
      ) {
        context.sink.report(diagnostic("average-over-models", { name: table.name }, table.location));
      }
    }
  },
};

function countsUnits(axes: readonly { readonly name: string; readonly role: string }[]): boolean {
  return axes.some((axis) => axis.role === "free" && axis.name === "n");
}

function averages(quantity: Quantity, tables: ReadonlySet<string>): boolean {
  const here = quantity.kind === "reduce" && quantity.by === "mean" && quantity.over.includes("model");
  return (here && reads(quantity.of, tables)) || operands(quantity).some((each) => averages(each, tables));
}

function reads(quantity: Quantity, tables: ReadonlySet<string>): boolean {
  return quantity.kind === "column"
    ? tables.has(quantity.table)
    : operands(quantity).some((each) => reads(each, tables));
}
