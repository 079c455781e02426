/** A recipe's settings, each read and held against the catalogue. */

import { asDuration } from "../../catalog/duration.js";
import type { Choice, Duration, ParameterSchema } from "../../catalog/types.js";
import { choice } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, locate } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import type { RecipeDraft, SettingUse } from "../evaluate/values.js";
import { diagnostic } from "../messages.js";
import type { CheckpointInterval, DatasetSpec, RecipeSpec } from "../study.js";
import { readCheckpoint } from "./checkpoint.js";
import { readLosses } from "./recipe-loss.js";
import { readOptimizer, readSchedule } from "./recipe-optimizer.js";
import { readLayerDecay, readPartSet, readUnfreeze } from "./recipe-parts.js";
import { type Read, SettingReader } from "./recipe-reader.js";
import { readSelect } from "./recipe-select.js";
import { readSolver } from "./recipe-solver.js";
import { readStop } from "./recipe-stop.js";
import { clauseOf, withoutBody } from "./settings.js";

const REQUIRED = ["optimizer", "batch", "for"] as const;

export function readRecipe(
  context: Context,
  draft: RecipeDraft,
  target: DatasetSpec | undefined,
): RecipeSpec | undefined {
  const reader = new SettingReader(context, draft, target);
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
  const optimizer = readOptimizer(reader);
  const schedule = readSchedule(reader);
  const batch = reader.number("batch", BATCH);
  const duration = readDuration(reader);
  const clipNorm = reader.number("clip_norm", CLIP_NORM);
  const resize = reader.number("resize", RESIZE);
  const dropLast = readDropLast(reader);
  const augment = readAugment(reader);
  const select = readSelect(reader);
  const precision = readPrecision(reader);
  const checkpoint = readInterval(reader);
  const parts = readTrainedParts(reader);
  const losses = readLosses(reader);
  const stop = readStop(reader, select?.value);
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
    !stop ||
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
    ...placesOf(reader),
    ...(resize.value === undefined ? {} : { resize: resize.value }),
    select: select.value,
    ...(precision.value === undefined ? {} : { precision: precision.value }),
    ...(checkpoint.value === undefined ? {} : { checkpoint: checkpoint.value }),
    ...parts,
    ...losses,
    ...(stop.value === undefined ? {} : { stop: stop.value }),
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

function readDuration(reader: SettingReader): Read<Duration | undefined> {
  const single = reader.single("for");
  if (single === "absent" || single === undefined) {
    return single && { value: undefined };
  }
  const json = reader.checked("for", DURATION, single);
  const duration = asDuration(json?.value);
  if (duration?.unit === "checks") {
    report(reader.context, single.use.environment, single.value.span, "wrong-unit", {
      name: "for",
      got: "checks",
      wanted: "steps, epochs or images",
    });
    return undefined;
  }
  return duration && { value: duration };
}

function readDropLast(reader: SettingReader): Read<boolean> {
  const single = reader.single("drop_last");
  if (single === "absent" || single === undefined) {
    return single && { value: true };
  }
  const json = reader.checked("drop_last", DROP_LAST, single);
  return json && { value: json.value === true };
}

function readAugment(reader: SettingReader): Read<readonly Choice[]> {
  const use = reader.draft.settings.get("augment");
  if (use === undefined) {
    return { value: [] };
  }
  withoutBody(reader.context, use.setting, use.environment);
  clauseOf(reader.context, use.setting, use.environment, []);
  const environment = reader.environment(use);
  const chosen: Choice[] = [];
  for (const argument of use.setting.args) {
    const found = choice(reader.context, environment, "augment", argument.value, "augmentation");
    if (found === undefined) {
      return undefined;
    }
    chosen.push(found);
  }
  const none = use.setting.args.find((_, index) => chosen[index]?.id === "none");
  if (none !== undefined && chosen.length > 1) {
    report(reader.context, environment, none.span, "augment-none", {});
    return undefined;
  }
  return { value: chosen.filter((each) => each.id !== "none") };
}

/** Where settings stand that are judged once the data are known. */
function placesOf({ draft }: SettingReader): Pick<RecipeSpec, "augmentAt" | "scheduleAt" | "lossAt" | "stopAt"> {
  const at = (name: string) => {
    const use = draft.settings.get(name);
    const [first] = use?.setting.args ?? [];
    const last = use?.setting.args.at(-1);
    return use && first && last && locate(use.environment, { start: first.span.start, end: last.span.end });
  };
  const [augmentAt, scheduleAt, lossAt, stopAt] = [at("augment"), at("schedule"), at("loss"), at("stop")];
  return {
    ...(augmentAt === undefined ? {} : { augmentAt }),
    ...(scheduleAt === undefined ? {} : { scheduleAt }),
    ...(lossAt === undefined ? {} : { lossAt }),
    ...(stopAt === undefined ? {} : { stopAt }),
  };
}

/** Undefined where it is f32, written or not. */
function readPrecision(reader: SettingReader): Read<Choice | undefined> {
  const single = reader.single("precision");
  if (single === "absent" || single === undefined) {
    return single && { value: undefined };
  }
  const chosen = choice(reader.context, reader.environment(single.use), "precision", single.value, "precision");
  return chosen && { value: chosen.id === "f32" ? undefined : chosen };
}

function readInterval(reader: SettingReader): Read<CheckpointInterval | undefined> {
  const use = reader.draft.settings.get("checkpoint");
  if (use === undefined) {
    return { value: undefined };
  }
  const value = readCheckpoint(reader.context, use, reader.environment(use));
  return value && { value };
}

function readTrainedParts(
  reader: SettingReader,
): Pick<RecipeSpec, "freeze" | "trainable" | "layerDecay" | "unfreeze"> | undefined {
  let sound = true;
  const read = <T>(name: string, by: (context: Context, use: SettingUse, at: Environment) => T | undefined) => {
    const use = reader.draft.settings.get(name);
    const value = use && by(reader.context, use, reader.environment(use));
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
