/** Measures to probes. What a measure means is worked out once for all cells that agree in what it reads. */

import type { MeasureStatement, Span, Axis as SyntaxAxis } from "../../../grammar/syntax.js";
import { type Catalog, entry } from "../../catalog/index.js";
import type { ProbeEntry } from "../../catalog/types.js";
import { RENAME } from "../check/experiment.js";
import { hasTensors } from "../check/predictions.js";
import { columnMetric, layersRead, type ProbeCall, probeCall } from "../check/probe.js";
import type { Context } from "../evaluate/context.js";
import { identity } from "../evaluate/declarations.js";
import { type Environment, local, locate, withLocal } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { namesIn } from "../evaluate/mentions.js";
import { report } from "../evaluate/report.js";
import { stateOf } from "../evaluate/states.js";
import { type Request, type StateValue, UNKNOWN, type Value } from "../evaluate/values.js";
import { expressionText } from "../outputs/text.js";
import { seeded } from "../plan/views.js";
import type {
  Axis,
  AxisPoint,
  AxisRole,
  Cell,
  DatasetSpec,
  MeasureSignature,
  ProbeSpec,
  ScoringSpec,
  StateSpec,
} from "../study.js";
import { OTHER_REPEAT } from "../study.js";
import { pointsOf } from "./points.js";

const MAX_PROBES = 10_000;

export interface ProbeTemplate {
  readonly states: readonly StateValue[];
  /** The same in every cell. */
  readonly fixed: Omit<ProbeSpec, "states">;
}
type Loops = readonly { readonly name: string; readonly point: AxisPoint; readonly value: Value }[];

export class MeasureExpander {
  readonly #memo = new Map<MeasureStatement, Map<string, readonly ProbeTemplate[]>>();
  readonly #columns = new Map<MeasureStatement, MeasureColumn>();
  readonly #whole = new Map<string, readonly ProbeTemplate[]>();
  readonly #reads: readonly string[];
  readonly seed: number;
  readonly repeats: number;

  constructor(
    readonly context: Context,
    readonly measures: readonly MeasureStatement[],
    readonly environment: Environment,
    { seed, repeats }: { readonly seed: number; readonly repeats: number },
  ) {
    this.seed = seed;
    this.repeats = repeats;
    this.#reads = [...new Set(measures.flatMap((measure) => readsOf(measure)))];
  }

