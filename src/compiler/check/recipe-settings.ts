/** A recipe's settings, each read and held against the catalogue. */

import type { Expression, Setting } from "../../../grammar/syntax.js";
import { entry, validate } from "../../catalog/index.js";
import type { CatalogEntry, Choice, Duration, Json, ParameterSchema } from "../../catalog/types.js";
import { choice, matchArguments } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion, wantedBy } from "../evaluate/convert.js";
import { type Environment, locate, sourceText, withLocal } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import { type RecipeDraft, type SettingUse, UNKNOWN } from "../evaluate/values.js";
import { diagnostic } from "../messages.js";
import type { CheckpointInterval, DatasetSpec, RecipeSpec, SelectSpec, SplitName } from "../study.js";
import { readCheckpoint } from "./checkpoint.js";
import { metricOf } from "./metric.js";
import { readLayerDecay, readPartSet, readUnfreeze } from "./recipe-parts.js";
import { readSolver } from "./recipe-solver.js";
import { clauseOf, withoutBody } from "./settings.js";
import { splitOf } from "./split.js";

const REQUIRED = ["optimizer", "batch", "for"] as const;
const EVERY_EPOCH: Duration = { value: 1, unit: "epochs" };

/** Wraps a value so that "not written" and "wrong" are apart. */
type Read<T> = { readonly value: T } | undefined;

export function readRecipe(
  context: Context,
  draft: RecipeDraft,
  target: DatasetSpec | undefined,
): RecipeSpec | undefined {
  const reader = new RecipeReader(context, draft, target);
  const solver = draft.settings.get("solver");
  if (solver !== undefined) {
    return readSolver(context, draft, solver, (use) => reader.environment(use));
  }
  const l2 = draft.settings.get("l2");
  if (l2 !== undefined) {
    report(context, l2.environment, l2.setting.span, "l2-without-solver", {});
    return undefined;
  }
  const missing = REQUIRED.filter((name) => !draft.settings.has(name));
  if (missing.length > 0 && draft.sound) {
    const [first] = missing;
    const list = missing
      .map((name, index) => `${index === 0 ? "" : "no "}\`${name}\``)
      .join(missing.length > 2 ? ", " : " and ");
    context.sink.report(recipeIncomplete(draft, list, first ?? "for"));
  }
  const optimizer = reader.optimizer();
  const schedule = reader.schedule();
  const batch = reader.number("batch", BATCH);
  const duration = reader.duration();
  const clipNorm = reader.number("clip_norm", CLIP_NORM);
  const resize = reader.number("resize", RESIZE);
  const dropLast = reader.dropLast();
  const augment = reader.augment();
  const select = reader.select();
  const precision = reader.precision();
  const checkpoint = reader.checkpoint();
  const parts = reader.trainedParts();
  const losses = reader.losses();
  const scaled = draft.settings.get("unfreeze");
  if (scaled !== undefined && parts?.unfreeze !== undefined && precision?.value?.id === "fp16") {
    report(context, scaled.environment, scaled.setting.span, "unfreeze-scaled", {});
    return undefined;
  }
  if (!optimizer || !schedule || !batch || !duration || !clipNorm || !resize || !dropLast || !augment || !select) {
    return undefined;
  }
  if (
    !precision ||
    !checkpoint ||
    !parts ||
    !losses ||
    optimizer.value === undefined ||
    batch.value === undefined ||
    duration.value === undefined
  ) {
    return undefined;
  }
  return {
    name: draft.name,
    optimizer: optimizer.value,
    schedule: schedule.value,
    batch: batch.value,
    dropLast: dropLast.value,
    duration: duration.value,
    ...(clipNorm.value === undefined ? {} : { clipNorm: clipNorm.value }),
    augment: augment.value,
    ...reader.augmentAt(),
    ...(resize.value === undefined ? {} : { resize: resize.value }),
    select: select.value,
    ...(precision.value === undefined ? {} : { precision: precision.value }),
    ...(checkpoint.value === undefined ? {} : { checkpoint: checkpoint.value }),
    ...parts,
    ...losses,
    location: draft.location,
  };
}

