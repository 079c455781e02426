/**
 * Parsing between two keystrokes: only the items around a change are parsed again. The answer is the one `parse` gives;
 * wherever that is not plain to see, `parse` gives it.
 */

import { parse } from "./parse.js";
import { MAX_PROBLEMS } from "./problems.js";
import type { Item, ParseResult, Span, Spanned, SyntaxProblem } from "./syntax.js";

/** The part of the new text to parse: it begins and ends with whole items that did not change, where there are any. */
interface Region {
  /** Items before and behind it keep their trees; these are indices into the old items. */
  readonly first: number;
  readonly last: number;
  readonly start: number;
  /** In the new text, and in the old. */
  readonly end: number;
  readonly oldEnd: number;
  readonly guardedStart: boolean;
  readonly guardedEnd: boolean;
}

export function reparse(oldText: string, old: ParseResult, text: string): ParseResult {
  const region = regionOf(oldText, old, text);
  const parsed = region && parse(text.slice(region.start, region.end));
  return parsed && holds(region, old, parsed) ? joined(region, old, parsed, text) : parse(text);
}

function regionOf(oldText: string, old: ParseResult, text: string): Region | undefined {
  const from = commonStart(oldText, text);
  const rest = commonEnd(oldText, text, from);
  const oldTo = oldText.length - rest;
  const { items } = old.file;
  const before = items.findLastIndex(({ span }) => span.end < from && span.end > span.start);
  const behind = items.findIndex(({ span }) => span.start > oldTo && span.end > span.start);
  const [guard, tail] = [items[before], items[behind]];
  if (guard === undefined && tail === undefined) return undefined;
  const oldEnd = tail?.span.end ?? oldText.length;
  return {
    first: guard === undefined ? 0 : before,
    last: tail === undefined ? items.length : behind + 1,
    start: guard?.span.start ?? 0,
    end: oldEnd + text.length - oldText.length,
    oldEnd,
    guardedStart: guard !== undefined,
    guardedEnd: tail !== undefined,
  };
}

/** Whether what lies around the region reads as it did: nothing broken in it, and the guards are what they were. */
function holds(region: Region, old: ParseResult, parsed: ParseResult): boolean {
  const inside = ({ span }: Spanned): boolean =>
    (!region.guardedStart || span.start > (old.file.items[region.first]?.span.end ?? 0)) &&
    (!region.guardedEnd || span.end < (old.file.items[region.last - 1]?.span.start ?? 0));
  if (!old.problems.every(inside) || parsed.problems.length >= MAX_PROBLEMS) return false;
  if (parsed.problems.some(({ id }) => FAR_REACHING.has(id))) return false;
  const { items } = parsed.file;
  const [first, last] = [items[0], items.at(-1)];
  const [oldFirst, oldLast] = [old.file.items[region.first], old.file.items[region.last - 1]];
  const starts = !region.guardedStart || (first !== undefined && same(first, oldFirst, region.start));
  const ends =
    !region.guardedEnd || (last !== undefined && same(last, oldLast, region.oldEnd - (region.end - region.start)));
  const clear = parsed.problems.every(
    ({ span }) =>
      (!region.guardedStart || span.start > (first?.span.end ?? 0)) &&
      (!region.guardedEnd || span.end < (last?.span.start ?? 0)),
  );
  return starts && ends && clear && !(region.guardedStart && region.guardedEnd && items.length < 2);
}

/** What may read differently with more text behind it. */
const FAR_REACHING: ReadonlySet<string> = new Set([
  "unclosed-comment",
  "binary-file",
  "too-many-problems",
  "nested-too-deeply",
  "foreign-format",
  "foreign-statement",
  "colon-before-block",
]);

function same(item: Item, old: Item | undefined, shift: number): boolean {
  return (
    old !== undefined &&
    item.kind === old.kind &&
    item.span.start + shift === old.span.start &&
    item.span.end + shift === old.span.end
  );
}

function joined(region: Region, old: ParseResult, parsed: ParseResult, text: string): ParseResult {
  const delta = region.end - region.oldEnd;
  const { items } = old.file;
  const [into, behind] = [shifter(region.start), shifter(delta)];
  const comments = [
    ...old.comments.filter(({ span }) => span.start < region.start),
    ...parsed.comments.map(into),
    ...old.comments.filter(({ span }) => span.start >= region.oldEnd).map(behind),
  ];
  return {
    file: {
      kind: "file",
      items: [...items.slice(0, region.first), ...parsed.file.items.map(into), ...items.slice(region.last).map(behind)],
      span: { start: 0, end: text.length },
    },
    comments,
    problems: parsed.problems.map(
      (problem): SyntaxProblem => ({ ...problem, span: moved(problem.span, region.start) }),
    ),
  };
}

function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}

/** Copies a tree, every span moved. Trees are plain data, and spans are all of a place they hold. */
function shifter(by: number): <T extends Spanned>(node: T) => T {
  return by === 0 ? (node) => node : (node) => copy(node, by) as typeof node;
}

function copy(node: unknown, by: number): unknown {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map((each) => copy(each, by));
  const result: Record<string, unknown> = {};
  for (const key in node) {
    const value = (node as { readonly [key: string]: unknown })[key];
    result[key] = key === "span" ? moved(value as Span, by) : typeof value === "object" ? copy(value, by) : value;
  }
  return result;
}

function commonStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let index = 0;
  while (index < most && a.charCodeAt(index) === b.charCodeAt(index)) index += 1;
  return index;
}

function commonEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let count = 0;
  while (count < most && a.charCodeAt(a.length - 1 - count) === b.charCodeAt(b.length - 1 - count)) count += 1;
  return count;
}
