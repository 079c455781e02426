/** `xferc diff` for people: what differs around the runs, why, and the numbers, the most important first. */

import { counted } from "../../compiler/counted.js";
import { figure } from "../ui/format.js";
import { DERIVED, type Lonely, type NumberDifference, type RunDiff, type Sample, type Weight } from "./diff.js";
import type { Difference } from "./differences.js";
import type { RunRecord } from "./read.js";
import { engineText } from "./reproduce-text.js";
import { rowName } from "./rows.js";

export type DiffDetail = "short" | "all";

export function diffText(diff: RunDiff, detail: DiffDetail): string {
  const sections = [
    [`a  ${headText(diff.before)}`, `b  ${headText(diff.after)}`],
    differenceLines(diff),
    whyLines(diff),
    ...numberSections(diff, detail),
    [...lonelyLines("a", diff.onlyBefore, detail), ...lonelyLines("b", diff.onlyAfter, detail)],
    [conclusion(diff)],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headText({ shown, head, lock }: RunRecord): string {
  const status = head.status === null || head.status === "complete" ? "" : `, ${head.status}`;
  const day = head.startedAt === null ? "" : `${head.startedAt.slice(0, 10)}, `;
  return `${shown}: ${day}xferc ${lock.xferc}, ${engineText(head)}${status}`;
}

function differenceLines({ surroundings, study }: RunDiff): readonly string[] {
  const all = [...study, ...surroundings.numeric, ...surroundings.other];
  if (all.length === 0) return ["Study, data, engine and versions are the same."];
  const width = Math.max(...all.map(({ what }) => what.length));
  const line = ({ what, before, after }: Difference) => `  ${what.padEnd(width)}  ${before} → ${after}`;
  return ["Different", ...all.map(line)];
}

function whyLines({ causes }: RunDiff): readonly string[] {
  const direct = causes.filter(({ why }) => why !== DERIVED);
  if (direct.length === 0) return [];
  const width = Math.max(...direct.map(({ numbers }) => `${numbers}`.length));
  return ["Why numbers differ", ...direct.map(({ why, numbers }) => `  ${`${numbers}`.padStart(width)}  ${why}`)];
}

const TITLES: { readonly [W in Weight]: string } = {
  failed: "With a number on one side only",
  beyond: "Beyond the spread of their repeats",
  unknown: "Without repeats to tell how much it means",
  within: "Within the spread of their repeats",
};
const SHOWN: { readonly [W in Weight]: number } = { failed: 10, beyond: 15, unknown: 10, within: 3 };
/** Of one measure: a table of layers would push out all others. */
const SHOWN_OF_MEASURE = 4;

function numberSections({ numbers, causes }: RunDiff, detail: DiffDetail): readonly (readonly string[])[] {
  const several = causes.filter(({ why }) => why !== DERIVED).length > 1;
  return (Object.keys(TITLES) as Weight[]).flatMap((weight) => {
    const all = numbers.filter((number) => number.weight === weight);
    if (all.length === 0) return [];
    const shown = detail === "all" ? all : chosen(all, SHOWN[weight]);
    const hidden = all.length - shown.length;
    return [
      [
        `${TITLES[weight]}: ${counted(all.length, "number")}`,
        ...shown.flatMap((number) => numberLines(number, several)),
        ...(hidden > 0 ? [`  and ${hidden} more (--all)`] : []),
      ],
    ];
  });
}

function chosen(numbers: readonly NumberDifference[], most: number): readonly NumberDifference[] {
  const seen = new Map<string, number>();
  const shown: NumberDifference[] = [];
  for (const number of numbers) {
    const measure = `${number.row.experiment} ${number.row.measure}`;
    const count = seen.get(measure) ?? 0;
    if (count >= SHOWN_OF_MEASURE || shown.length >= most) continue;
    seen.set(measure, count + 1);
    shown.push(number);
  }
  return shown;
}

/** Beyond it the number says only that repeats hardly differ. */
const MANY = 100;

function numberLines(number: NumberDifference, several: boolean): readonly string[] {
  const { row, before, after, difference, relative, deviations, why } = number;
  const change = Number.isFinite(difference) ? `   ${signed(difference)}${percentText(relative)}` : "";
  const spread =
    Number.isFinite(deviations) && deviations > 0
      ? `, ${deviations > MANY ? `over ${MANY}` : figure(+deviations.toPrecision(2))} sd`
      : "";
  return [
    `  ${rowName(row)}`,
    `    ${sampleText(before, before.n !== after.n)} → ${sampleText(after, before.n !== after.n)}${change}${spread}`,
    ...(several && why !== DERIVED ? [`    ${why}`] : []),
  ];
}

/** @param counted whether to say of how many repeats: where the sides have others */
function sampleText({ mean, sd, n, failed, unreached }: Sample, counted: boolean): string {
  const absent = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(unreached === 0 ? [] : [`${unreached} not reached`]),
  ];
  const notes = [...(counted ? [`n ${n}`] : []), ...absent];
  const note = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
  if (n === 0) return `none${note}`;
  return `${figure(mean)}${n > 1 ? ` ± ${figure(+sd.toPrecision(2))}` : ""}${note}`;
}

function signed(value: number): string {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${figure(Math.abs(value))}`;
}

function percentText(relative: number): string {
  return Number.isFinite(relative) ? ` (${signed(+(100 * relative).toPrecision(2))} %)` : "";
}

const CELLS_SHOWN = 5;

function lonelyLines(side: string, { cells, rows }: Lonely, detail: DiffDetail): readonly string[] {
  if (cells.length === 0 && rows.length === 0) return [];
  if (cells.length === 0) {
    const names = [...new Set(rows.map(rowName))];
    return [`Only in ${side}: ${counted(rows.length, "number")}: ${listed(names, detail)}`];
  }
  return [
    `Only in ${side}: ${counted(cells.length, "cell")} (${counted(rows.length, "number")}): ${listed(cells, detail)}`,
  ];
}

function listed(names: readonly string[], detail: DiffDetail): string {
  const shown = detail === "all" ? names : names.slice(0, CELLS_SHOWN);
  const hidden = names.length - shown.length;
  return `${shown.join(", ")}${hidden > 0 ? ` and ${hidden} more` : ""}`;
}

function conclusion({ same, differing, numbers, keys }: RunDiff): string {
  const total = same + differing;
  const shared = `${counted(keys.same, "node")} of ${keys.before} (a) and ${keys.after} (b) ${keys.same === 1 ? "is" : "are"} the same`;
  if (total === 0) return `The runs have no number in common; ${shared}.`;
  if (differing === 0)
    return `All ${counted(total, "number")} they have in common are the same, bit for bit; ${shared}.`;
  const beyond = numbers.filter(({ weight }) => weight === "beyond").length;
  const means = `${counted(numbers.length, "mean")} over repeats ${numbers.length === 1 ? "differs" : "differ"}`;
  return `${differing} of the ${total} numbers they have in common differ, ${same} are the same bits; ${means}, ${beyond} beyond the spread; ${shared}.`;
}
