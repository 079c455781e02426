/** `table t from main { rows model, init; columns target; cell test, moved; best per model, target; note cost }`. */

import type { Setting, Spanned } from "../../../grammar/syntax.js";
import type { Axis } from "../study.js";
import { allPlaced } from "./placement.js";
import { readQuantity } from "./quantities.js";
import { locationOf, type Names, type Scope, scopeAxes, tableRef } from "./scope.js";
import { needsFrom, onlyValue, readAxes, readFrom, readSettings, type Settings } from "./settings.js";
import type { OutputDeclaration } from "./signature.js";
import { expressionText } from "./text.js";
import type { Typed } from "./typed.js";
import type { CellSpec, TableSpec } from "./types.js";

const SETTINGS = { once: ["rows", "columns", "cell", "best", "note"], many: [] } as const;

interface Placement {
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
}

export function checkTable(names: Names, { declaration, path }: OutputDeclaration): TableSpec | undefined {
  const name = declaration.name.text;
  if (declaration.from.length === 0) {
    needsFrom(names, path, declaration, `table ${name} from main { … }`);
    return undefined;
  }
  const from = readFrom(names, path, declaration.from);
  if (from === undefined) {
    return undefined;
  }
  const scope: Scope = { path, from, columns: from, axes: scopeAxes(from) };
  const settings = readSettings(names, scope, "a table", declaration.body, SETTINGS);
  const placement = readPlacement(names, scope, settings);
  const cellSetting = settings.one("cell");
  if (cellSetting === undefined && settings.complete) {
    names.report(scope, declaration.name, "table-without-cell", { name });
  }
  if (cellSetting === undefined) {
    return undefined;
  }
  const cells = readCells(names, scope, cellSetting);
  if (cells === undefined || placement === undefined || !settings.complete) {
    return undefined;
  }
  const placed = placedAxes(placement);
  const addTo = placement.rows.length > 0 || placement.columns.length === 0 ? "rows" : "columns";
  const present = (addTo === "rows" ? placement.rows : placement.columns).map((axis) => axis.name);
  const seen = cells.every(({ typed, label, at }) =>
    allPlaced(names, scope, at, typed.axes, placed, {
      what: `cell ${label}`,
      inner: label,
      add: (axis) => `${addTo} ${[...present, axis].join(", ")}`,
      from,
    }),
  );
  const best = readBest(names, scope, settings.one("best"), cells, placed);
  const note = readNote(names, scope, settings.one("note"), placed);
  if (!seen || best === "broken" || note === "broken") {
    return undefined;
  }
  return {
    name,
    from: from.map(tableRef),
    ...placement,
    cells: cells.map(cellSpec),
    ...(best === undefined ? {} : { best }),
    ...(note === undefined ? {} : { note }),
    location: locationOf(scope, declaration.name),
  };
}

interface ReadCell {
  readonly label: string;
  readonly typed: Typed;
  readonly at: Spanned;
}

/** `cell test` or `cell gain, share`. */
function readCells(names: Names, scope: Scope, setting: Setting): readonly ReadCell[] | undefined {
  if (setting.args.length < 2) {
    const value = onlyValue(names, scope, setting);
    const typed = value && readQuantity(names, scope, value);
    return value && typed && [{ label: expressionText(value), typed, at: setting }];
  }
  const cells = setting.args.flatMap(({ name, value }): ReadCell[] => {
    if (name !== undefined) {
      names.report(scope, name, "one-value-wanted", {
        name: setting.name.text,
        wanted: "values without names",
        label: "leave the name out",
        hint: `\`${setting.name.text} ${setting.args.map((each) => expressionText(each.value)).join(", ")}\`.`,
      });
      return [];
    }
    const typed = readQuantity(names, scope, value);
    return typed === undefined ? [] : [{ label: expressionText(value), typed, at: value }];
  });
  return cells.length === setting.args.length ? cells : undefined;
}

function cellSpec({ label, typed }: ReadCell): CellSpec {
  const { quantity, metric, estimator, facts } = typed;
  return {
    label,
    quantity,
    ...(metric === undefined ? {} : { metric }),
    ...(estimator === undefined || estimator === "" ? {} : { estimator }),
    direction: facts.direction,
  };
}

function placedAxes({ rows, columns }: Placement): readonly string[] {
  return [...rows, ...columns].map((axis) => axis.name);
}

function readPlacement(names: Names, scope: Scope, settings: Settings): Placement | undefined {
  const read = (name: string): readonly Axis[] | undefined => {
    const setting = settings.one(name);
    return setting === undefined
      ? []
      : readAxes(
          names,
          scope,
          setting.args.map((argument) => argument.value),
        );
  };
  const rows = read("rows");
  const columns = read("columns");
  if (rows === undefined || columns === undefined) {
    return undefined;
  }
  const twice = columns.find((axis) => rows.includes(axis));
  if (twice !== undefined) {
    names.report(
      scope,
      settings.one("columns") ?? settings.one("rows") ?? { span: { start: 0, end: 0 } },
      "axis-placed-twice",
      {
        axis: twice.name,
      },
    );
    return undefined;
  }
  return { rows, columns };
}

/** `best per model, target`: within a group of equal model and target, by the metric's own direction. */
function readBest(
  names: Names,
  scope: Scope,
  setting: Setting | undefined,
  cells: readonly ReadCell[],
  placed: readonly string[],
): TableSpec["best"] | "broken" {
  if (setting === undefined) {
    return undefined;
  }
  const values = setting.clauses.flatMap((clause) => (clause.preposition === "per" ? clause.values : []));
  const stray = setting.args[0] ?? setting.clauses.find((clause) => clause.preposition !== "per");
  // along the only axis there is, all are one group
  if (stray !== undefined || (values.length === 0 && placed.length > 1)) {
    const others = placed.find((axis) => axis === "init") ?? placed.at(-1) ?? "init";
    const groups = placed.filter((axis) => axis !== others).join(", ") || "model";
    names.report(scope, stray ?? setting, "best-without-groups", { groups, others });
    return "broken";
  }
  const axes = readAxes(names, scope, values);
  if (axes === undefined) {
    return "broken";
  }
  const absent = axes.find((axis) => !placed.includes(axis.name));
  if (absent !== undefined) {
    names.report(scope, setting, "best-per-unseen-axis", { axis: absent.name });
    return "broken";
  }
  const [first] = cells;
  if (cells.every(({ typed }) => typed.facts.direction === "none")) {
    names.report(scope, setting, "best-without-direction", { metric: first?.typed.metric ?? "this number" });
    return "broken";
  }
  return { per: axes.map((axis) => axis.name) };
}

function readNote(
  names: Names,
  scope: Scope,
  setting: Setting | undefined,
  placed: readonly string[],
): TableSpec["note"] | "broken" {
  if (setting === undefined) {
    return undefined;
  }
  const value = onlyValue(names, scope, setting);
  const typed = value && readQuantity(names, scope, value);
  if (value === undefined || typed === undefined) {
    return "broken";
  }
  const label = expressionText(value);
  const seen = allPlaced(names, scope, setting, typed.axes, placed, {
    what: `note ${label}`,
    inner: label,
    add: (axis) => `rows …, ${axis}`,
    from: scope.from,
  });
  return seen ? { label, value: typed.quantity } : "broken";
}
