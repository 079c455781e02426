/** Numbers and strings as written, to their values. */

import type { IToken } from "chevrotain";
import type { SyntaxProblemDetails, SyntaxProblemId } from "../problems.js";
import { spanOf } from "../spelling.js";
import type { Span } from "../syntax.js";

export type Report = <Id extends SyntaxProblemId>(id: Id, span: Span, details: SyntaxProblemDetails<Id>) => void;

const WELL_SPACED = /^\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+)?$/;

export function readNumber(token: IToken, report: Report): number {
  const text = token.image;
  const plain = text.replaceAll("_", "");
  const value = Number(plain);
  if (!WELL_SPACED.test(text)) report("bad-number", spanOf(token), { text, instead: plain });
  if (!Number.isFinite(value)) {
    report("number-too-large", spanOf(token), { text });
    return Number.MAX_VALUE;
  }
  if (/^\d+$/.test(plain) && !Number.isSafeInteger(value)) report("number-too-large", spanOf(token), { text });
  return value;
}

const THOUSANDS: ReadonlyMap<string, string> = new Map([
  ["k", "_000"],
  ["K", "_000"],
  ["M", "_000_000"],
]);

/** `20k`, `0x20`, `1.5f`: letters that other languages write on a number, none of which is a unit. */
export function foreignSuffix(
  number: IToken,
  next: IToken,
): { readonly text: string; readonly instead: string } | undefined {
  if (next.startOffset !== number.startOffset + number.image.length) return undefined;
  const text = `${number.image}${next.image}`;
  const thousands = THOUSANDS.get(next.image);
  if (thousands !== undefined)
    return { text, instead: /^\d+$/.test(number.image) ? `${number.image}${thousands}` : "" };
  if (/^0[xbo][\da-fA-F]+$/.test(text)) {
    const value = Number(text);
    return { text, instead: Number.isSafeInteger(value) ? String(value) : "" };
  }
  return /^[fFlLjd]$/.test(next.image) ? { text, instead: number.image } : undefined;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
]);

/** Resolves `\" \\ \/ \n \t \r \uXXXX`; quotes of any kind are taken off. */
export function readString(token: IToken, report: Report): string {
  const closed = token.image.length > 1 && /["'“”]$/.test(token.image);
  const body = token.image.slice(1, closed ? -1 : undefined);
  if (!body.includes("\\")) return body;
  let value = "";
  let index = 0;
  while (index < body.length) {
    const character = body[index] ?? "";
    if (character !== "\\") {
      value += character;
      index += 1;
      continue;
    }
    const [text, length] = escapeAt(body, index);
    if (text === undefined) {
      const start = token.startOffset + 1 + index;
      report("bad-escape", { start, end: start + length }, { escape: body.slice(index, index + length) });
    }
    value += text ?? body.slice(index, index + length);
    index += length;
  }
  return value;
}

function escapeAt(body: string, index: number): readonly [string | undefined, number] {
  const letter = body[index + 1] ?? "";
  if (letter !== "u") return [ESCAPES.get(letter), 1 + letter.length];
  const digits = /^[0-9a-fA-F]{4}/.exec(body.slice(index + 2, index + 6))?.[0];
  if (digits === undefined) return [undefined, 2];
  return [String.fromCharCode(Number.parseInt(digits, 16)), 6];
}
