/** Probes across cells: `cka(main.selected[init: WT], main.selected[init: ST], estimator: unbiased)`. */

import type { Call, Expression } from "../../../grammar/syntax.js";
import { didYouMean } from "../messages.js";
import { seeded } from "../plan/views.js";
import type { Axis, AxisPoint, Cell, ProbeSpec, StateSpec } from "../study.js";
import { innerAxes, unionAxes } from "./axes.js";
import { chainOf } from "./references.js";
import { isStateColumn, locationOf, type Names, type Scope } from "./scope.js";
import type { ProbeHead, SetsProbe, StateColumn, TableSignature } from "./signature.js";
import { readSlice, selectCells } from "./slices.js";
import { expressionText } from "./text.js";
import type { DerivedProbe, Slice } from "./types.js";

interface StateColumnRef {
  readonly table: TableSignature;
  readonly moment: StateColumn;
  readonly slice: Slice;
  /** Left after slicing. */
  readonly axes: readonly Axis[];
  readonly at: Expression;
}

export interface CheckedProbe {
  readonly head: ProbeHead;
  readonly axes: readonly Axis[];
  readonly instances: readonly DerivedProbe[];
}

function readState(names: Names, scope: Scope, expression: Expression): StateColumnRef | undefined {
  if (expression.kind === "missing") {
    return undefined;
  }
  const chain = chainOf(expression);
  const [member, ...more] = chain?.members ?? [];
  if (chain === undefined || member === undefined || more.length > 0) {
    names.report(scope, expression, "not-a-state", { what: expressionText(expression) });
    return undefined;
  }
  const name = chain.root.text;
  if (names.context.isSource(name, scope.path)) {
    names.report(scope, expression, "not-in-this-version", {
      what: "a source's state in a derive",
      instead: "measure it in an experiment: `measure m = score(top1, of: initial)`.",
    });
    return undefined;
  }
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
  const slice = readSlice(names, scope, { ...table, columns: [] }, chain.slices, {});
  if (slice === undefined) {
    return undefined;
  }
  const axes = table.axes.flatMap((axis) => {
    const entry = slice[axis.name];
    return entry === undefined ? [axis] : entry.keep ? [{ ...axis, points: entry.points }] : [];
  });
  return { table, moment: member.text, slice, axes, at: expression };
}

interface Match {
  readonly point: { readonly [axis: string]: AxisPoint };
  readonly repeat: number;
  readonly cells: readonly Cell[];
}

/** With the fold, which is no axis: a replicate goes with its like. */
function pointOf(cell: Cell, axes: readonly Axis[]): { readonly [axis: string]: AxisPoint } {
  return Object.fromEntries(
    [...axes.map((axis) => axis.name), "fold"].flatMap((name) => {
      const point = cell.point[name];
      return point === undefined ? [] : [[name, point]];
    }),
  );
}

function keyOf(point: { readonly [axis: string]: AxisPoint }, repeat: number, axes: readonly string[]): string {
  return JSON.stringify([repeat, ...axes.map((axis) => point[axis]?.label ?? null)]);
}

/** Cells that agree in repeat and in every axis both sides have. */
function join(matches: readonly Match[], before: readonly Axis[], state: StateColumnRef): readonly Match[] {
  const cells = selectCells(state.table.cells, state.slice);
  const named = state.axes.map((axis) => axis.name).filter((name) => before.some((axis) => axis.name === name));
  const folded = matches.some(({ point }) => point.fold !== undefined) && cells.some(({ fold }) => fold !== undefined);
  const shared = folded ? [...named, "fold"] : named;
  const index = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = keyOf(cell.point, cell.repeat, shared);
    const bucket = index.get(key);
    if (bucket === undefined) {
      index.set(key, [cell]);
    } else {
      bucket.push(cell);
    }
  }
  return matches.flatMap((match) =>
    (index.get(keyOf(match.point, match.repeat, shared)) ?? []).map((cell) => ({
      point: { ...match.point, ...pointOf(cell, state.axes) },
      repeat: match.repeat,
      cells: [...match.cells, cell],
    })),
  );
}

function matchStates(states: readonly StateColumnRef[]): readonly Match[] {
  const [first, ...others] = states;
  if (first === undefined) {
    return [];
  }
  let axes = first.axes;
  let matches: readonly Match[] = selectCells(first.table.cells, first.slice).map((cell) => ({
    point: pointOf(cell, first.axes),
    repeat: cell.repeat,
    cells: [cell],
  }));
  for (const state of others) {
    matches = join(matches, axes, state);
    axes = unionAxes(axes, state.axes);
  }
  return matches;
}

