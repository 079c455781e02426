/** Columns: the values of neighbouring settings, the `=` of neighbouring measures, the comments of neighbouring lines. */

import type { TokenType } from "chevrotain";
import * as T from "../../../grammar/tokens.js";
import { type OutLine, type Pad, WIDTH } from "./emit.js";
import { type Entry, is, type Line } from "./piece.js";
import { flat, flatFrom, indexOfSign, roleOf } from "./spacing.js";

/** Longer heads would push their neighbours too far to the right. */
const LONGEST_HEAD = 48;

interface Head {
  /** Lines are in one run while this stays the same. */
  readonly key: string;
  /** The piece that is aligned. */
  readonly index: number;
  readonly width: number;
  /** For lines that must stay in one piece: their width unaligned. */
  readonly whole?: number;
}

/** Where to pad each line; lines of several statements and comments are left alone. */
export function padsOf(lines: readonly Line[], level: "top" | "block", indent: number): readonly (Pad | undefined)[] {
  const heads = lines.map((line) => headOf(line, level));
  const pads: (Pad | undefined)[] = lines.map(() => undefined);
  let start = 0;
  while (start < lines.length) {
    const head = heads[start];
    let end = start + 1;
    while (end < lines.length && head !== undefined && heads[end]?.key === head.key && !lines[end]?.blankBefore) {
      end += 1;
    }
    const run = heads.slice(start, end);
    const widest = Math.max(...run.map((each) => each?.width ?? 0));
    const fits = run.every((each) => indent + (each?.whole ?? 0) + widest - (each?.width ?? 0) <= WIDTH);
    for (const [offset, each] of run.entries()) {
      if (each !== undefined && fits && end - start > 1) {
        pads[start + offset] = { index: each.index, column: indent + widest + 1 };
      }
    }
    start = end;
  }
  return pads;
}

function headOf(line: Line, level: "top" | "block"): Head | undefined {
  const [entry] = line.entries;
  if (entry === undefined || line.entries.length !== 1) return undefined;
  const head = level === "top" ? itemHead(entry) : statementHead(entry);
  return head === undefined || head.width > LONGEST_HEAD ? undefined : head;
}

function itemHead(entry: Entry): Head | undefined {
  const [first] = entry;
  if (first === undefined || !is(first, T.Kind)) return undefined;
  if (indexOfSign(entry, T.Equal) !== -1) return headBefore(entry, T.Equal, first.text, "top");
  const isOutput = first.text === "table" || first.text === "figure";
  const whole = isOutput ? flat(entry, "top") : undefined;
  if (whole === undefined || whole.length > WIDTH) return undefined;
  return { key: "output", index: 1, width: first.text.length, whole: whole.length };
}

function statementHead(entry: Entry): Head | undefined {
  const role = roleOf(entry, "block");
  const first = entry[0];
  switch (role) {
    case "setting":
      return settingHead(entry);
    case "rule":
      return headBefore(entry, T.Arrow, role, "block");
    case "assignment":
      return headBefore(entry, T.Equal, role, "block");
    case "measure":
      return indexOfSign(entry, T.For) === -1 ? headBefore(entry, T.Equal, role, "block") : undefined;
    case "vary": {
      const values = entry[indexOfSign(entry, T.In) + 1];
      return is(values, T.LSquare) && is(entry[1], T.Name) ? headBefore(entry, T.In, role, "block") : undefined;
    }
    case "item":
    case "other":
      return undefined;
    default:
      throw new RangeError(`no such role: ${String(role satisfies never)} at ${first?.start}`);
  }
}

function settingHead(entry: Entry): Head | undefined {
  const [name, second] = entry;
  if (name === undefined || second === undefined || name.kind !== "token") return undefined;
  const isClause = is(second, T.PrepositionWord) && !is(entry[2], T.Colon);
  if (!isClause) {
    return second.kind === "token" ? { key: "setting", index: 1, width: name.text.length } : undefined;
  }
  const body = entry.findIndex((piece) => piece.kind === "block");
  const whole = body === entry.length - 1 ? flat(entry, "block") : undefined;
  const head = flatFrom(entry, 0, body, "setting");
  if (whole === undefined || head === undefined || whole.length > WIDTH) return undefined;
  return { key: "layer", index: body, width: head.length, whole: whole.length };
}

function headBefore(entry: Entry, sign: TokenType, key: string, level: "top" | "block"): Head | undefined {
  const index = indexOfSign(entry, sign);
  if (index < 1 || entry.slice(0, index + 1).some((piece) => piece.breakBefore)) return undefined;
  const head = flatFrom(entry, 0, index, roleOf(entry, level));
  return head === undefined ? undefined : { key, index, width: head.length };
}

/** Puts the comments of neighbouring lines in one column: the author's if they agree on it, else the first that is free. */
export function withComments(lines: readonly OutLine[]): readonly string[] {
  const out: string[] = [];
  let start = 0;
  while (start < lines.length) {
    let end = start;
    while (lines[end]?.comment !== undefined) end += 1;
    const run = lines.slice(start, end);
    const free = Math.max(0, ...run.map((line) => line.code.length)) + 2;
    const wanted = run[0]?.comment?.column ?? 0;
    const agreed = wanted >= free && run.every((line) => line.comment?.column === wanted);
    for (const { code, comment } of run) out.push(`${code.padEnd(agreed ? wanted : free)}${comment?.text ?? ""}`);
    const next = lines[end];
    if (next !== undefined) out.push(next.code);
    start = end + 1;
  }
  return out;
}
