/** Parameters as people and plan files see them: a manifest by origin, and no keys where an input's role says it. */

import type { Json } from "../../catalog/types.js";
import { digestOf } from "./key.js";
import type { ManifestEntry, PlanNode, TensorOrigin } from "./types.js";

export interface ManifestSummary {
  readonly sha256: string;
  readonly groups: readonly ManifestGroup[];
}
/** Tensors of one origin. In `stream.about`, `{tensor}` stands for the tensor's name and `{source}` for its state. */
export interface ManifestGroup {
  readonly origin: Json;
  readonly tensors: readonly string[];
}

const summaries = new WeakMap<readonly ManifestEntry[], ManifestSummary>();

export function summarizeManifest(manifest: readonly ManifestEntry[]): ManifestSummary {
  let summary = summaries.get(manifest);
  if (!summary) {
    const groups = new Map<string, { origin: Json; tensors: string[] }>();
    for (const { tensor, origin } of manifest) {
      const general = generalOrigin(origin);
      const text = JSON.stringify(general);
      const group = groups.get(text);
      if (group) group.tensors.push(tensor);
      else groups.set(text, { origin: general, tensors: [tensor] });
    }
    summary = { sha256: digestOf(manifest), groups: [...groups.values()] };
    summaries.set(manifest, summary);
  }
  return summary;
}

function generalOrigin(origin: TensorOrigin): Json {
  const { ...plain } = origin as unknown as { [name: string]: Json };
  if (origin.from !== "stats" && origin.from !== "random") return plain;
  const { seed, purpose, repeat, about } = origin.stream;
  const general = about
    .map((item, index) => aboutTensor(purpose, item, index))
    .slice(0, purpose === "sample" ? 2 : undefined);
  return { ...plain, stream: { seed, purpose, repeat, about: general } };
}

/** `sample` is about [tensor, node, output], `random` [tensor], `head` [family, tensor, task, classes]. */
function aboutTensor(purpose: string, item: string | number, index: number): string | number {
  if (index === (purpose === "head" ? 1 : 0)) return "{tensor}";
  return purpose === "sample" ? "{source}" : item;
}

/** A node's parameters for plan files and comparison. */
export function shownParams(node: PlanNode): { readonly [name: string]: Json } {
  const params = node.params as unknown as { readonly [name: string]: Json };
  if (node.op !== "init") return params;
  return { ...params, manifest: summarizeManifest(node.params.manifest) as unknown as Json };
}
