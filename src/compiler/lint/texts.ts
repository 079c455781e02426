/** Fixes by what is written: the text at a place with a piece of it replaced. */

import type { Fix, Location } from "../diagnostics.js";
import type { Context } from "../evaluate/context.js";

/** Empty where the text at `location` has no such piece: it may have been put there by a profile. */
export function rewritten(
  context: Context,
  { path, span }: Location,
  piece: RegExp,
  replacement: string,
  title: string,
): readonly Fix[] {
  const file = [...context.scopes.keys()].find((each) => each.path === path);
  const found = file && piece.exec(file.text.slice(span.start, span.end));
  if (!found) {
    return [];
  }
  const start = span.start + found.index;
  const location = { path, span: { start, end: start + found[0].length } };
  const text = found[0].replace(piece, replacement);
  return [{ title, edits: [{ location, text }], safe: false }];
}

/** From a place to the end of its line. */
export function restOfLine(context: Context, { path, span }: Location): Location {
  const file = [...context.scopes.keys()].find((each) => each.path === path);
  const end = file?.text.indexOf("\n", span.end) ?? -1;
  return { path, span: { start: span.start, end: end < 0 ? (file?.text.length ?? span.end) : end } };
}
