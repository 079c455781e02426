/** Parameters of nodes in a study's own words: `schedule warmup(duration)` for `recipe.schedule.0.duration`. */

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
};

/** Which group of tensors it is says nothing to a reader. */
const MANIFEST_ORIGIN = /^manifest\.groups\.\d+\.origin\./;

/** The setting a dotted path into a node's parameters comes from, where it is a recipe's. */
export function settingOf(path: string): string | undefined {
  const [root, part] = path.split(".");
  return root === "recipe" ? SETTINGS[part ?? ""] : undefined;
}

/** @param path dotted, without `params`: `recipe.optimizer.lr` @param params the node's, to see what a position holds */
export function studyWords(path: string, params: Json): string {
  const setting = settingOf(path);
  if (setting === undefined) return path.replace(MANIFEST_ORIGIN, "tensors.");
  const [, part = "", ...rest] = path.split(".");
  const value = member(member(params, "recipe"), part);
  const isList = Array.isArray(value);
  const id = member(isList ? member(value, rest[0] ?? "") : value, "id");
  const name = rest[isList ? 1 : 0];
  if (name === undefined) return setting;
  return typeof id === "string" ? `${setting} ${id}(${name})` : `${setting} ${name}`;
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(name)];
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
  if (!isObject(value)) return canonicalJson(value);
  if (isDuration(value)) return `${value.value} ${value.unit}`;
  const { id, params } = value;
  if (typeof id !== "string") return canonicalJson(value);
  const given = Object.entries(isObject(params) ? params : {}).map(([name, each]) => `${name}: ${valueText(each)}`);
  return given.length === 0 ? id : `${id}(${given.join(", ")})`;
}
