/** Reasons in words. */

import type { EngineChange, FileChanges, ParameterChange, Reason } from "./reason.js";

/** In few words, as `12 nodes run because …` goes on: `batch 64 → 32`. */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case "new":
      return "new";
    case "parameter": {
      const also = reason.also?.length ?? 0;
      return `${changeText(reason)}${also === 0 ? "" : ` and ${also} more ${also === 1 ? "change" : "changes"}`}`;
    }
    case "data":
      return `data of ${reason.dataset} changed${reason.files ? ` (${filesText(reason.files)})` : ""}`;
    case "version":
      return `operator version (${reason.op} ${reason.before} → ${reason.after})`;
    case "code":
      return `code of ${reason.entry} (version ${reason.before} → ${reason.after})`;
    case "plugin":
      return `plug-in ${reason.plugin} changed (${reason.before} → ${reason.after})`;
    case "engine":
      return reason.parts.map(({ part, before, after }) => `${PART_NAMES[part]}${before} → ${after}`).join(", ");
    case "upstream":
      return "what it is computed from runs again";
    case "lost":
      return reason.how === "damaged" ? "found damaged in the cache" : "no longer in the cache";
    case "failed":
      return `failed before: ${reason.message}`;
    default:
      return reason satisfies never;
  }
}

/** An engine's own names say what they are. */
const PART_NAMES: { readonly [P in EngineChange["part"]]: string } = {
  engine: "",
  version: "",
  device: "device ",
  precision: "precision ",
  threads: "threads ",
  pieces: "batches ",
};

export function changeText({ path, before, after }: ParameterChange): string {
  return `${path} ${before} → ${after}`;
}

/** `3 files added`, `3 files: 1 added, 2 changed`. */
function filesText({ added, removed, changed }: FileChanges): string {
  const count = added + removed + changed;
  if (count === 0) return "the same files, read otherwise";
  const files = count === 1 ? "1 file" : `${count} files`;
  const kinds = Object.entries({ added, removed, changed }).filter(([, number]) => number > 0);
  const [only, ...others] = kinds;
  if (only && others.length === 0) return only[0] === "changed" ? files : `${files} ${only[0]}`;
  return `${files}: ${kinds.map(([kind, number]) => `${number} ${kind}`).join(", ")}`;
}

/** Where the study says it: `study.xfer:41`, or the override in its place. Empty where nowhere. */
export function placeText(reason: Reason, path: string): string {
  if (reason.kind !== "parameter") return "";
  return changePlace(reason, path);
}

/** Every change by itself, with its place: for where there is room. @param path of the node's own file */
export function wholeReason(reason: Reason, path: string): string {
  if (reason.kind !== "parameter") return reasonText(reason);
  return [reason, ...(reason.also ?? [])]
    .map((change) => {
      const place = changePlace(change, path);
      return `${changeText(change)}${place === "" ? "" : ` (${place})`}`;
    })
    .join(", ");
}

export function changePlace({ line, file, override }: ParameterChange, path: string): string {
  if (override !== undefined) return `override: ${override}`;
  return line === undefined ? "" : `${file ?? path}:${line}`;
}
