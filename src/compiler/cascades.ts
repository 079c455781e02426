/**
 * One slip, one error: where the parser stepped over something, what the checker says of the same statement is most
 * likely about the hole. It is left out until the text can be read.
 */

import type { Item, Span, Statement } from "../../grammar/syntax.js";
import type { Diagnostic, Location } from "./diagnostics.js";
import type { LoadedFile } from "./load.js";

export function withoutCascades(
  diagnostics: readonly Diagnostic[],
  files: readonly LoadedFile[],
): readonly Diagnostic[] {
  const broken = new Map(files.flatMap((file) => (file.problems.length === 0 ? [] : [[file.path, file] as const])));
  if (broken.size === 0) {
    return diagnostics;
  }
  const holes = new Map([...broken].map(([path, file]) => [path, holesOf(file)] as const));
  const blocks = diagnostics.filter(({ name }) => name === "block-not-here");
  const inBlock = ({ path, span }: Location): boolean =>
    blocks.some((each) => each.location.path === path && within(span, each.location.span));
  return diagnostics.filter(({ code, name, location }) => {
    if (code.startsWith("XF01")) {
      return !inBlock(location);
    }
    return name === "block-not-here" || !holes.get(location.path)?.some((hole) => within(location.span, hole));
  });
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
