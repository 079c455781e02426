/** Measures to probes. What a measure means is worked out once for all cells that agree in what it reads. */

import type { MeasureStatement, Axis as SyntaxAxis } from "../../../grammar/syntax.js";
import { RENAME } from "../check/experiment.js";
import { suitsProbe } from "../check/predictions.js";
import { type ProbeCall, probeCall } from "../check/probe.js";
import type { Context } from "../evaluate/context.js";
import { identity } from "../evaluate/declarations.js";
import { type Environment, local, locate, withLocal } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { namesIn } from "../evaluate/mentions.js";
import { report } from "../evaluate/report.js";
import { stateOf } from "../evaluate/states.js";
import { type Request, type StateValue, UNKNOWN } from "../evaluate/values.js";
import { seeded } from "../plan/views.js";
import type { Cell, DatasetSpec, MeasureSignature, ProbeSpec } from "../study.js";
import { type Loops, MeasureColumn, partsOf } from "./measure-columns.js";
import { pointsOf } from "./points.js";
import { isOfPairs, mapped, ofPair, type ProbeTemplate, probeOf, seededScoring } from "./probe-templates.js";

const MAX_PROBES = 10_000;

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
    const sound = states.every((state, index) => {
      const span = call.states[index]?.span;
      if (state === undefined || span === undefined) return true;
      return suitsProbe(this.context, call.entry, state, span, environment);
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
