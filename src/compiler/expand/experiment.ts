/** An experiment to its cells: one for every point on every axis and every repeat. What cells share is one object. */

import type { Expression } from "../../../grammar/syntax.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import {
  type AxisDeclaration,
  type ExperimentShape,
  isSlot,
  type Slot,
  shapeOf,
  slotsMissing,
} from "../check/experiment.js";
import { needsSource } from "../check/init.js";
import { anyModel } from "../check/predictions.js";
import { finishRecipe } from "../check/recipe.js";
import type { Context, ExpandedExperiment } from "../evaluate/context.js";
import { identity } from "../evaluate/declarations.js";
import { type AxisPlace, type Environment, local, locate, withLocal } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { report } from "../evaluate/report.js";
import type { InitValue, RecipeValue, Value } from "../evaluate/values.js";
import { UNKNOWN } from "../evaluate/values.js";
import { parentOf } from "../init-parent.js";
import { type AxisPoint, type Experiment, type ModelChoice, type RecipeSpec, untrained } from "../study.js";
import { AxisCollector } from "./axes.js";
import { CellMaker, expandedExperiment, type Filled, MAX_CELLS } from "./cells.js";
import { Conditions } from "./conditions.js";
import { LabelsReader } from "./labels.js";
import { MeasureExpander } from "./measures.js";
import { type ExpandedPoint, pointsOf } from "./points.js";
import { isOutside, type ProbeTemplate, readsOwnTraining } from "./probe-templates.js";
import { bindPoint, type Origin, originOf, slotOf, tuplePoint } from "./slots.js";
import { SourceNeeds } from "./source-needs.js";
import { order, type Step } from "./steps.js";
import { Targets } from "./targets.js";
import { Tuner } from "./tuning.js";

export interface Replicates {
  readonly seed: number;
  readonly repeats: number;
}

export function expandExperiment(
  context: Context,
  symbol: DeclaredSymbol,
  environment: Environment,
  replicates: Replicates,
): ExpandedExperiment {
  const shape = shapeOf(context, symbol, environment);
  const expander = new Expander(context, symbol, environment, shape, replicates);
  return expander.run();
}

const NO_POINT: AxisPoint = { label: "?", value: "?" };

interface AxisPoints {
  readonly points: readonly ExpandedPoint[];
  readonly labels: readonly string[];
}
const NO_POINTS: AxisPoints = { points: [], labels: [] };
/** Points looked at, those that `where` leaves out included. */
const MAX_VISITS = 3_000_000;

class Expander {
  readonly #axes: AxisCollector;
  readonly #measures: MeasureExpander;
  readonly #needs: SourceNeeds;
  readonly #maker: CellMaker;
  readonly #memo = new Map<Step, Map<string, unknown>>();
  readonly #stages = new Map<string, readonly RecipeSpec[] | undefined>();
  readonly #labels: LabelsReader;
  readonly #tuner: Tuner;
  readonly #conditions: Conditions;
  readonly #steps: readonly Step[];
  readonly #early: readonly string[];
  #visited = 0;
  #counted = false;
  #full = false;
  #toldMissing = false;
  #untrained: InitValue | undefined;
  #standIn: ModelChoice | undefined;
  /** Some axis has no value: what is beyond it is checked as far as it goes, but makes no cells. */
  #broken = false;