  /** All probes of a cell, before there is the cell. */
  at(environment: Environment): readonly ProbeTemplate[] {
    const key = keyOf(this.#reads, environment);
    let templates = this.#whole.get(key);
    if (templates === undefined) {
      templates = this.measures.flatMap((measure) => this.#measureAt(measure, environment));
      this.#whole.set(key, templates);
    }
    return templates;
  }

  #measureAt(measure: MeasureStatement, environment: Environment): readonly ProbeTemplate[] {
    let memo = this.#memo.get(measure);
    if (memo === undefined) {
      memo = new Map();
      this.#memo.set(measure, memo);
    }
    const key = keyOf(readsOf(measure), environment);
    let templates = memo.get(key);
    if (templates === undefined) {
      templates = this.#expand(measure, environment);
      memo.set(key, templates);
    }
    return templates;
  }

  #expand(measure: MeasureStatement, environment: Environment): readonly ProbeTemplate[] {
    const templates: ProbeTemplate[] = [];
    const column = this.#column(measure);
    for (const [bound, loops] of this.#loops(measure, environment)) {
      const call = probeCall(this.context, measure.value, bound);
      if (call === undefined) {
        break;
      }
      const states = this.#states(call, bound);
      if (states === undefined) {
        break;
      }
      if (this.repeats < 2 && states.some((state) => state.pairs)) {
        report(this.context, environment, measure.name.span, "pairs-of-one-repeat", { name: measure.name.text });
      }
      column.see(call, states, loops, partsOf(call) === "layers" ? this.#layers(bound) : []);
      const points = Object.fromEntries(loops.map(({ name, point }) => [name, point]));
      for (const { split, dataset, label } of call.splits) {
        const loop = call.listed ? { ...points, split: { label, value: label } } : points;
        const fixed = {
          measure: measure.name.text,
          probe: call.choice,
          loops: loop,
          on: split,
          ...(dataset === undefined ? {} : { dataset: seeded(dataset, this.seed) }),
          ...(call.metric === undefined ? {} : { metric: call.metric }),
          ...(Object.keys(call.datasets).length === 0 ? {} : { datasets: mapped(call.datasets, this.#seeded) }),
          ...(call.model === undefined ? {} : { model: call.model }),
          ...(call.scoring === undefined ? {} : { scoring: seededScoring(call.scoring, this.seed) }),
          estimator: call.estimator,
          location: locate(this.environment, measure.name.span),
        };
        templates.push({ states, fixed });
      }
      if (templates.length > MAX_PROBES) {
        report(this.context, environment, measure.name.span, "range-too-long", {
          count: templates.length,
          limit: MAX_PROBES,
        });
        break;
      }
    }
    return templates;
  }

  readonly #seeded = (dataset: DatasetSpec): DatasetSpec => seeded(dataset, this.seed);

  #column(measure: MeasureStatement): MeasureColumn {
    let column = this.#columns.get(measure);
    if (column === undefined) {
      column = new MeasureColumn(measure, this.environment, this.context.catalog);
      this.#columns.set(measure, column);
    }
    return column;
  }

  #layers(environment: Environment): readonly string[] {
    const model = local(environment, "model");
    const shape = model?.kind === "model" ? this.context.models.shape(model.model) : undefined;
    return shape === undefined || "problem" in shape ? [] : shape.layers;
  }

  /** Every point of the measure's own axes, the environment with them bound. */
  #loops(measure: MeasureStatement, environment: Environment): readonly (readonly [Environment, Loops])[] {
    let open: (readonly [Environment, Loops])[] = [[environment, []]];
    for (const axis of measure.loops) {
      const name = this.#loopName(axis, environment);
      if (name === undefined || axis.kind !== "axis") {
        return [];
      }
      open = open.flatMap(([bound, loops]) => {
        const value = evaluate(this.context, axis.values, bound);
        const points = pointsOf(this.context, name, value, axis.values, bound) ?? [];
        return points.map((each): readonly [Environment, Loops] => [
          withLocal(bound, name, each.value),
          [...loops, { name, point: each.point, value: each.value }],
        ]);
      });
    }
    return open;
  }

  #loopName(axis: SyntaxAxis, environment: Environment): string | undefined {
    if (axis.kind === "tuple-axis") {
      report(this.context, environment, axis.span, "not-here", { what: "a tuple", wanted: "one name" });
      return undefined;
    }
    const [name, ...others] = axis.path.segments;
    if (name === undefined || others.length > 0) {
      report(this.context, environment, axis.path.span, "axis-is-a-path", { name: name?.text ?? "" });
      return undefined;
    }
    if (local(environment, name.text) !== undefined) {
      report(this.context, environment, name.span, "named-twice", { name: name.text, how: "varied", hint: RENAME });
      return undefined;
    }
    return name.text;
  }

  #states(call: ProbeCall, environment: Environment): readonly StateValue[] | undefined {
    const states = call.states.map(
      (expression, index) => call.published[index] ?? stateOf(this.context, expression, environment),
    );
    const whole = states.filter((state) => state !== undefined);
    const readsTensors = call.entry.reads.kind !== "predictions";
    const sound = states.every((state, index) => {
      const span = call.states[index]?.span;
      if (!readsTensors || state === undefined || span === undefined) return true;
      return hasTensors(this.context, state, `\`${call.entry.id}(…)\``, span, environment);
    });
    return sound && whole.length === states.length ? whole : undefined;
  }

  /** The templates as probes of one cell; one whose states cannot all be had is left out. */
  static instantiate(
    templates: readonly ProbeTemplate[],
    request: Request,
    others: readonly Cell[],
  ): readonly ProbeSpec[] {
    const probes = templates.some(isOfPairs)
      ? templates.flatMap((template) =>
          isOfPairs(template)
            ? others.map((other) => ofPair(probeOf(template, { ...request, other }), other))
            : [probeOf(template, request)],
        )
      : templates.map((template) => probeOf(template, request));
    return probes.every((probe) => probe !== undefined) ? probes : probes.filter((probe) => probe !== undefined);
  }

  signatures(): readonly MeasureSignature[] {
    return this.measures.flatMap((measure) => this.#column(measure).signature());
  }
}

