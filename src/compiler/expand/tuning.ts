/** Cells whose recipe is tuned: a training each for every point of the grid, and with whom they choose. */

import { metricOf } from "../check/metric.js";
import { finishRecipe } from "../check/recipe.js";
import { type TuneDeclaration, trialsOf } from "../check/tune.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, locate, withLocal } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import type { RecipeDraft, RecipeValue } from "../evaluate/values.js";
import {
  type AxisPoint,
  type Cell,
  CHOSEN_MEASURE,
  type DatasetSpec,
  type MeasureSignature,
  type RecipeSpec,
  type TunedCell,
  type TuneGroup,
} from "../study.js";

/** A cell's trials, and the group it chooses in; folds choose apart. */
export interface Tuned {
  readonly trials: TunedCell["trials"];
  groupAt(fold: number | undefined): TuneGroup;
}

export class Tuner {
  readonly #groups = new Map<string, TuneGroup>();
  readonly #trials = new Map<TuneDeclaration, Map<string, readonly (readonly RecipeSpec[])[] | undefined>>();
  readonly #used = new Set<TuneDeclaration>();
  readonly #mixed = new Set<TuneGroup>();

  constructor(
    readonly context: Context,
    readonly experiment: string,
    readonly tunes: readonly TuneDeclaration[],
  ) {}

  /** Undefined where nothing of the recipe is tuned; "wrong" where that was reported. */
  at(
    train: RecipeValue,
    target: DatasetSpec,
    point: Cell["point"],
    key: string,
    environment: Environment,
  ): Tuned | "wrong" | undefined {
    const tunes = this.tunes.filter((tune) => train.stages.some((draft) => isOf(draft, tune)));
    const [tune, second] = tunes;
    if (tune === undefined) return undefined;
    this.#used.add(tune);
    if (second !== undefined) {
      this.#used.add(second);
      const names = { first: tune.recipe.name, second: second.recipe.name };
      report(this.context, tune.environment, second.location.span, "tune-two-recipes", names);
      return "wrong";
    }
    const trials = this.#trialsFor(tune, train, target, key);
    const metric = metricOf(
      this.context,
      tune.metric,
      withLocal(environment, "target", { kind: "dataset", dataset: target }),
    );
    if (trials === undefined || metric === undefined) return "wrong";
    return { trials, groupAt: (fold) => this.#group(tune, point, fold, metric) };
  }

  /** Statements that tune a recipe no cell trains with. */
  report(): void {
    for (const tune of this.tunes) {
      if (this.#used.has(tune)) continue;
      const parameters = { experiment: this.experiment, recipe: tune.recipe.name };
      report(this.context, tune.environment, tune.location.span, "tune-unused", parameters);
    }
  }

  /** What the results say of choices. */
  signatures(): readonly MeasureSignature[] {
    const [first] = this.tunes;
    if (first === undefined) return [];
    const paths = [...new Set(this.tunes.flatMap((tune) => tune.paths.map(({ path }) => path)))];
    const { location } = first;
    const points = paths.map((path) => ({ label: path, value: path }));
    const inner = [{ name: "parameter", role: "free", points, location } as const];
    return [{ name: CHOSEN_MEASURE, probe: "tune", metric: "value", estimator: "chosen", inner, location }];
  }

  #trialsFor(tune: TuneDeclaration, train: RecipeValue, target: DatasetSpec, key: string) {
    let known = this.#trials.get(tune);
    if (known === undefined) {
      known = new Map();
      this.#trials.set(tune, known);
    }
    if (!known.has(key)) known.set(key, this.#finish(tune, train, target));
    return known.get(key);
  }

  /** Every trial's stages; a stage that is not tuned is one object for all. */
  #finish(
    tune: TuneDeclaration,
    train: RecipeValue,
    target: DatasetSpec,
  ): readonly (readonly RecipeSpec[])[] | undefined {
    const grids = train.stages.map((draft) => {
      if (!isOf(draft, tune)) return undefined;
      return trialsOf(tune, draft).map((trial) => finishRecipe(this.context, trial.draft, target));
    });
    const fixed = train.stages.map((draft) =>
      isOf(draft, tune) ? undefined : finishRecipe(this.context, draft, target),
    );
    const count = grids.find((grid) => grid !== undefined)?.length ?? 0;
    const trials = Array.from({ length: count }, (_, trial) => {
      const stages = train.stages.map((_draft, stage) => grids[stage]?.[trial] ?? fixed[stage]);
      const whole = stages.filter((stage) => stage !== undefined);
      return whole.length === stages.length ? whole : undefined;
    });
    const whole = trials.filter((trial) => trial !== undefined);
    return whole.length === trials.length ? whole : undefined;
  }

  #group(tune: TuneDeclaration, point: Cell["point"], fold: number | undefined, metric: string): TuneGroup {
    const axes = tune.per ?? Object.keys(point);
    const at = Object.fromEntries(
      axes.flatMap((axis): (readonly [string, AxisPoint])[] => {
        const found = point[axis];
        return found === undefined ? [] : [[axis, found]];
      }),
    );
    const name = [this.tunes.indexOf(tune), fold ?? "", ...axes.map((axis) => at[axis]?.label ?? "")].join("\u0000");
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = {
        experiment: this.experiment,
        at,
        ...(fold === undefined ? {} : { fold }),
        metric,
        paths: tune.paths.map(({ path, points, location }) => ({
          path,
          values: points.map(({ value }) => value),
          location,
        })),
        refit: tune.refit,
        cells: [],
        location: locate(tune.environment, tune.location.span),
      };
      this.#groups.set(name, group);
    }
    if (group.metric !== metric && !this.#mixed.has(group)) {
      this.#mixed.add(group);
      const metrics = { first: group.metric, second: metric };
      report(this.context, tune.environment, tune.location.span, "tune-mixes-metrics", metrics);
    }
    return group;
  }
}

/** The declared recipe itself; what is made of it by `with` is another. */
function isOf({ location }: RecipeDraft, { recipe }: TuneDeclaration): boolean {
  return location.path === recipe.file.path && location.span.start === recipe.declaration.name.span.start;
}
