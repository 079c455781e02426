/** Reads a recipe's settings of one value, each held against a schema. */

import type { Expression } from "../../../grammar/syntax.js";
import { validate } from "../../catalog/index.js";
import type { CatalogEntry, Json, ParameterSchema } from "../../catalog/types.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion, wantedBy } from "../evaluate/convert.js";
import { type Environment, sourceText, withLocal } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import { type RecipeDraft, type SettingUse, UNKNOWN } from "../evaluate/values.js";
import type { DatasetSpec } from "../study.js";
import { clauseOf, withoutBody } from "./settings.js";

/** Wraps a value so that "not written" and "wrong" are apart. */
export type Read<T> = { readonly value: T } | undefined;

export interface SingleValue {
  readonly use: SettingUse;
  readonly value: Expression;
}

export class SettingReader {
  constructor(
    readonly context: Context,
    readonly draft: RecipeDraft,
    readonly target: DatasetSpec | undefined,
  ) {}

  environment(use: SettingUse): Environment {
    const target = this.target === undefined ? UNKNOWN : ({ kind: "dataset", dataset: this.target } as const);
    return withLocal(use.environment, "target", target);
  }

  /** The setting's one value; `every` is for `select` alone. */
  single(name: string): SingleValue | "absent" | undefined {
    const use = this.draft.settings.get(name);
    if (use === undefined) {
      return "absent";
    }
    const { setting } = use;
    withoutBody(this.context, setting, use.environment);
    clauseOf(this.context, setting, use.environment, name === "select" ? ["every"] : []);
    const [first, second] = setting.args;
    if (first === undefined || second !== undefined || first.name !== undefined) {
      const wrong = second ?? first ?? setting;
      if (first?.value.kind !== "missing") {
        const text = sourceText(use.environment, { start: (first ?? setting).span.start, end: wrong.span.end });
        report(this.context, use.environment, wrong.span, "one-value", { name }, thousands(text));
      }
      return undefined;
    }
    return { use, value: first.value };
  }

  number(name: string, schema: ParameterSchema): Read<number | undefined> {
    const single = this.single(name);
    if (single === "absent" || single === undefined) {
      return single && { value: undefined };
    }
    const json = this.checked(name, schema, single);
    return json && { value: Number(json.value) };
  }

  checked(name: string, schema: ParameterSchema, single: SingleValue): Read<Json> {
    const environment = this.environment(single.use);
    const result = convert(this.context, environment, name, schema, single.value);
    if (!isConversion(result)) {
      return undefined;
    }
    if (!validate(settingEntry(schema), { value: result.json }).ok) {
      report(this.context, environment, single.value.span, "bad-argument", {
        name,
        wanted: wantedBy(schema),
        got: `\`${sourceText(environment, single.value.span)}\``,
      });
      return undefined;
    }
    return { value: result.json };
  }
}

const settingEntries = new WeakMap<ParameterSchema, CatalogEntry>();
/** A setting of one value is checked by the same schemas as a catalogue entry's parameter. */
function settingEntry(schema: ParameterSchema): CatalogEntry {
  let found = settingEntries.get(schema);
  if (found === undefined) {
    found = { kind: "optimizer", id: "setting", version: 1, doc: "", parameters: { value: schema } };
    settingEntries.set(schema, found);
  }
  return found;
}

/** `20,000 steps`: a comma separates, it groups no digits. */
function thousands(text: string): { readonly hint?: string } {
  const number = /^\d{1,3}(?:,\d{3})+(?!\d)/.exec(text)?.[0];
  return number === undefined ? {} : { hint: `write \`${number.replaceAll(",", "_")}\`: a comma separates values.` };
}
