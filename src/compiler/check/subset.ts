/** `labels 10%, stratify: label, nested: yes`, `take(D, 500, by: patient)`: how much of the training images, and which. */

import type { Argument, Expression, Setting } from "../../../grammar/syntax.js";
import type { ParameterSchema } from "../../catalog/types.js";
import { matchArguments } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion } from "../evaluate/convert.js";
import type { Environment } from "../evaluate/environment.js";
import { numberLabel } from "../evaluate/points.js";
import { report } from "../evaluate/report.js";
import { describe, type Value } from "../evaluate/values.js";
import type { SubsetAmount, SubsetSpec } from "../study.js";
import { clauseOf, withoutBody } from "./settings.js";

/** A subset without its amount and repeat. */
export type SubsetOptions = Pick<SubsetSpec, "stratify" | "nested" | "val" | "by"> & { readonly perClass: boolean };

export const DEFAULT_OPTIONS: SubsetOptions = { stratify: "label", nested: true, val: "whole", perClass: false };

/** Written like arguments of a catalogue entry, checked the same way. */
const OPTIONS = {
  stratify: { type: "string", enum: ["label", "none"], description: "classes in proportion, or none looked at." },
  nested: { type: "boolean", description: "whether a smaller subset lies inside a larger one." },
  val: { type: "string", enum: ["whole", "cut"], description: "whether validation is cut in proportion too." },
  per: { type: "string", enum: ["class"], description: "so many images of each class." },
} as const satisfies { readonly [name: string]: ParameterSchema };
const BY: ParameterSchema = { description: "a column: whole groups are taken, like `by: patient`." };

const LABELS = {
  id: "labels",
  parameters: { amount: { description: "how many: `10%`, `500 images`." }, ...OPTIONS, by: BY },
  positional: ["amount"],
} as const;
export const TAKE = {
  id: "take",
  parameters: { from: { description: "the dataset." }, ...LABELS.parameters },
  required: ["from", "amount"],
  positional: ["from", "amount"],
} as const;

export interface LabelsSetting {
  /** Absent where it is varied. */
  readonly amount: Expression | undefined;
  readonly options: SubsetOptions;
}

export function labelsSetting(context: Context, setting: Setting, environment: Environment): LabelsSetting | undefined {
  withoutBody(context, setting, environment);
  const by = clauseOf(context, { ...setting, clauses: ofKind(setting, "by") }, environment, ["by"]);
  const per = clauseOf(context, { ...setting, clauses: ofKind(setting, "per") }, environment, ["per"]);
  clauseOf(
    context,
    { ...setting, clauses: setting.clauses.filter((each) => !KNOWN.has(each.preposition)) },
    environment,
    [],
  );
  const clauses = [by, per].flatMap((clause): Argument[] => {
    const value = clause?.values[0];
    const name = clause && { text: clause.preposition, span: clause.span };
    return clause === undefined || value === undefined || name === undefined
      ? []
      : [{ name, value, span: clause.span }];
  });
  const matched = matchArguments(context, environment, LABELS, [...setting.args, ...clauses], setting.span);
  const options = matched && subsetOptions(context, matched, environment);
  return options && { amount: matched.get("amount")?.value, options };
}

const KNOWN: ReadonlySet<string> = new Set(["by", "per"]);

function ofKind(setting: Setting, preposition: string): Setting["clauses"] {
  return setting.clauses.filter((clause) => clause.preposition === preposition);
}

/** `undefined` where something was reported. */
export function subsetOptions(
  context: Context,
  matched: ReadonlyMap<string, Argument>,
  environment: Environment,
): SubsetOptions | undefined {
  const read: { [name: string]: unknown } = {};
  for (const [name, schema] of Object.entries(OPTIONS)) {
    const written = matched.get(name)?.value;
    if (written === undefined) {
      continue;
    }
    const value = convert(context, environment, name, schema, written);
    if (!isConversion(value)) {
      return undefined;
    }
    read[name] = value.json;
  }
  const by = matched.get("by")?.value;
  const column = by && columnName(context, by, environment);
  if (by !== undefined && column === undefined) {
    return undefined;
  }
  return {
    stratify: read.stratify === "none" ? "none" : "label",
    nested: read.nested !== false,
    val: read.val === "cut" ? "cut" : "whole",
    perClass: read.per === "class",
    ...(column === undefined ? {} : { by: column }),
  };
}

/** `patient`: a column is a plain word, whatever else is called so. */
export function columnName(context: Context, expression: Expression, environment: Environment): string | undefined {
  if (expression.kind === "name") {
    return expression.text;
  }
  if (expression.kind === "string") {
    return expression.value;
  }
  if (expression.kind !== "missing") {
    report(context, environment, expression.span, "not-here", { what: "this", wanted: "the name of a column" });
  }
  return undefined;
}

const EXAMPLES = {
  labels: "`labels 10%`, `labels 500 images` or `labels 20, per: class`",
  take: "`take(D, 10%)`, `take(D, 500 images)` or `take(D, 20, per: class)`",
} as const;

/** The amount as a view of the options; `undefined` where it was reported or is not known yet. */
export function subsetAmount(
  context: Context,
  name: keyof typeof EXAMPLES,
  value: Value,
  expression: Expression,
  options: SubsetOptions,
  environment: Environment,
): SubsetAmount | undefined {
  const wrong = (problem: string): undefined => {
    report(context, environment, expression.span, "subset-amount", { name, problem, examples: EXAMPLES[name] });
  };
  if (value.kind === "unknown") {
    return undefined;
  }
  if (value.kind !== "number" || (value.unit !== undefined && value.unit !== "%" && value.unit !== "images")) {
    return wrong(`is ${describe(value)}`);
  }
  if (value.unit === "%") {
    if (options.perClass) {
      report(context, environment, expression.span, "share-per-class", {});
      return undefined;
    }
    return value.value > 0 && value.value <= 1
      ? { kind: "share", value: value.value }
      : wrong(`${numberLabel(value.value * 100)}% is not above 0% and up to 100%`);
  }
  if (!Number.isInteger(value.value) || value.value < 1) {
    const hint = value.value > 0 && value.value < 1 ? `; a share is written ${numberLabel(value.value * 100)}%` : "";
    return wrong(`${numberLabel(value.value)} is not a whole number from 1${hint}`);
  }
  return { kind: options.perClass ? "per-class" : "images", value: value.value };
}

export function subsetView(amount: SubsetAmount, options: SubsetOptions, repeat: number): SubsetSpec {
  const { perClass: _, ...rest } = options;
  return { kind: "subset", amount, ...rest, repeat };
}
