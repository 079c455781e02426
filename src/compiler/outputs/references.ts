/** `main.test[init: WT]`, `test`, `n`, `model.units`: names that stand for numbers. */

import type { Argument, Expression, Identifier, Name } from "../../../grammar/syntax.js";
import { didYouMean } from "../messages.js";
import type { Axis } from "../study.js";
import { isNumeric } from "./axes.js";
import { isStateColumn, type Names, type Scope, type SlicedTable } from "./scope.js";
import type { TableSignature } from "./signature.js";
import { readSlice, selectCells } from "./slices.js";
import { isSlot, subjectOf } from "./subjects.js";
import { NO_FACTS, type Typed } from "./typed.js";
import type { AxisValue } from "./types.js";

/** A name with its members and slices, in whatever order they were written. */
export interface Chain {
  readonly root: Name;
  readonly members: readonly Identifier[];
  readonly slices: readonly Argument[];
}

export function chainOf(expression: Expression): Chain | undefined {
  switch (expression.kind) {
    case "name":
      return { root: expression, members: [], slices: [] };
    case "member": {
      const chain = chainOf(expression.object);
      return chain && { ...chain, members: [...chain.members, expression.name] };
    }
    case "index": {
      const chain = chainOf(expression.object);
      return chain && { ...chain, slices: [...chain.slices, ...expression.args] };
    }
    default:
      return undefined;
  }
}

/** An axis by its name, or by the name its loop was written with. */
export function axisNamed(scope: Scope, name: string): Axis | undefined {
  return scope.axes.find((axis) => axis.name === name) ?? aliasedAxis(scope, name);
}

function aliasedAxis(scope: Scope, name: string): Axis | undefined {
  const loop = scope.from
    .flatMap((table) => table.signature.columns)
    .flatMap((column) => column.inner)
    .find((axis) => axis.name === name);
  return loop && scope.axes.find((axis) => axis.role === loop.role && axis.name === loop.role);
}

/** The axis as a number for every point, or undefined where its points are no numbers. */
export function numericAxis(axis: Axis): Typed | undefined {
  if (!isNumeric(axis)) {
    return undefined;
  }
  const values = axis.points.map((point) => ({ point: point.label, value: Number(point.value) }));
  return axisQuantity(axis, values);
}

function axisQuantity(axis: Axis, values: readonly AxisValue[], property?: string): Typed {
  const known = values.flatMap(({ value }) => (value === null ? [] : [value]));
  return {
    quantity: { kind: "axis", axis: axis.name, values, ...(property === undefined ? {} : { property }) },
    axes: [axis],
    aliases: new Map(),
    perRepeat: false,
    folded: false,
    metric: undefined,
    estimator: undefined,
    facts:
      known.length === 0 ? NO_FACTS : { direction: "none", least: Math.min(...known), greatest: Math.max(...known) },
    layersOf: undefined,
  };
}

export function constant(value: number): Typed {
  return {
    quantity: { kind: "constant", value },
    axes: [],
    aliases: new Map(),
    perRepeat: false,
    folded: false,
    metric: undefined,
    estimator: undefined,
    facts: { direction: "none", least: value, greatest: value },
    layersOf: undefined,
  };
}

export function readReference(names: Names, scope: Scope, chain: Chain, at: Expression): Typed | undefined {
  const [member, ...more] = chain.members;
  const extra = more[0];
  if (extra !== undefined) {
    names.report(scope, extra, "unknown-column", { name: extra.text, hint: "a column has no columns of its own" });
    return undefined;
  }
  return member === undefined ? readBare(names, scope, chain, at) : readMember(names, scope, chain, member, at);
}

function readBare(names: Names, scope: Scope, chain: Chain, at: Expression): Typed | undefined {
  const name = chain.root.text;
  const owners = scope.columns.filter((table) => table.signature.columns.some((column) => column.name === name));
  const distinct = new Map(owners.map((table) => [table.signature.name, table]));
  const [owner] = distinct.values();
  if (owner !== undefined && distinct.size > 1) {
    const first = [...distinct.keys()][0] ?? "";
    names.report(scope, chain.root, "ambiguous-column", { name, tables: [...distinct.keys()].join(", "), first });
    return undefined;
  }
  if (owner !== undefined) {
    return columnOf(names, scope, owner, name, chain);
  }
  const axis = axisNamed(scope, name);
  if (axis !== undefined) {
    return readAxis(names, scope, axis, chain);
  }
  if (!names.has(name)) {
    const known = visibleNames(names, scope);
    const extras = names.respelling(scope, chain.root, name, known);
    names.report(scope, at, "unknown-column", { name, hint: didYouMean(name, known) }, extras);
    return undefined;
  }
  const table = names.table(name);
  if (table === undefined) {
    return undefined;
  }
  if (table.kind === "derive") {
    return columnOf(names, scope, { signature: table, slice: {} }, name, chain);
  }
  const columns = table.columns.map((column) => `\`${name}.${column.name}\``).join(", ");
  names.report(scope, at, "table-not-number", { name, columns });
  return undefined;
}

