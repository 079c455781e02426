/** States in a derive, as written, and the cells of their experiments that go together. */

import type { Argument, Expression } from "../../../grammar/syntax.js";
import { didYouMean } from "../messages.js";
import type { Axis, AxisPoint, Cell } from "../study.js";
import { unionAxes } from "./axes.js";
import { type Chain, chainOf } from "./references.js";
import { isStateColumn, type Names, type Scope } from "./scope.js";
import type { StateColumn, TableSignature } from "./signature.js";
import { readSlice, selectCells } from "./slices.js";
import { expressionText } from "./text.js";
import type { Slice } from "./types.js";

/** `main.selected[init: WT]`. */
export interface StateColumnRef {
  readonly table: TableSignature;
  readonly moment: StateColumn;
  readonly slice: Slice;
  /** Left after slicing. */
  readonly axes: readonly Axis[];
  /** `[repeat: other]`: of a later repeat than the states it is paired with. */
  readonly other: boolean;
  readonly at: Expression;
}

/** A state as written: a column itself, or what is made of some (`lerp(a, b, 0.5)`, `a with { … }`), or of sources alone. */
export interface WrittenState {
  readonly expression: Expression;
  readonly columns: readonly StateColumnRef[];
  readonly kind: "column" | "made";
}

/** Undefined where something is wrong; it has been reported. */
export function readState(names: Names, scope: Scope, expression: Expression): WrittenState | undefined {
  if (expression.kind === "missing") {
    return undefined;
  }
  const chain = chainOf(expression);
  if (chain !== undefined && !names.context.isSource(chain.root.text, scope.path)) {
    const column = readColumn(names, scope, chain, expression);
    return column && { kind: "column", expression, columns: [column] };
  }
  const columns = columnsIn(names, scope, expression);
  return columns && { kind: "made", expression, columns };
}

/** Every state of an experiment among the parts of an expression. */
function columnsIn(names: Names, scope: Scope, expression: Expression): readonly StateColumnRef[] | undefined {
  const found: StateColumnRef[] = [];
  for (const part of statesIn(expression)) {
    const chain = chainOf(part);
    if (chain === undefined || names.context.isSource(chain.root.text, scope.path)) {
      continue; // what it is, is for the evaluation to say
    }
    const column = readColumn(names, scope, chain, part);
    if (column === undefined) {
      return undefined;
    }
    found.push(column);
  }
  return found;
}

/** Where states may stand in it, innermost. */
function statesIn(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "member":
    case "index":
      return [expression];
    case "tuple":
      return expression.items.flatMap((item) => statesIn(item.value));
    case "call":
      return expression.args.flatMap((argument) => statesIn(argument.value));
    case "with": {
      const { base, change } = expression;
      const rules = "statements" in change ? change.statements : [];
      return [...statesIn(base), ...rules.flatMap((rule) => (rule.kind === "rule" ? statesIn(rule.source) : []))];
    }
    default:
      return [];
  }
}

function readColumn(names: Names, scope: Scope, chain: Chain, expression: Expression): StateColumnRef | undefined {
  const [member, ...more] = chain.members;
  if (member === undefined || more.length > 0) {
    names.report(scope, expression, "not-a-state", { what: expressionText(expression) });
    return undefined;
  }
  const name = chain.root.text;
  if (!names.has(name)) {
    names.reportUnknownTable(scope, chain.root, name);
    return undefined;
  }
  const table = names.table(name);
  if (table === undefined) {
    return undefined;
  }
  if (!isStateColumn(table, member.text)) {
    const hint = table.states.length === 0 ? `\`${name}\` holds numbers only` : didYouMean(member.text, table.states);
    names.report(scope, member, "unknown-state", { name: `${name}.${member.text}`, hint });
    return undefined;
  }
  const others = chain.slices.filter(isOther);
  const chosen = chain.slices.filter((argument) => !isOther(argument));
  const slice = readSlice(names, scope, { ...table, columns: [] }, chosen, {});
  if (slice === undefined) {
    return undefined;
  }
  const axes = table.axes.flatMap((axis) => {
    const entry = slice[axis.name];
    return entry === undefined ? [axis] : entry.keep ? [{ ...axis, points: entry.points }] : [];
  });
  return { table, moment: member.text, slice, axes, other: others.length > 0, at: expression };
}

