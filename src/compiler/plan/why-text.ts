/** Why nodes run, as lines: a cause each in short, and every node with its own reason where that is asked for. */

import { counted } from "../counted.js";
import { type Cause, causesOf, rootOf } from "./causes.js";
import type { PlanReport } from "./json.js";
import type { Reason } from "./reason.js";
import { changePlace, changeText, placeText, reasonText } from "./reason-text.js";
import type { PlanNode } from "./types.js";

const MOST_CAUSES = 20;
const SHORT_KEY = 12;

/** Empty where nothing runs, or all of it for the first time. */
export function whyLines({ diff }: PlanReport): readonly string[] {
  const causes = causesOf(diff);
  if (causes.every(({ reason }) => reason.kind === "new") && diff.missing.length === diff.status.size) return [];
  if (causes.length === 0) return [];
  const width = Math.max(...causes.map(({ nodes }) => `${nodes}`.length));
  const lines = causes.slice(0, MOST_CAUSES).flatMap((cause) => causeLines(cause, width));
  const hidden = causes.length - MOST_CAUSES;
  const more = hidden > 0 ? [`  and for ${hidden} more ${hidden === 1 ? "reason" : "reasons"} (--why has all)`] : [];
  return [
    `Why ${counted(diff.missing.length, "node")} ${diff.missing.length === 1 ? "runs" : "run"}`,
    ...lines,
    ...more,
  ];
}

function causeLines(cause: Cause, width: number): readonly string[] {
  const { reason, nodes, own } = cause;
  const [first] = own;
  const place = placeText(reason, first?.location.path ?? "");
  const indent = " ".repeat(width + 4);
  return [
    `  ${`${nodes}`.padStart(width)}  ${reasonText(reason)}${place === "" ? "" : ` (${place})`}`,
    ...detailsOf(reason, first).map((line) => indent + line),
    ...(first ? [`${indent}${first.label}${moreOf(cause)}`] : []),
  ];
}

function moreOf({ own, after }: Cause): string {
  const more = own.length > 1 ? ` and ${own.length - 1} more like it` : "";
  const downstream = [...after].map(([op, count]) => `${count} ${op}`).join(", ");
  return downstream === "" ? more : `${more}; after ${own.length === 1 ? "it" : "them"} ${downstream}`;
}

/** What does not fit into few words: which files, which other parameters. */
function detailsOf(reason: Reason, node: PlanNode | undefined): readonly string[] {
  if (reason.kind === "data") {
    const names = reason.files?.names ?? [];
    const count = reason.files ? reason.files.added + reason.files.removed + reason.files.changed : 0;
    return names.length === 0 ? [] : [`${names.join(", ")}${count > names.length ? ", …" : ""}`];
  }
  if (reason.kind !== "parameter") return [];
  return (reason.also ?? []).map((change) => {
    const place = changePlace(change, node?.location.path ?? "");
    return `and ${changeText(change)}${place === "" ? "" : ` (${place})`}`;
  });
}

/** `--why`: every node that runs, and its own reason. */
export function nodeLines({ diff }: PlanReport): readonly string[] {
  const running = new Map(diff.missing.map((node) => [node.key, node]));
  return diff.missing.flatMap((node) => {
    const root = rootOf(node, diff.status, running);
    const place = placeText(root.reason, root.node.location.path);
    const why = `${reasonText(root.reason)}${place === "" ? "" : ` (${place})`}`;
    const indent = " ".repeat(SHORT_KEY + 4);
    const from = root.node === node ? "" : `, by ${root.node.key.slice(0, SHORT_KEY)} ${root.node.label}`;
    return [`  ${node.key.slice(0, SHORT_KEY)}  ${node.label}`, `${indent}${why}${from}`];
  });
}

/** `because batch 64 → 32 (study.xfer:41)`: for the start of a run, after the number of nodes. */
export function shortCause({ reason, own }: Cause, shown: (path: string) => string): string {
  if (reason.kind === "new") return "new";
  const place = placeText(withFile(reason, shown), shown(own[0]?.location.path ?? ""));
  return `because ${reasonText(reason)}${place === "" ? "" : ` (${place})`}`;
}

function withFile(reason: Reason, shown: (path: string) => string): Reason {
  return reason.kind === "parameter" && reason.file !== undefined ? { ...reason, file: shown(reason.file) } : reason;
}
