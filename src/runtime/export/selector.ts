/** `--states`: `selected`, `main[init: WT].last`, `main[init: WT]#2`: cells as `explain` takes them, and one of their states. */

import type { RecordedCell } from "../../compiler/plan/diff/recorded.js";
import { UsageError } from "../host/errors.js";

const MOMENTS = ["selected", "last", "initial"] as const;
export type Moment = (typeof MOMENTS)[number];

export interface ChosenState {
  readonly cell: RecordedCell;
  readonly moment: Moment;
}

/** In the order of the cells; each once. No selector is `selected` of all. @throws UsageError */
export function chooseStates(cells: readonly RecordedCell[], selectors: readonly string[]): readonly ChosenState[] {
  const chosen = new Map<string, ChosenState>();
  for (const selector of selectors.length === 0 ? ["selected"] : selectors) {
    const { name, moment } = parse(selector);
    const matching = cells.filter((cell) => name === "" || matches(cell, name));
    if (matching.length === 0) throw nothing(selector, cells);
    for (const cell of matching) chosen.set(`${cell.id} ${moment}`, { cell, moment });
  }
  const order = new Map(cells.map((cell, index) => [cell, index]));
  return [...chosen.values()].sort((a, b) => (order.get(a.cell) ?? 0) - (order.get(b.cell) ?? 0));
}

function parse(selector: string): { readonly name: string; readonly moment: Moment } {
  const text = selector.replaceAll(/\s/g, "");
  for (const moment of MOMENTS) {
    if (text === moment) return { name: "", moment };
    if (text.endsWith(`.${moment}`)) return { name: text.slice(0, -moment.length - 1), moment };
  }
  return { name: text, moment: "selected" };
}

/** `main`, `main[init:WT]` (the other axes open) and `main[…]#2` (one repeat). */
function matches({ id, experiment, repeat }: RecordedCell, name: string): boolean {
  const [, wanted, points, number] = /^([^[\]#]+)(?:\[([^[\]]*)\])?(?:#(\d+))?$/.exec(name) ?? [];
  if (wanted !== experiment || (number !== undefined && Number(number) !== repeat)) return false;
  const [, own = ""] = /\[(.*)\]/.exec(id.replaceAll(/\s/g, "")) ?? [];
  const axes = new Set(own.split(","));
  return points === undefined || points === "" || points.split(",").every((point) => axes.has(point));
}

function nothing(selector: string, cells: readonly RecordedCell[]): UsageError {
  const [first] = cells;
  const example =
    first === undefined
      ? "the run has no cells"
      : `write selected, last or initial, or for one cell '${first.id}.selected'`;
  return new UsageError(`--states ${selector} matches no cell of this run`, example);
}
