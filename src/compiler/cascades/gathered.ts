/**
 * One error a name. Where a word that nothing declares is used again and again, it is told at its first use, with the
 * others; where the file declares a word like it that nothing uses, that one is most likely misspelt.
 */

import type { Diagnostic, Fix, Location, Related, TextEdit } from "../diagnostics.js";
import { LineMap } from "../lines.js";
import type { LoadedFile } from "../load.js";
import { nearest, withArticle } from "../suggest.js";
import { type DeclaredWord, pointsNamed, unusedWords } from "./declared-words.js";
import { maybeDeclared } from "./nameless.js";
import { within } from "./places.js";

/** What each of these is about is a word that means nothing where it stands; of which kinds it may be. */
const NAMELESS: ReadonlyMap<string, readonly string[] | "any"> = new Map<string, readonly string[] | "any">([
  ["unknown-name", "any"],
  ["unknown-callee", "any"],
  ["unknown-path", "any"],
  ["unknown-point", "any"],
  ["unknown-table", ["experiment", "derive"]],
  ["unknown-axis", ["axis"]],
  ["reduced-axis-unknown", ["axis"]],
  ["tune-per", ["axis"]],
  ["subset-amount", ["axis"]],
  ["unknown-column", ["measure", "derive", "axis"]],
]);

/** What may be any value. */
const VALUES: ReadonlySet<string> = new Set(["axis", "param", "parameter"]);

interface Use {
  readonly diagnostic: Diagnostic;
  readonly word: string;
  /** Of the word alone. */
  readonly location: Location;
}

/** @param stands whether it is told at all: a word is told of where one of its uses is. */
export function gathered(
  found: readonly Diagnostic[],
  files: readonly LoadedFile[],
  stands: (diagnostic: Diagnostic) => boolean,
): readonly Diagnostic[] {
  const told = new Map<Diagnostic, Diagnostic | undefined>();
  for (const file of files) {
    const uses = found.flatMap((each) => usesOf(each, file));
    const words = new Set(uses.map(({ word }) => word));
    const isMeant = (declared: string): boolean => [...words].some((word) => isNear(word, declared));
    const unused = words.size === 0 ? [] : unusedWords(file, isMeant);
    for (const group of groupsOf(uses, unused)) {
      const [first, ...others] = group.uses;
      if (first === undefined) {
        continue;
      }
      const said = group.uses.some(({ diagnostic }) => stands(diagnostic));
      const alone = others.length === 0 && group.meant === undefined;
      told.set(first.diagnostic, !said ? undefined : alone ? first.diagnostic : tellGroup(group, file));
      for (const { diagnostic } of others) {
        told.set(diagnostic, undefined);
      }
    }
  }
  return found.flatMap((each) => (told.has(each) ? (told.get(each) ?? []) : stands(each) ? [each] : []));
}

function usesOf(diagnostic: Diagnostic, { path, text, syntax }: LoadedFile): readonly Use[] {
  const { name, location } = diagnostic;
  if (!NAMELESS.has(name) || location.path !== path) {
    return [];
  }
  const { start, end } = location.span;
  const words = text.slice(start, end).split(/\s*\.\s*/);
  const declared = (word: string): boolean =>
    syntax.items.some((item) => item.kind === "declaration" && item.name.text === word);
  // of `depth.n` the second word is not known where `depth` is one of the file's
  const place = name === "unknown-path" && words.length > 1 && declared(words[0] ?? "") ? 1 : 0;
  const [word] = /^[A-Za-z_]\w*/.exec(words[place] ?? "") ?? [];
  if (word === undefined) {
    return [];
  }
  const from = place === 0 ? start : text.indexOf(word, start + (words[0] ?? "").length);
  return [{ diagnostic, word, location: { path, span: { start: from, end: from + word.length } } }];
}

function grouped(uses: readonly Use[], keyOf: (use: Use) => string): ReadonlyMap<string, readonly Use[]> {
  const groups = new Map<string, Use[]>();
  for (const use of uses) {
    groups.set(keyOf(use), [...(groups.get(keyOf(use)) ?? []), use]);
  }
  return groups;
}

interface Group {
  readonly word: string;
  readonly uses: readonly Use[];
  /** The one declared word it is likely to be, misspelt where it is declared. */
  readonly meant: DeclaredWord | undefined;
}

function groupsOf(uses: readonly Use[], unused: readonly DeclaredWord[]): readonly Group[] {
  const byWord = grouped(uses, ({ word }) => word);
  return [...byWord].flatMap(([word, all]): readonly Group[] => {
    const meant = meantBy(word, all, unused);
    if (meant !== undefined) {
      return [{ word, uses: all, meant }];
    }
    const byName = grouped(all, ({ diagnostic: { name, message } }) => (name === "unknown-path" ? message : name));
    return [...byName.values()].map((each) => ({ word, uses: each, meant: undefined }));
  });
}

