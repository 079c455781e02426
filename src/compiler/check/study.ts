/** The header: `study name "Title" { seed 2022; repeats 5 }`. */

import type { Expression, StudyItem } from "../../../grammar/syntax.js";
import type { Scope } from "../bind/scope.js";
import type { Context } from "../evaluate/context.js";
import type { Environment } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { numberLabel } from "../evaluate/points.js";
import { report } from "../evaluate/report.js";
import { describe } from "../evaluate/values.js";
import type { LoadedFile } from "../load.js";
import type { Overrides } from "../overrides/replace.js";
import { clauseOf, settingsOf, withoutBody } from "./settings.js";

export interface StudyHeader {
  readonly name: string;
  readonly title: string | undefined;
  readonly seed: number;
  readonly repeats: number;
}

const LIMITS = {
  seed: { least: 0, most: 2 ** 32 - 1, wanted: "a whole number from 0 to 4294967295", otherwise: 0 },
  repeats: { least: 1, most: 10_000, wanted: "a whole number from 1 to 10000", otherwise: 1 },
} as const;

/** `undefined` where the file has no `study`. Replacements are for the study that is compiled. */
export function readHeader(
  context: Context,
  scope: Scope,
  overrides: Pick<Overrides, "seed" | "repeats"> | undefined,
): StudyHeader | undefined {
  const environment: Environment = { scope, locals: undefined };
  const [study, ...others] = scope.file.syntax.items.filter((item): item is StudyItem => item.kind === "study");
  for (const other of others) {
    report(context, environment, other.name.span, "second-study", {});
  }
  if (study === undefined) {
    return undefined;
  }
  const settings = settingsOf(context, environment, study.body, ["seed", "repeats"], "a study");
  const number = (name: "seed" | "repeats"): number => {
    const replaced = overrides?.[name];
    if (replaced !== undefined) {
      return headerNumber(context, name, replaced.expression, replaced.environment);
    }
    const setting = settings.get(name);
    if (setting === undefined) {
      return LIMITS[name].otherwise;
    }
    withoutBody(context, setting, environment);
    clauseOf(context, setting, environment, []);
    const [first, second] = setting.args;
    if (first === undefined || second !== undefined) {
      report(context, environment, (second ?? setting).span, "one-value", { name });
      return LIMITS[name].otherwise;
    }
    return headerNumber(context, name, first.value, environment);
  };
  return { name: study.name.text, title: study.title?.value, seed: number("seed"), repeats: number("repeats") };
}

function headerNumber(
  context: Context,
  name: "seed" | "repeats",
  expression: Expression,
  environment: Environment,
): number {
  const { least, most, wanted, otherwise } = LIMITS[name];
  const value = evaluate(context, expression, environment);
  if (value.kind === "unknown") {
    return otherwise;
  }
  const sound =
    value.kind === "number" &&
    value.unit === undefined &&
    Number.isInteger(value.value) &&
    value.value >= least &&
    value.value <= most;
  if (!sound) {
    const got = value.kind === "number" && value.unit === undefined ? numberLabel(value.value) : describe(value);
    report(context, environment, expression.span, "bad-header", { name, wanted, got });
    return otherwise;
  }
  return value.value;
}

/** What the file is called without its folders and ending: the name of a study that has none. */
export function fileStem(file: LoadedFile): string {
  const name = file.path.split("/").pop() ?? file.path;
  return name.replace(/\.xfer$/, "");
}
