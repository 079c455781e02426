/** Which runs are behind a number, point by point: a quantity followed back to the plan's nodes, before there are results. */

import { innerAxes } from "../outputs/axes.js";
import type { Quantity, Slice } from "../outputs/types.js";
import type { NodeKey, Plan, ResultBinding } from "../plan/types.js";
import type { CheckedStudy, Scalar } from "../study.js";

/** Values by axis; `repeat` and `fold` are axes like any other. */
export type Place = { readonly [axis: string]: string };

export interface TracedPoint {
  readonly at: Place;
  /** By node what a person calls it: `main.test[init: RI]`. */
  readonly runs: ReadonlyMap<NodeKey, string>;
  /** Two points of equal text are one number. */
  readonly whole: string;
}

/** Layers and what else only a run knows are not among the axes. */
export interface Traced {
  readonly axes: readonly string[];
  readonly points: readonly TracedPoint[];
}

const REPLICATES = ["repeat", "fold"];
/** Of more points nobody is told anything: this is a warning, and it is asked for at every check. */
const MOST_POINTS = 100_000;

export class Runs {
  readonly #study: CheckedStudy;
  readonly #bindings = new Map<string, ResultBinding[]>();
  readonly #derives = new Map<string, Traced | undefined>();

  constructor(study: CheckedStudy, { results }: Pick<Plan, "results">) {
    this.#study = study;
    for (const binding of results) {
      const key = columnKey(binding.experiment, binding.measure);
      const known = this.#bindings.get(key);
      if (known === undefined) this.#bindings.set(key, [binding]);
      else known.push(binding);
    }
  }

  /** `undefined` where that is not known: of what tests and fits give, and of very many points. */
  trace(quantity: Quantity): Traced | undefined {
    switch (quantity.kind) {
      case "constant":
        return { axes: [], points: [{ at: {}, runs: new Map(), whole: String(quantity.value) }] };
      case "axis":
        return this.#axis(quantity.axis, quantity.values);
      case "column":
        return this.#column(quantity.table, quantity.column, quantity.slice);
      case "derive": {
        const traced = this.#derive(quantity.name);
        return traced && sliced(traced, quantity.slice);
      }
      case "arithmetic": {
        const [left, right] = [this.trace(quantity.left), this.trace(quantity.right)];
        return left && right && joined(left, right, quantity.operator);
      }
      case "negate":
        return renamed(this.trace(quantity.operand), "-");
      case "function":
        return renamed(this.trace(quantity.of), quantity.name);
      case "reduce": {
        const of = this.trace(quantity.of);
        return of && over(of, quantity.over.length === 0 ? REPLICATES : quantity.over, quantity.by);
      }
      case "bootstrap":
        return this.trace(quantity.of);
      case "test":
      case "correlation":
      case "regression":
      case "label_equivalent":
        return undefined;
      default:
        return quantity satisfies never;
    }
  }

  #derive(name: string): Traced | undefined {
    if (this.#derives.has(name)) return this.#derives.get(name);
    const value = this.#study.derives.find((each) => each.name === name)?.value;
    const traced = value?.kind === "quantity" ? this.trace(value.quantity) : this.#column(`derive:${name}`, name, {});
    this.#derives.set(name, traced);
    return traced;
  }

