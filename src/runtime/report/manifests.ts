/** An init manifest in a few words: how much came from where, part by part. */

import { type NamedInput, originText } from "../../compiler/plan/explain/index.js";
import type { ManifestEntry, NodeKey, TensorOrigin } from "../../compiler/plan/types.js";
import { type ManifestSummary, ORIGINS, type OriginName } from "./data.js";

function originName(origin: TensorOrigin): OriginName {
  switch (origin.from) {
    case "state":
      return "transferred";
    case "stats":
      return "statistics";
    case "random":
      return "random";
    case "constant":
      return "constant";
    default:
      return origin satisfies never;
  }
}

/** `blocks.0.attn.qkv.weight` → `blocks.0`, `layer1.0.conv1.weight` → `layer1.0`, `conv1.weight` → `conv1`. */
function partOf(tensor: string): string {
  const segments = tensor.split(".");
  const second = segments[1];
  return second !== undefined && /^[0-9]+$/.test(second) ? `${segments[0]}.${second}` : (segments[0] ?? tensor);
}

/** @param inputs of the init's node, in order: what the states are called */
export function summarizeManifest(
  key: NodeKey,
  entries: readonly ManifestEntry[],
  inputs: readonly NamedInput[],
): ManifestSummary {
  const sources = new Map<string, number>();
  const tensors = entries.map(({ tensor, shape, origin }) => {
    const text = originText(origin, inputs);
    const source = sources.get(text) ?? sources.size;
    sources.set(text, source);
    return [tensor, shape.join("×"), source] as const;
  });
  const totals = new Map<OriginName, { tensors: number; elements: number }>();
  const parts = new Map<string, Set<OriginName>>();
  for (const { tensor, shape, origin } of entries) {
    const name = originName(origin);
    const total = totals.get(name) ?? { tensors: 0, elements: 0 };
    total.tensors += 1;
    total.elements += shape.reduce((product, size) => product * size, 1);
    totals.set(name, total);
    const part = partOf(tensor);
    const origins = parts.get(part) ?? new Set<OriginName>();
    origins.add(name);
    parts.set(part, origins);
  }
  const origins = ORIGINS.flatMap((origin) => {
    const total = totals.get(origin);
    return total === undefined ? [] : [{ origin, ...total }];
  });
  return {
    key,
    origins,
    parts: [...parts].map(([part, found]) => ({ part, origins: ORIGINS.filter((origin) => found.has(origin)) })),
    sources: [...sources.keys()],
    tensors,
  };
}