/** A probe compares states of one model on one target's images; the first pair that does not is reported. */
function sameSubject(names: Names, scope: Scope, call: Call, matches: readonly Match[]): boolean {
  for (const { cells } of matches) {
    const [first, ...others] = cells;
    const unlike = others.find(
      (cell) => cell.model.name !== first?.model.name || cell.target.name !== first?.target.name,
    );
    if (first !== undefined && unlike !== undefined) {
      const models = first.model.name !== unlike.model.name;
      names.report(scope, call, "probe-across", {
        what: models ? "models" : "targets",
        first: models ? first.model.name : first.target.name,
        second: models ? unlike.model.name : unlike.target.name,
      });
      return false;
    }
  }
  return true;
}

export function readProbe(names: Names, scope: Scope, call: Call, name: string): CheckedProbe | undefined {
  const head = names.context.probe(call, scope.path);
  if (head === undefined) {
    return undefined;
  }
  if (head.sets !== undefined) {
    return ofSets(head, head.sets, name, locationOf(scope, call));
  }
  const states = head.states.map((expression) => readState(names, scope, expression));
  const known = states.flatMap((state) => (state === undefined ? [] : [state]));
  if (known.length !== states.length || known.length === 0) {
    return undefined;
  }
  const matches = matchStates(known);
  if (matches.length === 0) {
    if (known.every((state) => state.table.cells.length > 0)) {
      names.report(scope, call, "probe-without-cells", { name });
    }
    return undefined;
  }
  if (!sameSubject(names, scope, call, matches)) {
    return undefined;
  }
  const outer = unionAxes(...known.map((state) => state.axes));
  const instances = matches.flatMap((match) => instance(match, known, head, name, locationOf(scope, call)));
  return { head, axes: [...outer, ...innerAxes(head.inner).map((each) => each.axis)], instances };
}

/** A number for every target of the study, or one; the same in every repeat, whose cells it is told of. */
function ofSets(
  head: ProbeHead,
  { readsTarget, cells, of }: SetsProbe,
  name: string,
  location: ProbeSpec["location"],
): CheckedProbe | undefined {
  const seen = new Map<string, Cell>();
  for (const cell of cells) {
    const key = JSON.stringify([readsTarget ? targetLabel(cell) : "", cell.repeat, cell.fold ?? 0]);
    if (!seen.has(key)) {
      seen.set(key, cell);
    }
  }
  const labels = new Set([...seen.values()].map(targetLabel));
  const points = [...labels].map((label) => ({ label, value: label }));
  const axes: readonly Axis[] = readsTarget ? [{ name: "target", role: "target", points, location }] : [];
  const instances = [...seen.values()].flatMap((cell): DerivedProbe[] => {
    const subject = of(cell);
    if (subject === undefined) {
      return [];
    }
    const label = targetLabel(cell);
    const probe: ProbeSpec = {
      measure: name,
      probe: head.choice,
      loops: {},
      ...subject,
      on: head.on,
      estimator: head.estimator,
      location,
    };
    const point = { ...(readsTarget ? { target: { label, value: label } } : {}), ...pointOf(cell, []) };
    return [{ point, repeat: cell.repeat, cell, probe }];
  });
  return instances.length === 0 ? undefined : { head, axes, instances };
}

/** As the axis of its experiment calls it. */
function targetLabel({ point, target }: Cell): string {
  return point.target?.label ?? target.name;
}

function instance(
  match: Match,
  states: readonly StateColumnRef[],
  head: ProbeHead,
  name: string,
  location: ProbeSpec["location"],
): readonly DerivedProbe[] {
  const [cell] = match.cells;
  if (cell === undefined) {
    return [];
  }
  const specs: StateSpec[] = match.cells.flatMap((each, index) => {
    const state = states[index];
    return state === undefined ? [] : [{ kind: "cell", cell: each, moment: { kind: state.moment } }];
  });
  // a split of the target is the cell's own: in its fold, with its labels
  const other = head.dataset && seeded(head.dataset, cell.seed);
  const foreign = other !== undefined && other !== (cell.target.base ?? cell.target);
  const probe: ProbeSpec = {
    measure: name,
    probe: head.choice,
    loops: {},
    states: specs,
    on: head.on,
    ...(foreign ? { dataset: other } : {}),
    ...(head.metric === undefined ? {} : { metric: head.metric }),
    estimator: head.estimator,
    location,
  };
  return [{ point: match.point, repeat: match.repeat, cell, probe }];
}