function meantBy(word: string, uses: readonly Use[], unused: readonly DeclaredWord[]): DeclaredWord | undefined {
  const near = unused.filter(({ text }) => isNear(word, text));
  const fitting = near.filter(({ kind, whole }) =>
    uses.every(({ diagnostic, location: { span } }) => mayBe(kind, diagnostic) && !within(span, whole)),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

function mayBe(kind: string, diagnostic: Diagnostic): boolean {
  const kinds = NAMELESS.get(diagnostic.name);
  if (kinds !== "any") {
    return kinds?.includes(kind) === true;
  }
  // a number, a duration: what axes and parameters have; an optimizer, a metric: what nothing declares
  return diagnostic.name !== "unknown-name" || VALUES.has(kind) || maybeDeclared(diagnostic);
}

/** Names of one or two letters are near where one of them has a letter more. */
function isNear(word: string, text: string): boolean {
  const [short = "", long = ""] = [word, text].sort((a, b) => a.length - b.length);
  const longer = long.length - short.length === 1 && (long.startsWith(short) || long.endsWith(short));
  return longer || (nearest(word, [text]) ?? nearest(text, [word])) !== undefined;
}

function tellGroup({ word, uses, meant }: Group, file: LoadedFile): Diagnostic {
  const [first] = uses;
  if (first === undefined) {
    throw new RangeError("a group of nothing");
  }
  const { diagnostic } = first;
  if (meant === undefined) {
    const note = [diagnostic.note, `${times(word, uses.length)}.`].filter((each) => each !== undefined && each !== "");
    const related = [...diagnostic.related, ...again(uses.map(({ location }) => location))];
    const fixes = diagnostic.fixes.map((fix) => everywhere(fix, uses));
    return { ...diagnostic, note: note.join(" "), related, fixes };
  }
  const at = { path: file.path, span: meant.span };
  const declared = { location: at, message: `${withArticle(meant.kind)} \`${meant.text}\` that nothing uses` };
  const rename = fixOf(`rename the ${meant.kind} \`${meant.text}\` to \`${word}\``, [{ location: at, text: word }]);
  const places = placesOf(word, uses, meant, file);
  const edits = places.map((location) => ({ location, text: meant.text }));
  if (places.length === 1) {
    const respell = fixOf(`write \`${meant.text}\``, edits);
    return { ...diagnostic, related: [...diagnostic.related, declared], fixes: [respell, rename] };
  }
  const { hint: _, ...rest } = diagnostic;
  const line = new LineMap(file.text).position(meant.span.start).line;
  const note = `${times(word, places.length)}, the ${meant.kind} \`${meant.text}\` of line ${line} nowhere.`;
  const respell = fixOf(`write \`${meant.text}\` at ${all(places.length)} places`, edits);
  return { ...rest, note, related: [declared, ...again(places)], fixes: [rename, respell] };
}

/** Where nothing is known of what a broken experiment would have, a use of the name is not told of itself. */
function placesOf(word: string, uses: readonly Use[], meant: DeclaredWord, file: LoadedFile): readonly Location[] {
  const points = meant.kind === "measure" ? [] : pointsNamed(file, word);
  const starts = new Map<number, Location>();
  for (const location of [...uses.map((use) => use.location), ...points.map((span) => ({ path: file.path, span }))]) {
    starts.set(location.span.start, location);
  }
  return [...starts.values()].sort((a, b) => a.span.start - b.span.start);
}

function again(places: readonly Location[]): readonly Related[] {
  return places.slice(1).map((location) => ({ location, message: "used here, too" }));
}

function times(word: string, count: number): string {
  return `\`${word}\` is used ${count === 2 ? "twice" : `${count} times`} in this file`;
}

function fixOf(title: string, edits: readonly TextEdit[]): Fix {
  return { title, edits, safe: false };
}

/** What mends one use, done to all for which it was offered. */
function everywhere(fix: Fix, uses: readonly Use[]): Fix {
  const alike = uses.flatMap(({ diagnostic, location }) => {
    const same = diagnostic.fixes.find(({ title, edits }) => title === fix.title && edits.length === 1);
    const [edit] = same?.edits ?? [];
    return edit !== undefined && edit.location.path === location.path && within(location.span, edit.location.span)
      ? [edit]
      : [];
  });
  return alike.length < 2 ? fix : { ...fix, title: `${fix.title} at ${all(alike.length)} places`, edits: alike };
}

function all(count: number): string {
  return count === 2 ? "both" : `all ${count}`;
}
