/** Times and step counts as typed: `30s`, `5m`, `1h30m`, `500steps`. Flags keep them as typed; what runs asks here. */

import { InvalidArgumentError } from "commander";
import type { CheckpointInterval } from "../compiler/study.js";

const SECONDS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600 };

/** Undefined where it is no time above 0. */
function secondsIn(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?[smh])+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([smh])/g)) {
    seconds += Number(amount) * (SECONDS[unit ?? ""] ?? 0);
  }
  return seconds > 0 ? seconds : undefined;
}

function intervalIn(text: string): CheckpointInterval | undefined {
  if (text === "never") return { unit: "never" };
  const steps = /^(\d+) ?steps$/.exec(text)?.[1];
  if (steps !== undefined) return Number(steps) > 0 ? { value: Number(steps), unit: "steps" } : undefined;
  const seconds = secondsIn(text);
  return seconds === undefined ? undefined : { value: seconds, unit: "seconds" };
}

/** For commander. */
export function intervalWord(text: string): string {
  if (intervalIn(text) === undefined)
    throw new InvalidArgumentError("It is a time or steps: 30s, 5m, 500steps, never.");
  return text;
}

/** For commander. */
export function timeWord(text: string): string {
  if (secondsIn(text) === undefined) throw new InvalidArgumentError("It is a time: 90s, 55m, 1h30m.");
  return text;
}

export function parseInterval(word: string | undefined): CheckpointInterval | undefined {
  return word === undefined ? undefined : intervalIn(word);
}

/** Seconds. */
export function parseTime(word: string | undefined): number | undefined {
  return word === undefined ? undefined : secondsIn(word);
}