/** Whether it needs the cell to be trained. */
export function readsOwnTraining({ states, fixed }: ProbeTemplate): boolean {
  // those that read a history are all built in
  return states.some((state) => state.own) || entry("probe", fixed.probe.id)?.reads.kind === "history";
}

/** Whether it is of predictions from elsewhere alone, and so of no model of the experiment. */
export function isOutside({ states }: ProbeTemplate): boolean {
  return states.length > 0 && states.every(({ outside }) => outside);
}

/** Whether it is measured of every unordered pair of repeats. */
export function isOfPairs({ states }: ProbeTemplate): boolean {
  return states.some((state) => state.pairs);
}

function ofPair(probe: ProbeSpec | undefined, { repeat }: Cell): ProbeSpec | undefined {
  return probe && { ...probe, loops: { ...probe.loops, [OTHER_REPEAT]: { label: String(repeat), value: repeat } } };
}

/** Literals, not spreads: there may be millions of probes, and these are quicker to make and smaller. */
function probeOf({ states, fixed }: ProbeTemplate, request: Request): ProbeSpec | undefined {
  const made: readonly (StateSpec | undefined)[] = states.map((state) => state.make(request));
  if (!made.every((state) => state !== undefined)) {
    return undefined;
  }
  const { measure, probe, loops, on, dataset, datasets, metric, scoring, estimator, location } = fixed;
  if (datasets !== undefined) {
    return { ...fixed, datasets: mapped(datasets, (each) => ownTarget(each, request)), states: made };
  }
  if (dataset !== undefined || scoring !== undefined) {
    return { ...fixed, states: made };
  }
  return metric === undefined
    ? { measure, probe, loops, states: made, on, estimator, location }
    : { measure, probe, loops, states: made, on, metric, estimator, location };
}

/** `model` and `target` are read by way of layers and metrics. */
function readsOf(measure: MeasureStatement): readonly string[] {
  const names = new Set([...namesIn(measure.value), "model", "target"]);
  for (const axis of measure.loops) {
    for (const name of namesIn(axis.values)) {
      names.add(name);
    }
  }
  return [...names];
}

function keyOf(names: readonly string[], environment: Environment): string {
  return names.map((name) => identity(local(environment, name) ?? UNKNOWN)).join("\u0000");
}

/** What a measure's column looks like over all cells. */
class MeasureColumn {
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
    for (const layer of call.entry.inner.length > 0 ? layersRead(call.entry, layers) : []) {
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

type Datasets = NonNullable<ProbeSpec["datasets"]>;

function mapped(datasets: Datasets, f: (dataset: DatasetSpec) => DatasetSpec): Datasets {
  return Object.fromEntries(Object.entries(datasets).map(([name, dataset]) => [name, f(dataset)]));
}

/** The target is the cell's own: in its fold, with its labels. */
function ownTarget(dataset: DatasetSpec, { target }: Request): DatasetSpec {
  return dataset === (target.base ?? target) ? target : dataset;
}

function seededScoring(scoring: ScoringSpec, seed: number): ScoringSpec {
  const { threshold } = scoring;
  if (threshold === undefined || threshold.kind === "value" || threshold.dataset === undefined) {
    return scoring;
  }
  return { ...scoring, threshold: { ...threshold, dataset: seeded(threshold.dataset, seed) } };
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