  constructor(
    readonly context: Context,
    readonly symbol: DeclaredSymbol,
    readonly environment: Environment,
    readonly shape: ExperimentShape,
    readonly replicates: Replicates,
  ) {
    const { steps, early } = order(context, shape, environment);
    this.#steps = steps;
    this.#early = early;
    this.#axes = new AxisCollector(shape.axes, environment);
    this.#measures = new MeasureExpander(context, shape.measures, environment, replicates);
    const location = locate(environment, symbol.declaration.name.span);
    this.#maker = new CellMaker(
      shape.axes.map((axis) => axis.name),
      replicates.seed,
      location,
      new Targets(replicates.seed, shape.folds),
    );
    this.#needs = new SourceNeeds(context, symbol, environment);
    this.#labels = new LabelsReader(context, shape);
    this.#tuner = new Tuner(context, symbol.name, shape.tunes);
    this.#conditions = new Conditions(context, shape.conditions, environment);
  }

  run(): ExpandedExperiment {
    const { context, symbol, environment } = this;
    const before = context.sink.errors;
    const start = this.#early.reduce((outer, name) => withLocal(outer, name, UNKNOWN), environment);
    this.#step(0, start, {}, undefined);
    this.#needs.report();
    if (this.shape.sound && !this.#broken) {
      this.#tuner.report();
    }
    const axes = this.#axes.axes();
    if (this.#visited > 0 && this.shape.sound && !this.#broken && context.sink.errors === before) {
      this.#judgeConditions();
    }
    const experiment: Experiment = {
      name: symbol.name,
      axes,
      ...(this.shape.folds === undefined ? {} : { folds: this.shape.folds.folds }),
      measures: [...this.#measures.signatures(), ...this.#tuner.signatures()],
      cells: this.shape.sound && !this.#broken ? this.#maker.cells : [],
      location: locate(environment, symbol.declaration.name.span),
    };
    return expandedExperiment(experiment);
  }

  /** Some axis or condition may leave nothing over, or a condition everything. */
  #judgeConditions(): void {
    const { context, environment, symbol, shape } = this;
    if (!this.#axes.empty) {
      this.#conditions.reportIdle();
    } else if (!this.#conditions.reportNever()) {
      const why = shape.conditions.length > 0 ? "`where` leaves no point" : "some axis is empty at every point";
      report(context, environment, symbol.declaration.name.span, "no-cells", { name: symbol.name, why });
    }
  }

  #step(
    index: number,
    environment: Environment,
    point: { readonly [axis: string]: AxisPoint },
    origins: Origin | undefined,
  ): void {
    if (this.#full) {
      return;
    }
    const step = this.#steps[index];
    if (++this.#visited > MAX_VISITS) {
      this.#tooMany({ what: "points", limit: MAX_VISITS });
      return;
    }
    if (step === undefined) {
      this.#leafOrTooMany(environment, point, origins);
      return;
    }
    if (step.kind === "slot") {
      const { slot, value: expression } = step.slot;
      const here: Environment = { scope: step.slot.scope, locals: environment.locals };
      const value = this.#remember(step, environment, () => this.#slotValue(slot, expression, here));
      const origin: Origin = { slot, expression, environment: here, next: origins };
      this.#step(index + 1, withLocal(environment, slot, value), point, origin);
      return;
    }
    const here: Environment = { scope: step.axis.scope, locals: environment.locals };
    const { points, labels } = this.#remember(step, environment, () => this.#axisPoints(step.axis, here));
    for (const each of points) {
      const axis: AxisPlace = { label: each.point.label, labels };
      const [bound, origin] = bindPoint(step.axis, each, axis, environment, origins, here);
      const reached = each.point === NO_POINT ? point : { ...point, [step.axis.name]: each.point };
      this.#step(index + 1, bound, reached, origin);
    }
  }

  /** At the first leaf every axis is known: those that depend on no other already tell when it is hopeless. */
  #leafOrTooMany(
    environment: Environment,
    point: { readonly [axis: string]: AxisPoint },
    origins: Origin | undefined,
  ): void {
    if (!this.#counted) {
      this.#counted = true;
      const free = this.#steps.flatMap((step) =>
        step.kind === "axis" && step.reads.length === 0
          ? [{ name: step.axis.name, ...this.#remember(step, environment, () => NO_POINTS) }]
          : [],
      );
      const least = free.reduce(
        (product, { points }) => product * points.length,
        this.replicates.repeats * (this.shape.folds?.folds ?? 1),
      );
      if (this.shape.conditions.length === 0 && least > MAX_CELLS) {
        for (const { name, points } of free) {
          for (const each of points) {
            this.#axes.see({ [name]: each.point });
          }
        }
        this.#tooMany({ what: "cells", limit: MAX_CELLS });
        return;
      }
    }
    this.#leaf(environment, point, origins);
  }

  /** Worked out once for all points that agree in what it reads. */
  #remember<T>(step: Step, environment: Environment, make: () => T): T {
    let cache = this.#memo.get(step) as Map<string, T> | undefined;
    if (cache === undefined) {
      cache = new Map();
      this.#memo.set(step, cache);
    }
    const key = step.reads.map((name) => identity(local(environment, name) ?? UNKNOWN)).join("\u0000");
    if (!cache.has(key)) {
      cache.set(key, make());
    }
    return cache.get(key) as T;
  }

  #axisPoints(axis: AxisDeclaration, environment: Environment): AxisPoints {
    const points = this.#pointsOf(axis, environment);
    return { points, labels: points.map((each) => each.point.label) };
  }

  #pointsOf(axis: AxisDeclaration, environment: Environment): readonly ExpandedPoint[] {
    const value = evaluate(this.context, axis.values, environment);
    const found = pointsOf(this.context, axis.name, value, axis.values, environment);
    if (found === undefined) {
      this.#broken = true;
      return [{ point: NO_POINT, value: UNKNOWN, expression: axis.values }];
    }
    const points = found;
    if (value.kind === "list" && points.length === 0) {
      report(this.context, environment, axis.values.span, "axis-empty", { axis: axis.name });
    }
    if (axis.fills === undefined) {
      const { name } = axis;
      return isSlot(name)
        ? points.map((each) => ({
            ...each,
            value: slotOf(this.context, name, each.value, each.expression, environment),
          }))
        : points;
    }
    return points.map((each) => tuplePoint(this.context, axis, axis.fills ?? [], each, environment));
  }

  #slotValue(slot: Slot, expression: Expression, environment: Environment): Value {
    return slotOf(this.context, slot, evaluate(this.context, expression, environment), expression, environment);
  }

  #leaf(environment: Environment, point: { readonly [axis: string]: AxisPoint }, origins: Origin | undefined): void {
    if (!this.#conditions.keep(environment)) {
      return;
    }
    this.#axes.see(point);
    const model = local(environment, "model");
    const target = local(environment, "target");
    const init = local(environment, "init");
    const train = local(environment, "train");
    const source = local(environment, "source");
    if (target?.kind === "dataset" && this.shape.untrained) {
      this.#untrainedLeaf(environment, point, target.dataset, origins);
      return;
    }
    if (model?.kind !== "model" || target?.kind !== "dataset") {
      return;
    }
    const template = this.#measures.at(environment);
    const tuned =
      train?.kind === "recipe"
        ? this.#tuner.at(train, target.dataset, point, `${identity(train)} ${identity(target)}`, environment)
        : undefined;
    if (tuned === "wrong") {
      return;
    }
    const stages = train?.kind === "recipe" ? (tuned?.trials[0] ?? this.#stagesOf(train, target)) : undefined;
    const labels = this.#labels.at(environment);
    if (labels === "wrong") {
      return;
    }
    if (init?.kind !== "init" || stages === undefined || source?.kind === "unknown") {
      return;
    }
    const drawn = needsSource(init.rules);
    if (drawn !== undefined && source === undefined) {
      this.#needs.add(init, drawn, originOf(origins, "init"));
      return;
    }
    const filled = {
      experiment: this.symbol.name,
      point,
      model: model.model,
      target: target.dataset,
      labels,
      init,
      source: source?.kind === "source" ? source : undefined,
      stages,
      tuned,
      template,
    };
    this.#add(filled, origins);
  }

  #add(filled: Filled, origins: Origin | undefined): void {
    if (!this.#maker.add(filled, this.replicates.repeats) && filled.source !== undefined) {
      const parent = filled.init.fixed && parentOf(filled.init.fixed.rules);
      this.#needs.lacking(filled.source, (parent ?? filled.model).name, originOf(origins, "source"));
    }
    if (this.#maker.excess !== undefined) {
      this.#tooMany(this.#maker.excess);
    }
  }

  /** What is measured of data sets, and of states from elsewhere: through its model, or the network a measure names. */
  #untrainedLeaf(
    environment: Environment,
    point: { readonly [axis: string]: AxisPoint },
    target: Filled["target"],
    origins: Origin | undefined,
  ): void {
    const template = this.#measures.at(environment);
    const labels = this.#labels.at(environment);
    const model = local(environment, "model");
    const source = local(environment, "source");
    if (template.length === 0 || labels === "wrong" || model?.kind === "unknown" || source?.kind === "unknown") {
      return;
    }
    const own = model?.kind === "model" ? model.model : undefined;
    const missing = [
      ...(own === undefined && template.some((each) => each.fixed.model === undefined && !isOutside(each))
        ? (["model"] as const)
        : []),
      ...(template.some(readsOwnTraining) ? (["init", "train"] as const) : []),
    ];
    const seen =
      own ?? template.find(({ fixed }) => fixed.model !== undefined)?.fixed.model ?? this.#anyModel(template);
    if (missing.length > 0 || seen === undefined) {
      if (!this.#toldMissing) {
        slotsMissing(this.context, this.symbol, this.environment, missing);
      }
      this.#toldMissing = true;
      this.#broken = true;
      return;
    }
    const { location } = this.#maker;
    this.#untrained ??= { kind: "init", name: "none", rules: [], fixed: untrained(location), location };
    const init = this.#untrained;
    const filled = {
      experiment: this.symbol.name,
      point,
      model: seen,
      target,
      labels,
      init,
      stages: [],
      tuned: undefined,
      template,
    };
    // which state a source gives is asked of a model, and the experiment may have none
    this.#add({ ...filled, source: own && source?.kind === "source" ? source : undefined }, origins);
  }

  #anyModel(template: readonly ProbeTemplate[]): ModelChoice | undefined {
    if (template.some(isOutside)) this.#standIn ??= anyModel(this.#maker.location);
    return this.#standIn;
  }

  #stagesOf(train: RecipeValue, target: Extract<Value, { kind: "dataset" }>): readonly RecipeSpec[] | undefined {
    const key = `${identity(train)} ${identity(target)}`;
    if (!this.#stages.has(key)) {
      const stages = train.stages.map((stage) => finishRecipe(this.context, stage, target.dataset));
      const whole = stages.filter((stage) => stage !== undefined);
      this.#stages.set(key, whole.length === stages.length ? whole : undefined);
    }
    return this.#stages.get(key);
  }

  #tooMany({ what, limit }: { readonly what: string; readonly limit: number }): void {
    this.#full = true;
    report(this.context, this.environment, this.symbol.declaration.name.span, "too-many-cells", {
      name: this.symbol.name,
      what,
      limit: limit.toLocaleString("en-US"),
    });
  }
}
