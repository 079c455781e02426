/** `tune finetune.lr in log(1e-4..1e-1, 7 points) { best target.metric on val per model; refit train + val }`. */

import type { Axis, Expression, NumberLiteral, Setting, TuneStatement } from "../../../grammar/syntax.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import type { Location } from "../diagnostics.js";
import type { Context, Replacement } from "../evaluate/context.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { report, suggestion } from "../evaluate/report.js";
import type { RecipeDraft } from "../evaluate/values.js";
import { pointsOf } from "../expand/points.js";
import { optimizerParameters, withReplacement } from "./recipe.js";
import { clauseOf, settingsOf, withoutBody } from "./settings.js";
import { splitOf } from "./split.js";

/** Settings of one number. */
const TUNABLE = ["batch", "for", "clip_norm", "layer_decay", "l2"] as const;

export interface TunedPath {
  /** `finetune.lr` */
  readonly path: string;
  readonly setting: string;
  readonly points: readonly { readonly value: number; readonly label: string; readonly literal: NumberLiteral }[];
  /** Where the points are read: another file where a profile replaced them. */
  readonly environment: Environment;
  readonly location: Location;
}
export interface TuneDeclaration {
  readonly recipe: DeclaredSymbol;
  readonly paths: readonly TunedPath[];
  /** Read where the target is known. */
  readonly metric: Expression;
  /** Axes that choose apart; absent: all of them. */
  readonly per: readonly string[] | undefined;
  readonly refit: "train_val" | "none";
  readonly environment: Environment;
  readonly location: Location;
}

const MOST_TRIALS = 10_000;

/** Undefined where something is wrong, which was reported. @param axes names of the experiment's axes */
export function readTune(
  context: Context,
  symbol: DeclaredSymbol,
  statement: TuneStatement,
  environment: Environment,
  axes: readonly string[],
): TuneDeclaration | undefined {
  const before = context.sink.errors;
  const paths = statement.axes.flatMap((axis) => tunedPath(context, symbol, axis, environment) ?? []);
  const [first] = paths;
  const stranger = paths.find(({ recipe }) => recipe !== first?.recipe);
  if (stranger !== undefined) {
    report(context, environment, statement.span, "tune-two-recipes", {
      first: first?.recipe.name ?? "",
      second: stranger.recipe.name,
    });
  }
  const trials = paths.reduce((product, { path }) => product * path.points.length, 1);
  if (trials > MOST_TRIALS) {
    const product = paths.map(({ path }) => `${path.points.length} of \`${path.path}\``).join(" times ");
    report(context, environment, statement.span, "tune-too-many", { trials, limit: MOST_TRIALS, product });
  }
  const settings = settingsOf(context, environment, statement.body, ["best", "refit"], "`tune`");
  const best = settings.get("best");
  if (best === undefined && context.sink.errors === before) {
    report(context, environment, statement.span, "tune-without-rule", {});
  }
  const rule = best && bestRule(context, best, environment, axes);
  const refit = refitOf(context, settings.get("refit"), environment);
  if (first === undefined || rule === undefined || context.sink.errors !== before) return undefined;
  return {
    recipe: first.recipe,
    paths: paths.map(({ path }) => path),
    ...rule,
    refit,
    environment,
    location: locate(environment, statement.span),
  };
}

