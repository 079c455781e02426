/** Which declarations an edit can matter to: those it touched, those that read them by name, and what these read. */

import type { Declaration, Item, SourceFile } from "../../../grammar/syntax.js";
import { namesIn } from "../../compiler/evaluate/mentions.js";

export type Affected =
  /** Names came or went through an import: anything may have changed. */
  { readonly kind: "all" } | { readonly kind: "some"; readonly declarations: ReadonlySet<Declaration> };

interface Version {
  readonly text: string;
  readonly syntax: SourceFile;
}

export function affected(before: Version, after: Version): Affected {
  const gone = new Map<string, Item[]>();
  for (const item of before.syntax.items) {
    const source = sourceOf(item, before.text);
    gone.set(source, [...(gone.get(source) ?? []), item]);
  }
  const changed: Item[] = [];
  for (const item of after.syntax.items) {
    const same = gone.get(sourceOf(item, after.text));
    if (same === undefined || same.pop() === undefined) changed.push(item);
  }
  const touched = [...changed, ...[...gone.values()].flat()];
  if (touched.some((item) => item.kind === "import")) return { kind: "all" };
  const names = new Set(touched.flatMap((item) => (item.kind === "declaration" ? [item.name.text] : [])));
  const declarations = after.syntax.items.filter((item): item is Declaration => item.kind === "declaration");
  const own = declarations.filter((item) => changed.includes(item) || item.keyword === "profile");
  const found = new Set(own);
  spread(declarations, names, found);
  const all = withOutputsRead(declarations, found);
  return { kind: "some", declarations: all.size > MOST ? withOutputsRead(declarations, new Set(own)) : all };
}

/** What more declarations than these read has to wait for the whole: a keystroke is answered for itself. */
const MOST = 64;

function sourceOf({ span }: Item, text: string): string {
  return text.slice(span.start, span.end);
}

/** Until no more is found: what mentions a name, and then what mentions its own. */
function spread(declarations: readonly Declaration[], names: Set<string>, found: Set<Declaration>): void {
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const each of declarations) {
      if (found.has(each) && names.has(each.name.text)) continue;
      const reads = names.has(each.name.text) || [...namesIn(each)].some((name) => names.has(name));
      if (!reads) continue;
      found.add(each);
      if (each.keyword !== "profile") names.add(each.name.text);
    }
  }
}

/** Outputs are checked against the tables they read. */
function withOutputsRead(declarations: readonly Declaration[], found: ReadonlySet<Declaration>): Set<Declaration> {
  const all = new Set(found);
  const byName = new Map(
    declarations
      .filter(({ keyword }) => keyword === "derive" || keyword === "experiment")
      .map((each) => [each.name.text, each]),
  );
  const open = [...found];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    for (const name of namesIn(each)) {
      const read = byName.get(name);
      if (read === undefined || all.has(read)) continue;
      all.add(read);
      open.push(read);
    }
  }
  return all;
}
