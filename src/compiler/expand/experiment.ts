/** An experiment to its cells: one for every point on every axis and every repeat. What cells share is one object. */

import type { DeclaredSymbol } from "../bind/scope.js";
import { type ExperimentShape, shapeOf } from "../check/experiment.js";
import { needsSource } from "../check/init.js";
import { finishRecipe } from "../check/recipe.js";
import type { Context, ExpandedExperiment } from "../evaluate/context.js";
import { identity } from "../evaluate/declarations.js";
import { type AxisPlace, type Environment, local, locate, withLocal } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import type { RecipeValue, Value } from "../evaluate/values.js";
import { UNKNOWN } from "../evaluate/values.js";
import { parentOf } from "../init-parent.js";
import type { AxisPoint, Experiment, RecipeSpec } from "../study.js";
import { AxisCollector } from "./axes.js";
import { CellMaker, expandedExperiment, type Filled, MAX_CELLS } from "./cells.js";
import { Conditions } from "./conditions.js";
import { LabelsReader } from "./labels.js";
import { MeasureExpander } from "./measures.js";
import { bindPoint, type Origin, originOf } from "./slots.js";
import { SourceNeeds } from "./source-needs.js";
import { NO_POINT, StepValues } from "./step-values.js";
import { order, type Step } from "./steps.js";
import { trainedSignatures } from "./stopping.js";
import { Targets } from "./targets.js";
import { Tuner } from "./tuning.js";
import { Untrained } from "./untrained.js";

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

/** Points looked at, those that `where` leaves out included. */
const MAX_VISITS = 3_000_000;

class Expander {
  readonly #axes: AxisCollector;
  readonly #measures: MeasureExpander;
  readonly #needs: SourceNeeds;
  readonly #maker: CellMaker;
  readonly #values: StepValues;
  readonly #stages = new Map<string, readonly RecipeSpec[] | undefined>();
  readonly #labels: LabelsReader;
  readonly #tuner: Tuner;
  readonly #conditions: Conditions;
  readonly #steps: readonly Step[];
  readonly #early: readonly string[];
  #visited = 0;
  #counted = false;
  #full = false;
  readonly #untrained: Untrained;
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
    this.#values = new StepValues(context);
    this.#needs = new SourceNeeds(context, symbol, environment);
    this.#untrained = new Untrained(context, symbol, environment, location);
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
    if (this.#sound) {
      this.#tuner.report();
    }
    const axes = this.#axes.axes();
    if (this.#visited > 0 && this.#sound && context.sink.errors === before) {
      this.#judgeConditions();
    }
    const cells = this.#sound ? this.#maker.cells : [];
    const location = locate(environment, symbol.declaration.name.span);
    const trained = trainedSignatures(context, environment, { cells, shape: this.shape, location });
    const experiment: Experiment = {
      name: symbol.name,
      axes,
      ...(this.shape.folds === undefined ? {} : { folds: this.shape.folds.folds }),
      measures: [...this.#measures.signatures(), ...this.#tuner.signatures(), ...trained],
      cells,
      location,
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

  /** What is beyond an axis without a value is checked as far as it goes, but makes no cells. */
  get #sound(): boolean {
    return this.shape.sound && !this.#broken && !this.#values.broken;
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
      const { slot, value: expression, scope } = step.slot;
      const value = this.#values.slot(step, environment);
      const origin: Origin = { slot, expression, environment: { scope, locals: environment.locals }, next: origins };
      this.#step(index + 1, withLocal(environment, slot, value), point, origin);
      return;
    }
    const here: Environment = { scope: step.axis.scope, locals: environment.locals };
    const { points, labels } = this.#values.axis(step, environment);
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
          ? [{ name: step.axis.name, ...this.#values.axis(step, environment) }]
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

  #untrainedLeaf(
    environment: Environment,
    point: { readonly [axis: string]: AxisPoint },
    target: Filled["target"],
    origins: Origin | undefined,
  ): void {
    const template = this.#measures.at(environment);
    const labels = this.#labels.at(environment);
    if (template.length === 0 || labels === "wrong") {
      return;
    }
    const seen = this.#untrained.at(environment, template);
    if (seen === "wrong") {
      this.#broken = true;
    } else if (seen !== "unknown") {
      const experiment = this.symbol.name;
      this.#add({ experiment, point, target, labels, ...seen, stages: [], tuned: undefined, template }, origins);
    }
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
