/** Bytes of a study to text, or what they are instead of UTF-8. */

import type { Encoding, ReadResult } from "../../compiler/host.js";

/** How far to look for a NUL byte, the sign of a binary file. */
const SNIFFED_BYTES = 8192;
/** Of so many the first may be outside ASCII, where every second byte is a NUL. */
const MOST_FOREIGN = 0.2;

export function decoded(data: Uint8Array): ReadResult {
  const sniffed = data.subarray(0, SNIFFED_BYTES);
  const wide = wideEncoding(sniffed);
  if (wide !== undefined) {
    return { ok: false, problem: "encoding", encoding: wide };
  }
  if (sniffed.includes(0)) {
    return { ok: false, problem: "binary" };
  }
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(data) };
  } catch {
    return isLatin(data) ? { ok: false, problem: "encoding", encoding: "Latin-1" } : { ok: false, problem: "binary" };
  }
}

/** By the mark at its start, or by a NUL in every second place. */
function wideEncoding(data: Uint8Array): Encoding | undefined {
  const [first, second] = data;
  if (first === 0xff && second === 0xfe) {
    return "UTF-16 LE";
  }
  if (first === 0xfe && second === 0xff) {
    return "UTF-16 BE";
  }
  const pairs = Math.floor(data.length / 2);
  if (pairs < 4) {
    return undefined;
  }
  const plain = (low: number): number => {
    let count = 0;
    for (let index = 0; index < pairs * 2; index += 2) {
      const [letter = 0, other = 1] = [data[index + low], data[index + 1 - low]];
      count += other === 0 && isPrinted(letter) ? 1 : 0;
    }
    return count / pairs;
  };
  if (plain(0) > 1 - MOST_FOREIGN) {
    return "UTF-16 LE";
  }
  return plain(1) > 1 - MOST_FOREIGN ? "UTF-16 BE" : undefined;
}

/** Text of one byte a letter: printed characters and line breaks, and most of them ASCII. */
function isLatin(data: Uint8Array): boolean {
  let high = 0;
  for (const byte of data) {
    if (byte >= 0x80) {
      high += 1;
    } else if (!isPrinted(byte)) {
      return false;
    }
  }
  return high < data.length * MOST_FOREIGN;
}

function isPrinted(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
