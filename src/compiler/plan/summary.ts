/**
 * Parameters as plan files show them, and a manifest as its key sees it: its tensors by origin, in the model's order,
 * groups by their first tensor. Shapes follow from the model, which is in the key beside it.
 */

import type { Json } from "../../catalog/types.js";
import { canonicalJson } from "./canonical.js";
import { sha256 } from "./key.js";
import { remembered } from "./memo.js";
import type { ManifestEntry, PlanNode, TensorOrigin } from "./types.js";

export interface ManifestSummary {
  /** Of canonical JSON of `groups`. */
  readonly sha256: string;
  readonly groups: readonly ManifestGroup[];
}
/** Tensors of one origin. In `stream.about`, `{tensor}` stands for the tensor's name and `{source}` for its state. */
export interface ManifestGroup {
  readonly origin: Json;
  readonly tensors: readonly string[];
}

/** The digest a key holds for a manifest, from each tensor's name and general origin, both as canonical JSON. */
export function manifestDigest(names: readonly string[], origins: readonly string[]): string {
  const groups = new Map<string, string>();
  for (let index = 0; index < names.length; index++) {
    const origin = origins[index] ?? "";
    const before = groups.get(origin);
    const name = names[index] ?? "";
    groups.set(origin, before === undefined ? name : `${before},${name}`);
  }
  let text = "";
  for (const [origin, members] of groups)
    text += `${text === "" ? "" : ","}{"origin":${origin},"tensors":[${members}]}`;
  return sha256(`[${text}]`);
}

/** Entries are shared by manifests: what is general about one is worked out once. */
const generalized = new WeakMap<ManifestEntry, { readonly text: string; readonly origin: Json }>();

export function summarizeManifest(manifest: readonly ManifestEntry[]): ManifestSummary {
  const groups = new Map<string, { origin: Json; tensors: string[] }>();
  for (const entry of manifest) {
    const { text, origin } = remembered(generalized, entry, () => {
      const general = generalOrigin(entry.origin);
      return { text: canonicalJson(general), origin: general };
    });
    const group = groups.get(text);
    if (group) group.tensors.push(entry.tensor);
    else groups.set(text, { origin, tensors: [entry.tensor] });
  }
  const list = [...groups.values()];
  return { sha256: sha256(canonicalJson(list)), groups: list };
}

/** Without what follows from the tensor's name and the node's inputs. */
export function generalOrigin(origin: TensorOrigin): Json {
  const { ...plain } = origin as unknown as { [name: string]: Json };
  if (origin.from !== "stats" && origin.from !== "random") return plain;
  const { seed, purpose, repeat, about } = origin.stream;
  return { ...plain, stream: { seed, purpose, repeat, about: generalAbout(purpose, about) } };
}

/** `sample` is about [tensor, node, output], `random` [tensor], `head` [family, tensor, task, classes]. */
function generalAbout(purpose: string, about: readonly (string | number)[]): readonly (string | number)[] {
  if (purpose === "sample") return ["{tensor}", "{source}"];
  const position = purpose === "head" ? 1 : 0;
  return about.map((item, index) => (index === position ? "{tensor}" : item));
}

/** A node's parameters for plan files and comparison. */
export function shownParams(node: PlanNode): { readonly [name: string]: Json } {
  const params = node.params as unknown as { readonly [name: string]: Json };
  if (node.op !== "init") return params;
  return { ...params, manifest: summarizeManifest(node.params.manifest) as unknown as Json };
}