  #axis(axis: string, values: Extract<Quantity, { kind: "axis" }>["values"]): Traced {
    const declared = this.#study.experiments.flatMap(({ axes }) => axes).filter(({ name }) => name === axis);
    const named = new Map(declared.flatMap(({ points }) => points.map(({ label, value }) => [label, String(value)])));
    const points = values.map(({ point, value }): TracedPoint => {
      return { at: { [axis]: named.get(point) ?? point }, runs: new Map(), whole: `${axis} ${point} ${value}` };
    });
    return { axes: [axis], points };
  }

  #column(table: string, column: string, slice: Slice): Traced | undefined {
    const bindings = this.#bindings.get(columnKey(table, column)) ?? [];
    const measure = this.#study.experiments
      .find(({ name }) => name === table)
      ?.measures.find(({ name }) => name === column);
    const names = new Map(innerAxes(measure?.inner ?? []).map(({ axis, alias }) => [alias, axis.name]));
    const name = table.startsWith("derive:") ? column : `${table}.${column}`;
    const points = bindings.map(({ point, repeat, node }): TracedPoint => {
      const axes = Object.entries(point).map(([axis, value]) => [names.get(axis) ?? axis, String(value)]);
      const at: Place = Object.fromEntries(repeat === null ? axes : [...axes, ["repeat", String(repeat)]]);
      return { at, runs: new Map([[node, `${name}${sliceText(slice)}`]]), whole: node };
    });
    if (points.length > MOST_POINTS) return undefined;
    return sliced({ axes: [...new Set(points.flatMap(({ at }) => Object.keys(at)))], points }, slice);
  }
}

function columnKey(table: string, column: string): string {
  return `${table}\u0000${column}`;
}

function sliceText(slice: Slice): string {
  const said = Object.entries(slice).flatMap(([axis, { points, keep }]) =>
    keep ? [] : points.map(({ label }) => `${axis}: ${label}`),
  );
  return said.length === 0 ? "" : `[${said.join(", ")}]`;
}

function sliced({ axes, points }: Traced, slice: Slice): Traced {
  const entries = Object.entries(slice).filter(([axis]) => axes.includes(axis));
  const wanted = entries.map(([axis, { points: kept }]) => {
    const values: readonly Scalar[] = kept.flatMap(({ label, value }) => [label, value]);
    return [axis, new Set(values.map(String))] as const;
  });
  const gone = new Set(entries.flatMap(([axis, { keep }]) => (keep ? [] : [axis])));
  return {
    axes: axes.filter((axis) => !gone.has(axis)),
    points: points
      .filter(({ at }) => wanted.every(([axis, values]) => values.has(at[axis] ?? "")))
      .map((point) => ({ ...point, at: without(point.at, gone) })),
  };
}

function without(at: Place, gone: ReadonlySet<string>): Place {
  return Object.fromEntries(Object.entries(at).filter(([axis]) => !gone.has(axis)));
}

function renamed(traced: Traced | undefined, name: string): Traced | undefined {
  return (
    traced && { ...traced, points: traced.points.map((point) => ({ ...point, whole: `${name}(${point.whole})` })) }
  );
}

export function placeKey(at: Place, axes: readonly string[]): string {
  return JSON.stringify(axes.map((axis) => at[axis] ?? null));
}

export function grouped<T>(all: readonly T[], key: (each: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const name = key(each);
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [each]);
    else members.push(each);
  }
  return groups;
}

/** By the axes both have; the rest broadcasts. */
export function joined(left: Traced, right: Traced, name: string): Traced | undefined {
  const shared = left.axes.filter((axis) => right.axes.includes(axis));
  const index = grouped(right.points, ({ at }) => placeKey(at, shared));
  const points: TracedPoint[] = [];
  for (const point of left.points) {
    for (const other of index.get(placeKey(point.at, shared)) ?? []) {
      const runs = new Map([...point.runs, ...other.runs]);
      points.push({ at: { ...point.at, ...other.at }, runs, whole: `(${point.whole}${name}${other.whole})` });
    }
    if (points.length > MOST_POINTS) return undefined;
  }
  return { axes: [...new Set([...left.axes, ...right.axes])], points };
}

/** One point for all along some axes; what is one number among them counts once. */
export function over({ axes, points }: Traced, gone: readonly string[], name: string): Traced {
  const kept = axes.filter((axis) => !gone.includes(axis));
  const groups = grouped(points, ({ at }) => placeKey(at, kept));
  return {
    axes: kept,
    points: [...groups.values()].map((members) => ({
      at: without(members[0]?.at ?? {}, new Set(gone)),
      runs: new Map(members.flatMap(({ runs }) => [...runs])),
      whole: `${name}(${[...new Set(members.map(({ whole }) => whole))].join(",")})`,
    })),
  };
}
