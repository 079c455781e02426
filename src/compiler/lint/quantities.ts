/** Walks what derives and tables compute. */

import type { Location } from "../diagnostics.js";
import { operands } from "../outputs/operands.js";
import type { CheckedOutputs } from "../outputs/signature.js";
import type { Quantity } from "../outputs/types.js";
import type { Axis, Experiment, ProbeSpec } from "../study.js";

export interface NamedQuantity {
  readonly name: string;
  /** Axes it has a number for every point of. */
  readonly axes: readonly Axis[];
  readonly quantity: Quantity;
  readonly location: Location;
}

/** Of derives, and of tables' cells. */
export function quantitiesIn({ derives, tables }: CheckedOutputs): readonly NamedQuantity[] {
  return [
    ...derives.flatMap(({ name, axes, value, location }) =>
      value.kind === "quantity" ? [{ name, axes, quantity: value.quantity, location }] : [],
    ),
    ...tables.flatMap(({ name, rows, columns, cells, location }) =>
      cells.map(({ quantity }) => ({ name, axes: [...rows, ...columns], quantity, location })),
    ),
  ];
}

/** Itself and all it is made of; an earlier derive is a whole of its own. */
export function partsOf(quantity: Quantity): readonly Quantity[] {
  return [quantity, ...operands(quantity).flatMap(partsOf)];
}

/** The first probe behind a column of an experiment. */
export function probeOf(experiments: readonly Experiment[], table: string, column: string): ProbeSpec | undefined {
  const [cell] = experiments.find(({ name }) => name === table)?.cells ?? [];
  return cell?.probes.find(({ measure }) => measure === column);
}
