/**
 * One slip, one error: where the parser stepped over something, what the checker says of the same statement is most
 * likely about the hole. It is left out until the text can be read.
 */

import { SYNTAX_PROBLEM_IDS } from "../../grammar/problems.js";
import type { Item, Span, Statement } from "../../grammar/syntax.js";
import { isSlot } from "./check/experiment.js";
import type { Diagnostic, Location } from "./diagnostics.js";
import type { LoadedFile } from "./load.js";

const SYNTAX: ReadonlySet<string> = new Set(SYNTAX_PROBLEM_IDS);

export function withoutCascades(
  diagnostics: readonly Diagnostic[],
  files: readonly LoadedFile[],
): readonly Diagnostic[] {
  const known = withoutLost(diagnostics, files);
  const broken = new Map(files.flatMap((file) => (file.problems.length === 0 ? [] : [[file.path, file] as const])));
  if (broken.size === 0) {
    return known;
  }
  const holes = new Map([...broken].map(([path, file]) => [path, holesOf(file)] as const));
  const blocks = known.filter(({ name }) => name === "block-not-here");
  const inBlock = ({ path, span }: Location): boolean =>
    blocks.some((each) => each.location.path === path && within(span, each.location.span));
  return known.filter(({ name, location }) => {
    if (SYNTAX.has(name)) {
      return !inBlock(location);
    }
    return name === "block-not-here" || !holes.get(location.path)?.some((hole) => within(location.span, hole));
  });
}

/**
 * Where an experiment lacks a slot or an axis of its own is not understood, no output finds that axis: nothing is wrong
 * with the output.
 */
function withoutLost(diagnostics: readonly Diagnostic[], files: readonly LoadedFile[]): readonly Diagnostic[] {
  const texts = new Map(files.map(({ path, text }) => [path, text] as const));
  const lost = diagnostics.some(({ name }) => LOSES_SLOTS.has(name));
  const nameless = new Set(files.flatMap((file) => (losesNames(file) ? [file.path] : [])));
  const unread = diagnostics.some(({ name }) => name === "unknown-name");
  const problems = files.flatMap(({ path, problems }) => problems.map(({ span }) => ({ path, span })));
  return diagnostics.filter(({ name, label, location }) => {
    const { path, span } = location;
    switch (name) {
      case "unknown-name":
        return !(nameless.has(path) && DECLARED.test(label ?? ""));
      case "unknown-table":
        return !nameless.has(path);
      case "unknown-axis":
      case "unknown-column":
        if (nameless.has(path)) {
          return false;
        }
        return !(lost && isSlot(texts.get(path)?.slice(span.start, span.end) ?? ""));
      case "one-value": // what it has instead is told: a block
        return !diagnostics.some(
          (each) => each.name === "block-not-here" && each.location.path === path && within(each.location.span, span),
        );
      case "open-range": // `...a` is no range
        return !diagnostics.some(
          (each) =>
            each.name === "foreign-operator" &&
            each.location.path === path &&
            each.location.span.start === span.start &&
            each.location.span.end - span.start === 3,
        );
      case "recipe-incomplete":
        return !diagnostics.some((each) => each.name === "unknown-setting" && sameItem(files, location, each.location));
      case "axis-not-number":
        return !unread;
      case "unexpected-token": // behind a name that was none
        return !diagnostics.some(
          (each) =>
            each.name === "reserved-name" &&
            each.location.path === path &&
            sameLine(texts.get(path) ?? "", each.location.span, span),
        );
      case "mark-without-channel":
        return !problems.some((each) => each.path === path && sameLine(texts.get(path) ?? "", span, each.span));
      default:
        return true;
    }
  });
}

const LOSES_SLOTS: ReadonlySet<string> = new Set([
  ...["slots-missing", "foreign-statement", "missing-in", "points-without-brackets", "axis-values", "slot-takes-one"],
]);
/** What a file may declare or import is wanted: not a metric, an optimizer. */
const DECLARED = /^an? (?:dataset|model|source|init|recipe|part|group)\b/;
/** Of a declaration or a file without a name to be found by. */
const LOSES_NAMES: ReadonlySet<string> = new Set([
  ...["missing-name", "reserved-name", "foreign-statement", "unknown-item", "setting-outside-block", "missing-body"],
]);

/** Is a slip such that names of the file may be declared, or imported, where it is not understood? */
export function losesNames({ problems }: LoadedFile): boolean {
  return problems.some(({ id }) => LOSES_NAMES.has(id));
}

function sameItem(files: readonly LoadedFile[], first: Location, second: Location): boolean {
  const items = files.find(({ path }) => path === first.path && path === second.path)?.syntax.items ?? [];
  return items.some(({ span }) => within(first.span, span) && within(second.span, span));
}

function sameLine(text: string, first: Span, second: Span): boolean {
  return !text.slice(Math.min(first.start, second.start), Math.max(first.start, second.start)).includes("\n");
}

/** Statements, and headers of declarations, that hold a problem; of nested ones the innermost. */
function holesOf({ text, problems, syntax }: LoadedFile): readonly Span[] {
  const units = syntax.items.flatMap(unitsOfItem);
  return problems.flatMap(({ id, span }) => {
    // the first of two on one line may end where the second is not understood
    const reach = id === "missing-separator" || id === "unexpected-token" || id === "foreign-operator";
    const ends = reach ? [span.start, text.slice(0, span.start).trimEnd().length] : [span.start];
    return ends.flatMap((place) => innermost(units, place) ?? []);
  });
}

function innermost(units: readonly Span[], place: number): Span | undefined {
  let found: Span | undefined;
  for (const unit of units) {
    const inside = unit.start <= place && place <= unit.end;
    if (inside && (found === undefined || unit.end - unit.start < found.end - found.start)) {
      found = unit;
    }
  }
  return found;
}

function unitsOfItem(item: Item): readonly Span[] {
  switch (item.kind) {
    case "import":
      return [item.span];
    case "study":
      return item.body.statements.flatMap(unitsOfStatement);
    case "declaration":
      return item.body === undefined
        ? [item.span]
        : [{ start: item.span.start, end: item.body.span.start }, ...item.body.statements.flatMap(unitsOfStatement)];
    default:
      return item satisfies never;
  }
}

function unitsOfStatement(statement: Statement): readonly Span[] {
  const body = statement.kind === "setting" || statement.kind === "tune" ? statement.body : undefined;
  return [statement.span, ...(body?.statements.flatMap(unitsOfStatement) ?? [])];
}

function within({ start, end }: Span, outer: Span): boolean {
  return start >= outer.start && end <= outer.end;
}
