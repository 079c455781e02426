/** Of several slips of syntax of which one is likely the cause of the others, that one. */

import type { Span } from "../../../grammar/syntax.js";
import type { Diagnostic } from "../diagnostics.js";
import type { LoadedFile } from "../load.js";
import { innermost, sameLine, unitsOf } from "./places.js";

/** Behind these the parser guesses how to go on. The first rank says best what it was. */
const GUESSES: readonly (readonly string[])[] = [
  ["unclosed-string", "unclosed-comment", "illegal-character", "foreign-statement"],
  ["missing-open-brace", "colon-before-block", "declaration-inside", "merge-conflict"],
  ["unclosed-bracket", "mismatched-bracket", "stray-bracket", "unclosed-brace"],
  ["missing-name", "reserved-name", "missing-equals", "missing-in", "missing-axis", "missing-body", "dash-list"],
  ["unit-as-setting", "missing-import-path", "unit-first", "name-of-two-words"],
  ["missing-comma", "stray-comma", "missing-separator", "unknown-item", "setting-outside-block"],
  ["missing-value"],
  ["unexpected-token"],
];
/** These have one reading, and are read so. */
const READ_WELL: readonly string[] = [
  ...["quoted-key", "foreign-operator", "missing-measure", "missing-vary", "points-without-brackets"],
  ...["missing-kind", "missing-import", "missing-from", "parentheses-for-block", "word-twice"],
  ...["unquoted-import", "open-range", "chained-comparison", "chained-range", "equals-for-colon", "colon-in-setting"],
];

const RANK: ReadonlyMap<string, number> = new Map([
  ...GUESSES.flatMap((ids, rank) => ids.map((id) => [id, rank] as const)),
  ...READ_WELL.map((id) => [id, 4] as const),
]);

/** After such a slip the text around it was perhaps read as something else than was meant. */
export const GUESSED: ReadonlySet<string> = new Set(GUESSES.flat());

/** Told where no better is known: on the line after another guess it is likely the same slip. */
const LAST_RESORTS: ReadonlySet<string> = new Set(["unexpected-token", "stray-bracket", "unclosed-bracket"]);

/** Each has its own place to be mended. */
const COUNTED: ReadonlySet<string> = new Set(["stray-comma", "missing-comma"]);

/** Read as what was meant, with nothing left out. */
export const READ_WHOLE: ReadonlySet<string> = new Set([
  ...["equals-in-setting", "colon-in-setting", "quoted-key", "equals-for-colon", "equals-for-arrow", "equals-for-in"],
  ...["colon-for-arrow", "colon-for-equals", "single-quotes", "lookalike-character", "hash-comment", "bad-number"],
  ...["missing-kind", "missing-import", "missing-from", "parentheses-for-block", "word-twice"],
  ...["hyphen-in-name", "semicolon-in-list", "missing-vary", "missing-measure", "equals-before-block"],
]);

export function firstSlips(said: readonly Diagnostic[], files: readonly LoadedFile[]): readonly Diagnostic[] {
  const echoes = new Set(
    files.flatMap((file) => {
      const slips = said.filter(({ name, location }) => RANK.has(name) && location.path === file.path);
      return slips.length < 2 ? [] : echoesAmong(slips, file);
    }),
  );
  return echoes.size === 0 ? said : said.filter((each) => !echoes.has(each));
}

function echoesAmong(slips: readonly Diagnostic[], file: LoadedFile): readonly Diagnostic[] {
  const units = unitsOf(file);
  const all = slips.map((diagnostic, order) => {
    const { span } = diagnostic.location;
    return { diagnostic, order, span, unit: innermost(units, span.start) };
  });
  return all.flatMap((each) => (all.some((other) => hides(other, each, file.text)) ? [each.diagnostic] : []));
}

interface Slip {
  readonly diagnostic: Diagnostic;
  readonly order: number;
  readonly span: Span;
  /** The innermost statement around it. */
  readonly unit: Span | undefined;
}

function hides(first: Slip, second: Slip, text: string): boolean {
  const [one, other] = [first.diagnostic.name, second.diagnostic.name];
  const rank = (RANK.get(one) ?? 0) - (RANK.get(other) ?? 0);
  if (
    first === second ||
    rank > 0 ||
    (rank === 0 && (first.order > second.order || (one === other && COUNTED.has(one))))
  ) {
    return false;
  }
  if (first.span.start === second.span.start) {
    return true;
  }
  const near = sameLine(text, first.span, second.span) || covers(first.unit, second) || covers(second.unit, first);
  return GUESSED.has(one) && (near || (LAST_RESORTS.has(other) && nextLine(text, first.span, second.span)));
}

function nextLine(text: string, first: Span, second: Span): boolean {
  const between = text.slice(Math.min(first.start, second.start), Math.max(first.start, second.start));
  return between.split("\n").length === 2;
}

function covers(unit: Span | undefined, { span: { start } }: Slip): boolean {
  return unit !== undefined && unit.start <= start && start <= unit.end;
}