function recipeIncomplete(draft: RecipeDraft, list: string, first: string) {
  return diagnostic(
    "recipe-incomplete",
    { name: draft.name, missing: list, first: EXAMPLES[first] ?? first },
    draft.location,
  );
}
const EXAMPLES: { readonly [setting: string]: string } = {
  optimizer: "optimizer adam(lr: 1e-3)",
  batch: "batch 64",
  for: "for 10 epochs",
};

const BATCH: ParameterSchema = {
  type: "integer",
  minimum: 1,
  maximum: 65536,
  unit: "images",
  description: "Images a step.",
};
const CLIP_NORM: ParameterSchema = {
  type: "number",
  exclusiveMinimum: 0,
  maximum: 1e9,
  description: "The gradient's largest norm.",
};
const RESIZE: ParameterSchema = {
  type: "integer",
  minimum: 1,
  maximum: 8192,
  unit: "px",
  description: "Side of the images.",
};
const DROP_LAST: ParameterSchema = {
  type: "boolean",
  description: "Whether the last partial batch of an epoch is dropped.",
};
const DURATION: ParameterSchema = { unit: "duration", description: "How long it trains." };

class RecipeReader {
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
  #single(name: string): { readonly use: SettingUse; readonly value: Expression } | "absent" | undefined {
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
    const single = this.#single(name);
    if (single === "absent" || single === undefined) {
      return single && { value: undefined };
    }
    const json = this.#checked(name, schema, single);
    return json && { value: Number(json.value) };
  }

  #checked(name: string, schema: ParameterSchema, single: { use: SettingUse; value: Expression }): Read<Json> {
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

  duration(): Read<Duration | undefined> {
    const single = this.#single("for");
    if (single === "absent" || single === undefined) {
      return single && { value: undefined };
    }
    const json = this.#checked("for", DURATION, single);
    const duration = json?.value as unknown as Duration | undefined;
    if (duration?.unit === "checks") {
      report(this.context, single.use.environment, single.value.span, "wrong-unit", {
        name: "for",
        got: "checks",
        wanted: "steps, epochs or images",
      });
      return undefined;
    }
    return duration && { value: duration };
  }

  dropLast(): Read<boolean> {
    const single = this.#single("drop_last");
    if (single === "absent" || single === undefined) {
      return single && { value: true };
    }
    const json = this.#checked("drop_last", DROP_LAST, single);
    return json && { value: json.value === true };
  }

  optimizer(): Read<Choice | undefined> {
    const single = this.#single("optimizer");
    if (single === "absent" || single === undefined) {
      return single && { value: undefined };
    }
    const chosen = choice(this.context, this.environment(single.use), "optimizer", single.value, "optimizer");
    return chosen && this.#withParameters(chosen);
  }

  /** `--set finetune.lr=1e-3`. */
  #withParameters(chosen: Choice): Read<Choice> {
    const found = entry("optimizer", chosen.id);
    let { params } = chosen;
    for (const [name, { expression, environment }] of this.draft.parameters) {
      const schema = found?.parameters[name];
      if (schema === undefined) {
        report(this.context, environment, expression.span, "unknown-argument", { callee: chosen.id, name });
        return undefined;
      }
      const result = convert(this.context, environment, name, schema, expression);
      if (!isConversion(result)) {
        return undefined;
      }
      params = { ...params, [name]: result.json };
      if (found !== undefined && !validate(found, params).ok) {
        const got = `\`${sourceText(environment, expression.span)}\``;
        report(this.context, environment, expression.span, "bad-argument", { name, wanted: wantedBy(schema), got });
        return undefined;
      }
    }
    return { value: { ...chosen, params } };
  }

  schedule(): Read<readonly Choice[]> {
    const single = this.#single("schedule");
    if (single === "absent" || single === undefined) {
      return single && { value: [] };
    }
    const environment = this.environment(single.use);
    const phases = inSequence(single.value);
    const chosen: Choice[] = [];
    for (const [index, phase] of phases.entries()) {
      const found = choice(this.context, environment, "schedule", phase, "schedule");
      if (found === undefined) {
        return undefined;
      }
      if (index < phases.length - 1 && found.id !== "warmup") {
        report(this.context, environment, phase.span, "schedule-order", { phase: found.id });
        return undefined;
      }
      if (
        found.id === "plateau" &&
        (found.params.patience as { readonly unit?: Json } | undefined)?.unit !== "checks"
      ) {
        report(this.context, environment, phase.span, "wrong-unit", {
          name: "patience",
          got: "time",
          wanted: "a number of checks like `3 checks`",
        });
        return undefined;
      }
      chosen.push(found);
    }
    return { value: chosen.filter((each) => each.id !== "constant") };
  }

  augment(): Read<readonly Choice[]> {
    const use = this.draft.settings.get("augment");
    if (use === undefined) {
      return { value: [] };
    }
    withoutBody(this.context, use.setting, use.environment);
    clauseOf(this.context, use.setting, use.environment, []);
    const environment = this.environment(use);
    const chosen: Choice[] = [];
    for (const argument of use.setting.args) {
      const found = choice(this.context, environment, "augment", argument.value, "augmentation");
      if (found === undefined) {
        return undefined;
      }
      chosen.push(found);
    }
    const none = use.setting.args.find((_, index) => chosen[index]?.id === "none");
    if (none !== undefined && chosen.length > 1) {
      report(this.context, environment, none.span, "augment-none", {});
      return undefined;
    }
    return { value: chosen.filter((each) => each.id !== "none") };
  }

  augmentAt(): Pick<RecipeSpec, "augmentAt"> {
    const use = this.draft.settings.get("augment");
    return use === undefined ? {} : { augmentAt: locate(this.environment(use), use.setting.span) };
  }

  /** Undefined where it is f32, written or not. */
  precision(): Read<Choice | undefined> {
    const single = this.#single("precision");
    if (single === "absent" || single === undefined) {
      return single && { value: undefined };
    }
    const chosen = choice(this.context, this.environment(single.use), "precision", single.value, "precision");
    return chosen && { value: chosen.id === "f32" ? undefined : chosen };
  }

  checkpoint(): Read<CheckpointInterval | undefined> {
    const use = this.draft.settings.get("checkpoint");
    if (use === undefined) {
      return { value: undefined };
    }
    const value = readCheckpoint(this.context, use, this.environment(use));
    return value && { value };
  }

  /** What is lowered, of which images, and whose states are kept. Plain cross-entropy is not said. */
  losses(): Pick<RecipeSpec, "loss" | "mix" | "average"> | undefined {
    const [loss, mix, average] = [this.#list("loss"), this.#list("mix"), this.#list("average")];
    if (!loss || !mix || !average) return undefined;
    const [chosen] = loss;
    const plain =
      chosen?.id === "cross_entropy" && chosen.params.label_smoothing === 0 && chosen.params.class_weights === "none";
    const use = this.draft.settings.get("mix");
    if (use !== undefined && chosen?.id === "focal" && mix.length > 0) {
      report(this.context, use.environment, use.setting.span, "mix-focal", {});
      return undefined;
    }
    const twice = mix.find(({ id }, index) => mix.findIndex((each) => each.id === id) < index);
    if (use !== undefined && twice !== undefined) {
      report(this.context, use.environment, use.setting.span, "mix-twice", { name: twice.id });
      return undefined;
    }
    const [kept] = average;
    return {
      ...(chosen === undefined || plain ? {} : { loss: chosen }),
      ...(mix.length === 0 ? {} : { mix }),
      ...(kept === undefined ? {} : { average: kept }),
    };
  }

  /** Choices of a kind; more than one only of mixes. */
  #list(kind: "loss" | "mix" | "average"): readonly Choice[] | undefined {
    const use = this.draft.settings.get(kind);
    if (use === undefined) return [];
    const { setting } = use;
    withoutBody(this.context, setting, use.environment);
    clauseOf(this.context, setting, use.environment, []);
    const [first, second] = setting.args;
    if (first === undefined || (second !== undefined && kind !== "mix")) {
      report(this.context, use.environment, (second ?? setting).span, "one-value", { name: kind });
      return undefined;
    }
    const environment = this.environment(use);
    const found = setting.args.map(({ value }) => choice(this.context, environment, kind, value, kind));
    const whole = found.filter((each) => each !== undefined);
    return whole.length === found.length ? whole : undefined;
  }

  trainedParts(): Pick<RecipeSpec, "freeze" | "trainable" | "layerDecay" | "unfreeze"> | undefined {
    let sound = true;
    const read = <T>(name: string, reader: (context: Context, use: SettingUse, at: Environment) => T | undefined) => {
      const use = this.draft.settings.get(name);
      const value = use && reader(this.context, use, this.environment(use));
      sound &&= use === undefined || value !== undefined;
      return value;
    };
    const freeze = read("freeze", readPartSet);
    const trainable = read("trainable", readPartSet);
    const layerDecay = read("layer_decay", readLayerDecay);
    const unfreeze = read("unfreeze", readUnfreeze);
    if (!sound) return undefined;
    return {
      ...(freeze === undefined ? {} : { freeze }),
      ...(trainable === undefined ? {} : { trainable }),
      ...(layerDecay === undefined || layerDecay === 1 ? {} : { layerDecay }),
      ...(unfreeze === undefined ? {} : { unfreeze }),
    };
  }

  select(): Read<SelectSpec> {
    const single = this.#single("select");
    if (single === "absent" || single === undefined) {
      return single && { value: { kind: "last", every: EVERY_EPOCH } };
    }
    const { use, value } = single;
    const environment = this.environment(use);
    const every = this.#every(use.setting, environment);
    if (value.kind === "call" && value.callee.kind === "name" && value.callee.text === "best") {
      const matched = matchSelection(this.context, environment, value);
      const metric = matched?.metric && metricOf(this.context, matched.metric, environment);
      const on =
        matched && (matched.on === undefined ? "val" : splitOf(this.context, "the selection", matched.on, environment));
      return every && metric && on ? { value: { kind: "best", metric, on: on satisfies SplitName, every } } : undefined;
    }
    const chosen = choice(this.context, environment, "selection", value, "selection");
    return chosen && every && { value: { kind: "last", every } };
  }

  #every(setting: Setting, environment: Environment): Duration | undefined {
    const clause = setting.clauses.find((each) => each.preposition === "every");
    const [first, second] = clause?.values ?? [];
    if (clause === undefined) {
      return EVERY_EPOCH;
    }
    if (first === undefined || second !== undefined) {
      report(this.context, environment, clause.span, "one-value", { name: "every" });
      return undefined;
    }
    const result = convert(this.context, environment, "every", DURATION, first);
    const every = isConversion(result) ? (result.json as unknown as Duration) : undefined;
    if (every !== undefined && (every.value <= 0 || every.unit === "checks")) {
      report(this.context, environment, first.span, "bad-argument", {
        name: "every",
        wanted: "a duration above 0 in epochs, steps or images",
        got: `\`${sourceText(environment, first.span)}\``,
      });
      return undefined;
    }
    return every;
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

function matchSelection(context: Context, environment: Environment, call: Extract<Expression, { kind: "call" }>) {
  const best = entry("selection", "best");
  const matched = best && matchArguments(context, environment, best, call.args, call.span);
  return matched && { metric: matched.get("metric")?.value, on: matched.get("on")?.value };
}

function inSequence(expression: Expression): readonly Expression[] {
  const phases: Expression[] = [];
  let rest = expression;
  while (rest.kind === "then") {
    phases.unshift(rest.second);
    rest = rest.first;
  }
  return [rest, ...phases];
}

/** `20,000 steps`: a comma separates, it groups no digits. */
function thousands(text: string): { readonly hint?: string } {
  const number = /^\d{1,3}(?:,\d{3})+(?!\d)/.exec(text)?.[0];
  return number === undefined ? {} : { hint: `write \`${number.replaceAll(",", "_")}\`: a comma separates values.` };
}
