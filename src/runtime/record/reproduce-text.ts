/** What `xferc reproduce` prints: before the run what is known, after it what came out the same. */

import { counted } from "../../compiler/counted.js";
import { figure } from "../ui/format.js";
import type { Difference } from "./differences.js";
import type { RunRecord } from "./read.js";
import type { Explained, Prepared, Reproduction } from "./reproduce.js";
import { type RecordedRow, rowName } from "./rows.js";
import type { Verified } from "./verify.js";

export function engineText({ signature }: RunRecord["head"]): string {
  const { engine, engineVersion, device, threads } = signature;
  return `${engine} ${engineVersion} on ${device}, ${counted(threads, "thread")}`;
}

function differenceText({ what, before, after }: Difference): string {
  return `${what}: ${before} → ${after}`;
}

/** Up front, so that no one waits for numbers that cannot be the same. */
export function preparationText({ record, verified, surroundings, instead, keys, planned }: Prepared): string {
  const { head, lock } = record;
  const lines = [
    `Reproducing ${lock.study}, run ${head.id ?? record.shown}${head.startedAt === null ? "" : ` of ${head.startedAt.slice(0, 10)}`}, made by xferc ${lock.xferc} with ${engineText(head)}`,
    ...verified.map(verifiedText),
  ];
  if (head.status === "interrupted")
    lines.push("  status   the run was stopped before its end: what it had is compared");
  if (instead !== undefined)
    lines.push(`  engine   not the recorded one: ${instead}; computing with ${planned.compute.title}`);
  const { numeric, other } = surroundings;
  for (const difference of numeric)
    lines.push(`  differs  ${differenceText(difference)}; numbers may come out otherwise`);
  for (const difference of other) lines.push(`  differs  ${differenceText(difference)}`);
  if (keys.same === keys.recorded)
    lines.push(`  plan     all ${counted(keys.recorded, "node")} have the keys that were recorded`);
  else lines.push(`  plan     ${keys.same} of ${counted(keys.recorded, "node")} have the keys that were recorded`);
  return `${lines.join("\n")}\n`;
}

export function verifiedText({ kind, name, status, detail }: Verified): string {
  const head = `  ${kind.padEnd(7)}  ${name}`;
  switch (status) {
    case "same":
      return `${head}: as locked`;
    case "missing":
    case "differs":
    case "unknown":
      return `${head}: ${detail}`;
    default:
      return status satisfies never;
  }
}

const MOST_SHOWN = 10;

export function reproductionText({ run, rows, largest, verdict }: Reproduction, tolerance: number): string {
  const { same, close, differing, onlyBefore, onlyAfter } = rows;
  const total = same.length + close.length + differing.length + onlyBefore.length;
  const failed = same.filter(({ before }) => before.status === "failed").length;
  const bothFailed = failed > 0 ? ` (${failed} of them failed then and now)` : "";
  const lines = [
    `${same.length} of ${counted(total, "number")} ${total === 1 ? "is" : "are"} the same, bit for bit${bothFailed}.`,
  ];
  if (close.length > 0)
    lines.push(
      `${close.length} differ by less than ${tolerance < 1e-3 ? tolerance.toExponential() : tolerance} of their size.`,
    );
  if (differing.length > 0)
    lines.push(`${differing.length} differ:`, ...largest.slice(0, MOST_SHOWN).flatMap(explainedLines));
  if (differing.length > MOST_SHOWN) lines.push(`  and ${differing.length - MOST_SHOWN} more (--format json has all)`);
  if (onlyBefore.length > 0) lines.push(`${onlyBefore.length} were recorded and did not come out here.`);
  if (onlyAfter.length > 0) lines.push(`${onlyAfter.length} came out here and were not recorded.`);
  const { computed, cached } = run.execution;
  if (computed === 0) {
    lines.push(
      `Nothing was computed: all ${counted(cached, "result")} came from the cache. --fresh computes them again.`,
    );
  } else if (cached > 0) {
    lines.push(`${computed} results were computed, ${cached} came from the cache; --fresh computes all of them.`);
  }
  lines.push(VERDICTS[verdict]);
  return `${lines.join("\n")}\n`;
}

const VERDICTS = {
  same: "Reproduced.",
  close: "Reproduced, within the tolerance.",
  differs: "Not reproduced.",
} as const;

function explainedLines({ before, after, relative, why }: Explained): readonly string[] {
  const repeat = before.repeat === "" ? "" : ` repeat ${before.repeat}`;
  const values = `${valueText(before)} → ${valueText(after)}`;
  const percent = Number.isFinite(relative) ? ` (${figure(100 * relative)} %)` : "";
  return [`  ${rowName(before)}${repeat}`, `    ${values}${percent}: ${why}`];
}

/** All digits: what differs may differ in the last one. */
function valueText({ value, status }: Pick<RecordedRow, "value" | "status">): string {
  if (status === "not_reached") return "not reached";
  return Number.isNaN(value) ? "failed" : String(value);
}
