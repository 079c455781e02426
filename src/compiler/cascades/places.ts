/** Where in a file something stands: in which declaration, in which statement. */

import type { Declaration, Item, Span, Statement } from "../../../grammar/syntax.js";
import type { LoadedFile } from "../load.js";

export function within({ start, end }: Span, outer: Span): boolean {
  return start >= outer.start && end <= outer.end;
}

export function sameLine(text: string, first: Span, second: Span): boolean {
  return !/[\r\n]/.test(text.slice(Math.min(first.start, second.start), Math.max(first.start, second.start)));
}

/** The item around a place, or else the one before it, which may have ended too early. */
function itemAt({ syntax }: LoadedFile, { start }: Span): Item | undefined {
  return syntax.items.findLast(({ span }) => span.start <= start);
}

export function declarationAt(file: LoadedFile, span: Span): readonly Declaration[] {
  const item = itemAt(file, span);
  return item?.kind === "declaration" ? [item] : [];
}

/** Statements of a file, nested ones too, and headers of declarations. */
export function unitsOf({ syntax }: LoadedFile): readonly Span[] {
  return syntax.items.flatMap(unitsOfItem);
}

/** Statements, and headers of declarations, that hold a problem; of nested ones the innermost. */
export function holesOf(file: LoadedFile): readonly Span[] {
  const { text, problems } = file;
  const units = unitsOf(file);
  return problems.flatMap(({ id, span }) => {
    // the first of two on one line may end where the second is not understood
    const reach =
      id === "word-twice" || id === "missing-separator" || id === "unexpected-token" || id === "foreign-operator";
    const ends = reach ? [span.start, text.slice(0, span.start).trimEnd().length] : [span.start];
    return ends.flatMap((place) => innermost(units, place) ?? []);
  });
}

export function innermost(units: readonly Span[], place: number): Span | undefined {
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
