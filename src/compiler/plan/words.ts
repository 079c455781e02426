/** Parameters of nodes in a study's own words: `schedule warmup(duration)` for `recipe.schedule.0.duration`. */

import { isMembers } from "../../catalog/json.js";
import type { Json } from "../../catalog/types.js";
import { canonicalJson } from "./canonical.js";
import type { NumericSignature } from "./types.js";

/** What a recipe's parts are called in a study. */
const SETTINGS: { readonly [part: string]: string } = {
  optimizer: "optimizer",
  schedule: "schedule",
  batch: "batch",
  dropLast: "drop_last",
  duration: "for",
  clipNorm: "clip_norm",
  augment: "augment",
  select: "select",
  keep: "keep",
  precision: "precision",
  loss: "loss",
  mix: "mix",
  average: "average",
  stop: "stop",
  frozen: "freeze",
  layerDecay: "layer_decay",
  unfreeze: "unfreeze",
};

/** The setting a dotted path into a node's parameters comes from, where it is a recipe's. */
export function settingOf(path: string): string | undefined {
  const [root, part] = path.split(".");
  return root === "recipe" ? SETTINGS[part ?? ""] : undefined;
}

/** @param path dotted, without `params`: `recipe.optimizer.lr` @param params the node's, to see what a position holds */
export function studyWords(path: string, params: Json): string {
  const setting = settingOf(path);
  if (setting === undefined) return elsewhere(path, params);
  const [, part = "", ...rest] = path.split(".");
  const value = member(member(params, "recipe"), part);
  const isList = Array.isArray(value);
  const id = member(isList ? member(value, rest[0] ?? "") : value, "id");
  const name = rest[isList ? 1 : 0];
  if (name === undefined) return setting;
  return typeof id === "string" ? `${setting} ${id}(${name})` : `${setting} ${name}`;
}

/** Draws differ by their seed or repeat, whatever is drawn; a model's and an adapter's parameters are said as such. */
function elsewhere(path: string, params: Json): string {
  const draw = /(?:^|\.)(?:stream|streams\.\w+)\.(seed|repeat)$/.exec(path);
  if (draw?.[1] !== undefined) return draw[1];
  const [root, ...rest] = path.split(".");
  if (root === "views") return viewWords(member(member(params, "views"), rest[0] ?? ""));
  const scoring = SCORING[root ?? ""];
  if (scoring !== undefined) return scoring;
  const id = member(member(params, root ?? ""), root === "model" ? "family" : "id");
  return (root === "model" || root === "adapter") && typeof id === "string" ? `${id}(${rest.join(".")})` : path;
}

/** What the parts of a score are called in a study. */
const SCORING: { readonly [part: string]: string } = { groups: "by", interval: "ci", threshold: "threshold" };

/** The setting a view comes from. */
function viewWords(view: Json | undefined): string {
  const kind = member(view, "kind");
  return kind === "subset" ? "labels" : typeof kind === "string" ? kind : "views";
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(name)];
  return isMembers(value) ? value[name] : undefined;
}

export function isDuration(value: object): value is { value: number; unit: string } {
  return "unit" in value && "value" in value;
}

export function signatureWords({ engine, engineVersion, device, threads, microBatch }: NumericSignature): string {
  const pieces = microBatch === undefined ? "" : `, batches in pieces of ${microBatch}`;
  return `${engine} ${engineVersion} on ${device}, ${threads} threads${pieces}`;
}

const SHOWN_LENGTH = 60;

export function shownValue(value: Json | undefined): string {
  const text = valueText(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH - 1)}…` : text;
}

function valueText(value: Json | undefined): string {
  if (value === undefined || value === null) return "none";
  if (typeof value === "string") return value;
  if (!isMembers(value)) return canonicalJson(value);
  if (isDuration(value)) return `${value.value} ${value.unit}`;
  const alternative = alternativeText(value);
  if (alternative !== undefined) return alternative;
  const { id, params } = value;
  if (typeof id !== "string") return canonicalJson(value);
  const given = Object.entries(isMembers(params) ? params : {}).map(([name, each]) => `${name}: ${valueText(each)}`);
  return given.length === 0 ? id : `${id}(${given.join(", ")})`;
}

/** A split, or what images are normalized by. */
function alternativeText(value: { readonly [name: string]: Json }): string | undefined {
  switch (value.kind) {
    case "official":
      return "official";
    case "fractions": {
      const shares = ["train", "val", "test"].map((name) => +(100 * Number(value[name])).toPrecision(6));
      return `${shares.join("/")}${typeof value.by === "string" ? ` by ${value.by}` : ""}`;
    }
    case "data":
      return "by the data";
    case "given":
      return `mean ${valueText(value.mean)} std ${valueText(value.std)}`;
    case "folds":
      return `fold ${valueText(value.fold)} of ${valueText(value.folds)}${byText(value.by)}`;
    case "subset":
      return `${amountText(value.amount)}${byText(value.by)}${value.stratify === "none" ? ", any class" : ""}`;
    case "where":
      return conditionText(value.condition);
    case "value":
      return valueText(value.value);
    case "youden":
      return "youden";
    case "sensitivity":
    case "specificity":
      return `${value.kind} ${valueText(value.least)}`;
    default:
      return undefined;
  }
}

function byText(by: Json | undefined): string {
  return typeof by === "string" ? ` by ${by}` : "";
}

/** `10%`, `500 images`, `20 per class`. */
export function amountText(amount: Json | undefined): string {
  const value = Number(member(amount, "value"));
  const kind = member(amount, "kind");
  if (kind === "share") return `${+(100 * value).toPrecision(6)}%`;
  return kind === "per-class" ? `${value} per class` : `${value} images`;
}

/** As a study would write it. */
function conditionText(condition: Json | undefined): string {
  if (!isMembers(condition ?? null)) return "none";
  const part = (name: string) => member(condition, name);
  switch (part("kind")) {
    case "in": {
      const values = part("values");
      return `${valueText(part("column"))} in [${Array.isArray(values) ? values.map(valueText).join(", ") : ""}]`;
    }
    case "compare":
      return `${valueText(part("column"))} ${valueText(part("operator"))} ${valueText(part("value"))}`;
    case "part-of-classes":
      return `class in part ${Number(part("part")) + 1} of ${valueText(part("parts"))}, draw ${valueText(part("draw"))}`;
    case "not":
      return `not (${conditionText(part("condition"))})`;
    default:
      return `(${conditionText(part("left"))} ${valueText(part("kind"))} ${conditionText(part("right"))})`;
  }
}
