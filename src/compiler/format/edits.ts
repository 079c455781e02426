/** The difference of two texts: by the gaps between words where only these differ, else by lines. */

import type { Span } from "../../../grammar/syntax.js";

export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** Beyond so many pairs of lines what differs is replaced as one. */
const MOST_PAIRS = 4_000_000;

export function textEdits(before: string, after: string): readonly Edit[] {
  return before === after ? [] : (gapEdits(before, after) ?? lineEdits(before, after));
}

/** What a layout may change: spaces, line breaks, and the `;` that stands for one. */
const GAP = /[\s;]/;

/** `undefined` where more than gaps differ. */
function gapEdits(before: string, after: string): readonly Edit[] | undefined {
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [from, start] = [i, j];
    while (i < before.length && GAP.test(before[i] ?? "")) i += 1;
    while (j < after.length && GAP.test(after[j] ?? "")) j += 1;
    const edit = narrowed(from, before.slice(from, i), after.slice(start, j));
    if (edit !== undefined) edits.push(edit);
    if (before[i] !== after[j]) return undefined;
    i += 1;
    j += 1;
  }
  return edits;
}

/** Each narrowed to the characters that differ. */
function lineEdits(before: string, after: string): readonly Edit[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let from = 0;
  while (from < a.length && from < b.length && a[from] === b[from]) from += 1;
  let rest = 0;
  while (rest < Math.min(a.length, b.length) - from && a[a.length - 1 - rest] === b[b.length - 1 - rest]) rest += 1;
  const [oldLines, newLines] = [a.slice(from, a.length - rest), b.slice(from, b.length - rest)];
  const start = lengthOf(a.slice(0, from));
  const edits: Edit[] = [];
  let offset = start;
  for (const [removed, added] of hunks(oldLines, newLines)) {
    const old = removed.text.join("");
    const at = offset + removed.skipped;
    offset = at + old.length;
    const edit = narrowed(at, old, added.join(""));
    if (edit !== undefined) edits.push(edit);
  }
  return edits;
}

/** Each with its line break. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}

type Hunk = readonly [
  removed: { readonly skipped: number; readonly text: readonly string[] },
  added: readonly string[],
];

/** Longest common subsequence; a line of the old against one of the new where neither is in it. */
function hunks(a: readonly string[], b: readonly string[]): readonly Hunk[] {
  if (a.length * b.length > MOST_PAIRS) return [[{ skipped: 0, text: a }, b]];
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[i] === b[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
    }
  }
  const found: Hunk[] = [];
  let [i, j, skipped] = [0, 0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      skipped += a[i]?.length ?? 0;
      i += 1;
      j += 1;
      continue;
    }
    const removed: string[] = [];
    const added: string[] = [];
    while ((i < a.length || j < b.length) && !(i < a.length && j < b.length && a[i] === b[j])) {
      const down = i < a.length ? (longest[(i + 1) * width + j] ?? 0) : -1;
      const right = j < b.length ? (longest[i * width + j + 1] ?? 0) : -1;
      if (down >= right) removed.push(a[i++] ?? "");
      else added.push(b[j++] ?? "");
    }
    found.push([{ skipped, text: removed }, added]);
    skipped = 0;
  }
  return found;
}

function narrowed(start: number, old: string, text: string): Edit | undefined {
  if (old === text) return undefined;
  const most = Math.min(old.length, text.length);
  let from = 0;
  while (from < most && old[from] === text[from]) from += 1;
  let rest = 0;
  while (rest < most - from && old[old.length - 1 - rest] === text[text.length - 1 - rest]) rest += 1;
  return { span: { start: start + from, end: start + old.length - rest }, text: text.slice(from, text.length - rest) };
}