function tunedPath(
  context: Context,
  symbol: DeclaredSymbol,
  axis: Axis,
  environment: Environment,
): { readonly recipe: DeclaredSymbol; readonly path: TunedPath } | undefined {
  const [name, setting, ...others] = axis.kind === "axis" ? axis.path.segments : [];
  const bound = name && environment.scope.names.get(name.text);
  if (axis.kind !== "axis" || setting === undefined || others.length > 0) {
    report(context, environment, axis.span, "tune-path", {});
    return undefined;
  }
  if (bound?.kind !== "recipe") {
    const recipes = [...environment.scope.names.values()].filter(({ kind }) => kind === "recipe");
    const known = recipes.map((each) => each.name);
    const hint = suggestion(environment, name?.span ?? axis.span, name?.text ?? "", known);
    report(context, environment, name?.span ?? axis.span, "tune-no-recipe", { name: name?.text ?? "" }, hint);
    return undefined;
  }
  const known = [...TUNABLE, ...optimizerParameters()];
  if (!known.includes(setting.text)) {
    const hint = suggestion(environment, setting.span, setting.text, known);
    report(context, environment, setting.span, "tune-setting", { recipe: bound.name, name: setting.text }, hint);
    return undefined;
  }
  const path = `${bound.name}.${setting.text}`;
  const grid = gridOf(context, symbol, axis, path, environment);
  const value = evaluate(context, grid.expression, grid.environment);
  const found = pointsOf(context, path, value, grid.expression, grid.environment);
  if (found === undefined) return undefined;
  const points = found.map(({ value: each, point, expression }) => {
    if (each.kind !== "number") {
      report(context, grid.environment, expression.span, "tune-number", { path });
      return undefined;
    }
    const unit = each.unit === undefined ? {} : { unit: { text: each.unit, span: expression.span } };
    const face = each.unit === "%" ? each.value * 100 : each.value;
    const literal: NumberLiteral = { kind: "number", value: face, ...unit, span: expression.span };
    return { value: each.value, label: point.label, literal };
  });
  if (points.length === 0) {
    report(context, grid.environment, grid.expression.span, "axis-empty", { axis: path });
  }
  const whole = points.filter((each) => each !== undefined);
  if (whole.length === 0 || whole.length < points.length) return undefined;
  const placed = { environment: grid.environment, location: locate(grid.environment, grid.expression.span) };
  return { recipe: bound, path: { path, setting: setting.text, points: whole, ...placed } };
}

/** As written, or as a profile or `--set` has it: `main.finetune.lr = [1e-3, 1e-2]`. */
function gridOf(
  context: Context,
  symbol: DeclaredSymbol,
  axis: Axis,
  path: string,
  environment: Environment,
): Replacement {
  return context.replacements.of(symbol, path) ?? { expression: axis.values, environment };
}

function bestRule(
  context: Context,
  setting: Setting,
  environment: Environment,
  axes: readonly string[],
): Pick<TuneDeclaration, "metric" | "per"> | undefined {
  withoutBody(context, setting, environment);
  const [metric, second] = setting.args;
  const on = setting.clauses.find(({ preposition }) => preposition === "on");
  const per = setting.clauses.find(({ preposition }) => preposition === "per");
  for (const clause of setting.clauses) {
    if (clause !== on && clause !== per) clauseOf(context, { ...setting, clauses: [clause] }, environment, []);
  }
  const [split, another] = on?.values ?? [];
  if (metric === undefined || second !== undefined || another !== undefined) {
    report(context, environment, setting.span, "tune-without-rule", {});
    return undefined;
  }
  const chosen = split === undefined ? "val" : splitOf(context, "`best`", split, environment);
  if (chosen !== undefined && chosen !== "val") {
    report(context, environment, (split ?? setting).span, "tune-on-split", { split: chosen });
    return undefined;
  }
  const names = per?.values.map((value) => {
    const name = value.kind === "name" ? value.text : sourceText(environment, value.span);
    if (!axes.includes(name)) {
      const hint = suggestion(environment, value.span, name, axes);
      report(context, environment, value.span, "tune-per", { name, axes: axes.join(", ") || "none" }, hint);
    }
    return name;
  });
  return chosen && { metric: metric.value, per: names };
}

/** `train + val`, `none`; none where it is not said. */
function refitOf(context: Context, setting: Setting | undefined, environment: Environment): TuneDeclaration["refit"] {
  if (setting === undefined) return "none";
  withoutBody(context, setting, environment);
  clauseOf(context, setting, environment, []);
  const [only, second] = setting.args;
  const value = second === undefined ? only?.value : undefined;
  if (value?.kind === "name" && value.text === "none") return "none";
  const isName = (side: Expression, name: string) => side.kind === "name" && side.text === name;
  if (value?.kind === "binary" && value.operator === "+" && isName(value.left, "train") && isName(value.right, "val")) {
    return "train_val";
  }
  report(context, environment, setting.span, "tune-refit", {});
  return "none";
}

/** All points of a grid, the last path's varying fastest: what each changes of the recipe. */
export function trialsOf({ paths }: TuneDeclaration, draft: RecipeDraft) {
  let trials: { readonly values: readonly number[]; readonly draft: RecipeDraft }[] = [{ values: [], draft }];
  for (const { setting, points, environment } of paths) {
    trials = trials.flatMap((trial) =>
      points.map(({ value, literal }) => ({
        values: [...trial.values, value],
        draft: withReplacement(trial.draft, setting, { expression: literal, environment }),
      })),
    );
  }
  return trials;
}
