/** Parameters of two nodes that differ, leaf by leaf, and of two inits origin by origin. */

import type { Json } from "../../../catalog/types.js";
import { canonicalJson } from "../canonical.js";
import { isDuration } from "../words.js";

export interface Difference {
  /** Dotted: `recipe.optimizer.lr`. */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Leaves that differ, in the order of their names. A duration is a leaf, and so is one choice put in place of another. */
export function differences(before: Json | undefined, after: Json | undefined, path = ""): readonly Difference[] {
  if (before === after) return [];
  const [left, right] = [membersOf(before), membersOf(after)];
  if (!left || !right || left.get("id") !== right.get("id"))
    return canonical(before) === canonical(after) ? [] : [{ path, before, after }];
  return [...new Set([...left.keys(), ...right.keys()])]
    .sort()
    .flatMap((name) => differences(left.get(name), right.get(name), joined(path, name)));
}

function membersOf(value: Json | undefined): ReadonlyMap<string, Json> | undefined {
  if (!isObject(value) || isDuration(value) || isAlternative(value)) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return undefined;
  return new Map(Object.entries(value));
}

const ALTERNATIVES = [
  "official",
  "fractions",
  "given",
  "data",
  "where",
  "folds",
  "subset",
  "value",
  "youden",
  "sensitivity",
  "specificity",
];

/** One of several shapes (how splits are made, what images are normalized by, how cases are chosen): said whole. */
function isAlternative(value: object): boolean {
  return "kind" in value && ALTERNATIVES.includes(`${value.kind}`);
}

/** `params` says nothing to a reader: `recipe.optimizer.lr`. */
function joined(path: string, name: string): string {
  if (name === "params") return path;
  return path === "" ? name : `${path}.${name}`;
}

function canonical(value: Json | undefined): string {
  return value === undefined ? "" : canonicalJson(value);
}

function isObject(value: Json | undefined): value is Exclude<Json, string | number | boolean | null> {
  return typeof value === "object" && value !== null;
}

// ── inits ────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Group {
  readonly before: Json;
  readonly after: Json;
  tensors: number;
}

/** Of two manifests by origin (summary.ts): within an origin its leaves, else how many tensors come from elsewhere. */
export function manifestDifferences(before: Json, after: Json): readonly Difference[] {
  const [left, right] = [originsOf(before), originsOf(after)];
  const groups = new Map<string, Group>();
  for (const [tensor, origin] of right) {
    const was = left.get(tensor);
    if (was === undefined || canonical(was) === canonical(origin)) continue;
    const name = `${canonical(was)} ${canonical(origin)}`;
    const group = groups.get(name) ?? { before: was, after: origin, tensors: 0 };
    group.tensors++;
    groups.set(name, group);
  }
  return [...groups.values()].flatMap((group) => {
    const [was, is] = [withoutInput(group.before), withoutInput(group.after)];
    if (member(was, "from") === member(is, "from")) return differences(was, is);
    const path = `init of ${group.tensors} ${group.tensors === 1 ? "tensor" : "tensors"}`;
    return [{ path, before: originName(was), after: originName(is) }];
  });
}

/** How many tensors come from elsewhere, or otherwise, than before: 0 to 1. */
export function manifestDistance(before: Json, after: Json): number {
  const [left, right] = [originsOf(before), originsOf(after)];
  let changed = 0;
  for (const [tensor, origin] of right) if (canonical(left.get(tensor)) !== canonical(origin)) changed++;
  return right.size === 0 ? 0 : changed / right.size;
}

function originsOf(manifest: Json): ReadonlyMap<string, Json> {
  const origins = new Map<string, Json>();
  const groups = member(manifest, "groups");
  for (const group of Array.isArray(groups) ? groups : []) {
    const [origin, tensors] = [member(group, "origin"), member(group, "tensors")];
    if (origin === undefined || !Array.isArray(tensors)) continue;
    for (const tensor of tensors) if (typeof tensor === "string") origins.set(tensor, origin);
  }
  return origins;
}

/** Which input it is, is not what changed: whether the input did is told by the inputs. */
function withoutInput(origin: Json): Json {
  if (!isObject(origin) || Array.isArray(origin)) return origin;
  const { state: _, ...rest } = origin as { readonly [name: string]: Json };
  return rest;
}

function originName(origin: Json): string {
  const from = member(origin, "from");
  switch (from) {
    case "state":
      return "copied";
    case "stats":
      return "sampled from statistics";
    case "random":
      return "random";
    case "constant":
      return `constant ${canonical(member(origin, "value"))}`;
    default:
      return canonical(origin);
  }
}

export function member(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(name)];
  return isObject(value) ? (value as { readonly [name: string]: Json })[name] : undefined;
}
