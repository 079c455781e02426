/** What the column of a measure looks like over all cells: its metric, estimator, and the axes it adds. */

import type { MeasureStatement, Span } from "../../../grammar/syntax.js";
import type { Catalog } from "../../catalog/index.js";
import type { ProbeEntry } from "../../catalog/types.js";
import { columnMetric, layersRead, type ProbeCall } from "../check/probe.js";
import { type Environment, locate } from "../evaluate/environment.js";
import type { StateValue, Value } from "../evaluate/values.js";
import { expressionText } from "../outputs/text.js";
import type { Axis, AxisPoint, AxisRole, MeasureSignature, ScoringSpec } from "../study.js";

/** Points of the axes a measure loops over. */
export type Loops = readonly { readonly name: string; readonly point: AxisPoint; readonly value: Value }[];

/** What a measure's column looks like over all cells. */
export class MeasureColumn {
  #call: ProbeCall | undefined;
  #pairs = false;
  readonly #metrics = new Set<string>();
  readonly #loops = new Map<string, { readonly role: AxisRole; readonly points: Map<string, AxisPoint> }>();
  readonly #layers = new Set<string>();

  constructor(
    readonly measure: MeasureStatement,
    readonly environment: Environment,
    readonly catalog: Catalog,
  ) {}

  see(call: ProbeCall, states: readonly StateValue[], loops: Loops, layers: readonly string[]): void {
    this.#call ??= call;
    this.#pairs ||= states.some((state) => state.pairs);
    this.#metrics.add(columnMetric(call.entry, call.metric));
    for (const { name, point, value } of loops) {
      this.#point(name, value.kind === "layer" ? "layer" : "free", point);
    }
    if (call.listed) {
      for (const { label } of call.splits) {
        this.#point("split", "split", { label, value: label });
      }
    }
    const given = states.flatMap(({ layer }) => layer ?? []);
    const own = given.length > 0 && given.length === states.length ? [] : layersRead(call.entry, layers);
    for (const layer of call.entry.inner.length > 0 ? [...own, ...given] : []) {
      this.#layers.add(layer);
    }
  }

  #point(name: string, role: AxisRole, point: AxisPoint): void {
    const axis = this.#loops.get(name) ?? { role, points: new Map<string, AxisPoint>() };
    this.#loops.set(name, axis);
    axis.points.set(point.label, point);
  }

  signature(): MeasureSignature[] {
    const call = this.#call;
    const location = locate(this.environment, this.measure.name.span);
    if (call === undefined) {
      return [brokenSignature(this.catalog, this.measure, location)];
    }
    const [only, ...others] = this.#metrics;
    return [
      {
        name: this.measure.name.text,
        probe: call.entry.id,
        metric: only !== undefined && others.length === 0 ? only : "target.metric",
        estimator: call.estimator,
        ...(call.entry.rescores ? { rescored: true } : {}),
        ...(this.#pairs ? { pairs: true } : {}),
        inner: [
          ...[...this.#loops].map(
            ([name, { role, points }]): Axis => ({ name, role, points: [...points.values()], location }),
          ),
          ...groupAxes(call.scoring, location),
          ...probeAxes(call, [...this.#layers], location),
        ],
        location,
      },
    ];
  }
}

/** A measure no cell could make: its name and axes are known all the same, so that outputs are not blamed for it. */
function brokenSignature(
  catalog: Catalog,
  measure: MeasureStatement,
  location: { path: string; span: Span },
): MeasureSignature {
  const { value } = measure;
  const name = value.kind === "call" && value.callee.kind === "name" ? value.callee.text : "";
  const splits =
    value.kind === "call" && value.args.some((each) => each.name?.text === "on" && each.value.kind === "list");
  const axis = (of: string, role: AxisRole): Axis => ({ name: of, role, points: [], location });
  const loops = measure.loops.map((each) =>
    axis(each.kind === "axis" ? each.path.segments.map((segment) => segment.text).join(".") : each.name.text, "free"),
  );
  const found = catalog.entry("probe", name);
  const inner = found?.inner ?? [];
  const grouped =
    found?.reads.kind === "predictions" && value.kind === "call" && value.args.some((each) => each.name?.text === "by");
  return {
    name: measure.name.text,
    probe: name,
    metric: "target.metric",
    estimator: "",
    inner: [
      ...loops,
      ...(splits ? [axis("split", "split")] : []),
      ...(grouped ? [axis("attribute", "free"), axis("group", "free")] : []),
      ...inner.map((each) => axis(each, roleOf(each))),
    ],
    location,
  };
}

/** What a probe's own axes run over; how many heads a layer has is seen when there are rows. */
function roleOf(inner: ProbeEntry["inner"][number]): AxisRole {
  return inner === "head" || inner === "number" ? "free" : "layer";
}

/** Whether the axis `layer` runs over layers, or over units, whose names rows tell. */
export function partsOf({ entry: probe, choice }: Pick<ProbeCall, "entry" | "choice">): "layers" | "units" {
  return probe.partsBy !== undefined && choice.params[probe.partsBy] === "units" ? "units" : "layers";
}

/** Subgroups: the columns are known, their groups are read off the cases. */
function groupAxes(scoring: ScoringSpec | undefined, location: { path: string; span: Span }): readonly Axis[] {
  if (scoring === undefined || scoring.by.length === 0) {
    return [];
  }
  const points = scoring.by.map(({ column }) => ({ label: column, value: column }));
  return [
    { name: "attribute", role: "free", points, location },
    { name: "group", role: "free", points: [], location },
  ];
}

function numbersOf({ numbers = [] }: ProbeEntry): readonly AxisPoint[] {
  return numbers.map((name) => ({ label: name, value: name }));
}

/** The axes a probe adds to its cell's. */
export function probeAxes(
  { entry: probe, states }: Pick<ProbeCall, "entry" | "states">,
  layers: readonly string[],
  location: { path: string; span: Span },
): readonly Axis[] {
  const points = layers.map((layer) => ({ label: layer, value: layer }));
  return probe.inner.map((name) => {
    const state = states[probe.states.findIndex((each) => each.name === probe.innerOf?.[name])];
    const role = roleOf(name);
    return {
      name,
      role,
      points: role === "layer" ? points : name === "number" ? numbersOf(probe) : [],
      ...(state === undefined ? {} : { of: expressionText(state) }),
      location,
    };
  });
}