function visibleNames(names: Names, scope: Scope): readonly string[] {
  const columns = scope.columns.flatMap((table) => table.signature.columns.map((column) => column.name));
  return [...columns, ...scope.axes.map((axis) => axis.name), ...names.tableNames()];
}

function readAxis(names: Names, scope: Scope, axis: Axis, chain: Chain): Typed | undefined {
  const typed = numericAxis(axis);
  if (typed === undefined) {
    names.report(scope, chain.root, "axis-not-number", { axis: axis.name });
  }
  return typed;
}

function readMember(names: Names, scope: Scope, chain: Chain, member: Identifier, at: Expression): Typed | undefined {
  const root = chain.root.text;
  const axis = axisNamed(scope, root);
  if (axis !== undefined || (!names.has(root) && isSlot(root))) {
    return readProperty(names, scope, axis, chain.root, member);
  }
  const table = names.has(root) ? names.table(root) : undefined;
  if (table === undefined) {
    if (!names.has(root)) {
      names.reportUnknownTable(scope, chain.root, root);
    }
    return undefined;
  }
  if (isStateColumn(table, member.text) && !table.columns.some((column) => column.name === member.text)) {
    names.report(scope, at, "state-not-number", { state: `${root}.${member.text}` });
    return undefined;
  }
  return columnOf(names, scope, { signature: table, slice: {} }, member.text, chain, member);
}

function columnOf(
  names: Names,
  scope: Scope,
  table: SlicedTable,
  name: string,
  chain: Chain,
  member?: Identifier,
): Typed | undefined {
  const signature: TableSignature = table.signature;
  const column = signature.columns.find((each) => each.name === name);
  if (column === undefined) {
    const place = member ?? chain.root;
    const known = [...signature.columns.map((each) => each.name), ...signature.states];
    const parameters = { name: `${signature.name}.${name}`, hint: didYouMean(name, known) };
    names.report(scope, place, "unknown-column", parameters, names.respelling(scope, place, name, known));
    return undefined;
  }
  const own: TableSignature = { ...signature, columns: [column] };
  const slice = readSlice(names, scope, own, chain.slices, {});
  return slice && names.column({ signature: own, slice: { ...relevant(table, own), ...slice } }, column);
}

/** The part of a `from` slice that concerns this column: an inner axis of another column is none of its business. */
function relevant(table: SlicedTable, own: TableSignature): SlicedTable["slice"] {
  const inner = new Set(own.columns.flatMap((column) => column.inner.map((axis) => axis.name)));
  const outer = new Set([...own.axes.map((axis) => axis.name), "repeat", "fold"]);
  return Object.fromEntries(Object.entries(table.slice).filter(([axis]) => outer.has(axis) || inner.has(axis)));
}

// ── properties ───────────────────────────────────────────────────────────────────────────────────────────────────

/** `model.units` for every point of the model axis, or one number where the model is fixed. */
function readProperty(
  names: Names,
  scope: Scope,
  axis: Axis | undefined,
  root: Name,
  member: Identifier,
): Typed | undefined {
  const slot = axis === undefined ? root.text : axis.role;
  if (!isSlot(slot)) {
    names.report(scope, member, "axis-without-properties", { axis: root.text, property: member.text });
    return undefined;
  }
  const cells = scope.from.flatMap((table) => selectCells(table.signature.cells, table.slice));
  const values = new Map<string, AxisValue>();
  for (const cell of cells) {
    const point = axis === undefined ? "" : cell.point[axis.name]?.label;
    if (point === undefined || values.has(point)) {
      continue;
    }
    const subject = subjectOf(cell, slot);
    const property = subject && names.context.property(subject, member.text);
    if (property?.status === "none") {
      names.report(scope, member, "unknown-property", {
        of: root.text,
        name: member.text,
        hint: didYouMean(member.text, property.properties),
      });
      return undefined;
    }
    values.set(point, { point, value: property?.status === "known" ? property.value : null });
  }
  return axis === undefined
    ? constant(values.get("")?.value ?? Number.NaN)
    : axisQuantity(axis, [...values.values()], member.text);
}