function isOther({ name, value }: Argument): boolean {
  return name?.text === "repeat" && value.kind === "name" && value.text === "other";
}

// ── cells that go together ───────────────────────────────────────────────────────────────────────────────────────

export interface Match {
  readonly point: { readonly [axis: string]: AxisPoint };
  readonly repeat: number;
  /** Of a pair of repeats, the later one. */
  readonly other?: number;
  /** One a state column, in their order. */
  readonly cells: readonly Cell[];
}

/** With the fold, which is no axis: a replicate goes with its like. */
export function pointOf(cell: Cell, axes: readonly Axis[]): { readonly [axis: string]: AxisPoint } {
  return Object.fromEntries(
    [...axes.map((axis) => axis.name), "fold"].flatMap((name) => {
      const point = cell.point[name];
      return point === undefined ? [] : [[name, point]];
    }),
  );
}

/** Cells that agree in repeat and in every axis both sides have; of other repeats those that come later, each pair once. */
export function matchStates(columns: readonly StateColumnRef[]): readonly Match[] {
  const order = [...columns.keys()].sort((a, b) => Number(columns[a]?.other) - Number(columns[b]?.other));
  const [start, ...rest] = order.flatMap((index) => columns[index] ?? []);
  if (start === undefined || start.other) {
    return [];
  }
  let axes = start.axes;
  let matches: readonly Match[] = selectCells(start.table.cells, start.slice).map((cell) => ({
    point: pointOf(cell, start.axes),
    repeat: cell.repeat,
    cells: [cell],
  }));
  for (const column of rest) {
    matches = join(matches, axes, column);
    axes = unionAxes(axes, column.axes);
  }
  // back in the order they were written
  return matches.map((match) => ({
    ...match,
    cells: columns.flatMap((_, index) => match.cells[order.indexOf(index)] ?? []),
  }));
}

function keyOf(point: { readonly [axis: string]: AxisPoint }, axes: readonly string[]): string {
  return JSON.stringify(axes.map((axis) => point[axis]?.label ?? null));
}

function join(matches: readonly Match[], before: readonly Axis[], column: StateColumnRef): readonly Match[] {
  const cells = selectCells(column.table.cells, column.slice);
  const named = column.axes.map((axis) => axis.name).filter((name) => before.some((axis) => axis.name === name));
  const folded = matches.some(({ point }) => point.fold !== undefined) && cells.some(({ fold }) => fold !== undefined);
  const shared = folded ? [...named, "fold"] : named;
  const index = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = keyOf(cell.point, shared);
    const bucket = index.get(key);
    if (bucket === undefined) {
      index.set(key, [cell]);
    } else {
      bucket.push(cell);
    }
  }
  // a column of one repeat goes with every repeat of the others
  const fixed = column.slice.repeat !== undefined && !column.slice.repeat.keep;
  const goes = ({ repeat }: Cell, match: Match): boolean => {
    if (column.other) {
      return match.other === undefined ? repeat > match.repeat : repeat === match.other;
    }
    return fixed || repeat === match.repeat;
  };
  return matches.flatMap((match) =>
    (index.get(keyOf(match.point, shared)) ?? [])
      .filter((cell) => goes(cell, match))
      .map((cell) => ({
        point: { ...match.point, ...pointOf(cell, column.axes) },
        repeat: match.repeat,
        ...(column.other ? { other: cell.repeat } : match.other === undefined ? {} : { other: match.other }),
        cells: [...match.cells, cell],
      })),
  );
}
