/** Probes across cells: `cka(main.selected[init: WT], main.selected[init: ST], estimator: unbiased)`. */

import type { Call } from "../../../grammar/syntax.js";
import { isGiven } from "../check/predictions.js";
import { namesIn } from "../evaluate/mentions.js";
import type { Request } from "../evaluate/values.js";
import { seeded } from "../plan/views.js";
import {
  type Axis,
  type AxisPoint,
  type Cell,
  type DatasetSpec,
  type InitSpec,
  OTHER_REPEAT,
  type ProbeSpec,
  type StateSpec,
  untrained,
} from "../study.js";
import { innerAxes, unionAxes } from "./axes.js";
import { locationOf, type Names, type Scope } from "./scope.js";
import type { ProbeHead, SetsProbe } from "./signature.js";
import {
  type Match,
  matchStates,
  pointOf,
  readState,
  type StateColumnRef,
  type WrittenState,
} from "./state-columns.js";
import type { DerivedProbe } from "./types.js";

export interface CheckedProbe {
  readonly head: ProbeHead;
  readonly axes: readonly Axis[];
  readonly instances: readonly DerivedProbe[];
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
  const columns = known.flatMap((state) => state.columns);
  if (columns.length === 0) {
    return ofSources(names, scope, call, head, known, name);
  }
  const matches = matchStates(columns);
  if (matches.length === 0) {
    whyNone(names, scope, call, columns, name);
    return undefined;
  }
  if (!sameSubject(names, scope, call, matches)) {
    return undefined;
  }
  const outer = unionAxes(...columns.map((column) => column.axes));
  const makers = makersOf(names, scope, known);
  const make = makers.filter((each) => each !== undefined);
  if (make.length < makers.length) {
    return undefined;
  }
  const instances = matches.flatMap((match) => instance(match, make, head, name, locationOf(scope, call)));
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

type Make = (match: Match) => StateSpec | undefined;

/** A column is the state of its cell; what is made of states is made as in a measure of the first cell. */
function makersOf(names: Names, scope: Scope, states: readonly WrittenState[]): readonly (Make | undefined)[] {
  let place = 0;
  const columns = states.flatMap((state) => state.columns);
  const later = columns.findIndex((column) => column.other);
  return states.map(({ kind, expression, columns: own }): Make | undefined => {
    const at = place;
    place += own.length;
    const [column] = own;
    if (kind === "column" && column !== undefined) {
      const moment = { kind: column.moment } as const;
      return ({ cells }) => {
        const cell = cells[at];
        return cell && { kind: "cell", cell, moment };
      };
    }
    const state = names.context.state(expression, scope.path);
    return (
      state &&
      (({ point, repeat, cells }) => {
        const [cell] = cells;
        const other = cells[later];
        const where = cell && { ...requestOf(cell), point: { ...cell.point, ...point }, repeat };
        return where && state(other === undefined ? where : { ...where, other });
      })
    );
  });
}

function requestOf(cell: Cell): Request {
  const { experiment, point, repeat, seed, model, target } = cell;
  return { experiment, point, repeat, seed, model, target, cell };
}

function instance(
  match: Match,
  states: readonly Make[],
  head: ProbeHead,
  name: string,
  location: ProbeSpec["location"],
): readonly DerivedProbe[] {
  const [cell] = match.cells;
  const specs = states.map((make) => make(match));
  if (cell === undefined || !specs.every((spec) => spec !== undefined)) {
    return [];
  }
  // a split of the target is the cell's own: in its fold, with its labels
  const other = head.dataset && seeded(head.dataset, cell.seed);
  const foreign = other !== undefined && other !== (cell.target.base ?? cell.target);
  const { other: later } = match;
  const probe: ProbeSpec = {
    measure: name,
    probe: head.choice,
    loops: later === undefined ? {} : { [OTHER_REPEAT]: { label: String(later), value: later } },
    states: specs,
    on: head.on,
    ...(foreign ? { dataset: other } : {}),
    ...(head.metric === undefined ? {} : { metric: head.metric }),
    estimator: head.estimator,
    location,
  };
  return [{ point: match.point, repeat: match.repeat, cell, probe }];
}

// ── states of sources alone ──────────────────────────────────────────────────────────────────────────────────────

/**
 * A number for every model of the study (one for all where only what others said is read), and every target where its
 * images are the target's. What is not trained has no cell of its own: it is seen from one of that model, on the data set
 * that is named, where one is.
 */
function ofSources(
  names: Names,
  scope: Scope,
  call: Call,
  head: ProbeHead,
  states: readonly WrittenState[],
  name: string,
): CheckedProbe | undefined {
  const location = locationOf(scope, call);
  const makers = makersOf(names, scope, states);
  const make = makers.filter((each) => each !== undefined);
  if (make.length < makers.length) {
    return undefined;
  }
  const readsTarget = head.dataset === undefined || namesIn(call).has("target");
  const outside = states.every(({ expression }) => isGiven(expression));
  const all = names.context.cells();
  const seen = new Map<string, Cell>();
  for (const cell of all) {
    const model = outside ? "" : modelLabel(cell);
    const key = JSON.stringify([model, readsTarget ? targetLabel(cell) : "", cell.repeat, cell.fold ?? 0]);
    const known = seen.get(key);
    // a stand-in has images of its own, and no tensors anyone asked of
    if (known === undefined ? outside || !cell.model.standIn : known.model.standIn && !cell.model.standIn) {
      seen.set(key, cell);
    }
  }
  const subjects = [...seen.values()];
  const axis = (own: "model" | "target", labelOf: (cell: Cell) => string): Axis => {
    const points = [...new Set(subjects.map(labelOf))].map((label) => ({ label, value: label }));
    return { name: own, role: own, points, location };
  };
  const axes = [...(outside ? [] : [axis("model", modelLabel)]), ...(readsTarget ? [axis("target", targetLabel)] : [])];
  const views = new Map<DatasetSpec, InitSpec>();
  const instances = subjects.flatMap((cell) => {
    const label = { model: modelLabel(cell), target: targetLabel(cell) };
    const point = {
      ...Object.fromEntries(axes.map(({ role }) => [role, pointNamed(label[role === "model" ? "model" : "target"])])),
      ...pointOf(cell, []),
    };
    const subject = readsTarget || head.dataset === undefined ? cell : on(cell, seeded(head.dataset, cell.seed), views);
    return instance({ point, repeat: cell.repeat, cells: [subject] }, make, head, name, location);
  });
  if (instances.length === 0) {
    // where an experiment has no cells, what is wrong is said there
    if (all.length > 0 || names.tableNames().length === 0) {
      names.report(scope, call, "probe-without-cells", { name });
    }
    return undefined;
  }
  return { head, axes: [...axes, ...innerAxes(head.inner).map((each) => each.axis)], instances };
}

function pointNamed(label: string): AxisPoint {
  return { label, value: label };
}

function modelLabel({ point, model }: Cell): string {
  return point.model?.label ?? model.name;
}

/** The cell's model on another data set, where nothing is trained. */
function on(cell: Cell, target: DatasetSpec, known: Map<DatasetSpec, InitSpec>): Cell {
  const init = known.get(target) ?? untrained(cell.location);
  known.set(target, init);
  return { ...cell, target, init, train: [], probes: [] };
}

/** No pair of repeats where there is one repeat: that is warned of. */
function whyNone(names: Names, scope: Scope, call: Call, columns: readonly StateColumnRef[], name: string): void {
  if (columns.some((column) => column.table.cells.length === 0)) {
    return;
  }
  const pairs = columns.some((column) => column.other);
  const single = columns.every((column) => column.table.cells.every(({ repeat }) => repeat === 1));
  if (pairs && columns.every((column) => column.other)) {
    names.report(scope, call, "only-other-repeats", {});
  } else if (pairs && single) {
    names.report(scope, call, "pairs-of-one-repeat", { name });
  } else {
    names.report(scope, call, "probe-without-cells", { name });
  }
}
