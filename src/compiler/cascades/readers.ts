/** Which declarations a declaration reads by name, by way of others too. */

import type { Declaration } from "../../../grammar/syntax.js";
import { namesIn } from "../evaluate/mentions.js";
import type { LoadedFile } from "../load.js";

export function readBy(files: readonly LoadedFile[]): (declaration: Declaration) => readonly Declaration[] {
  const known = new Map<Declaration, readonly Declaration[]>();
  const byName = new Map<string, Declaration[]>();
  for (const { syntax } of files) {
    for (const item of syntax.items) {
      if (item.kind === "declaration") {
        byName.set(item.name.text, [...(byName.get(item.name.text) ?? []), item]);
      }
    }
  }
  return (declaration) => {
    const before = known.get(declaration);
    if (before !== undefined) {
      return before;
    }
    const found = new Set<Declaration>();
    const open = [declaration];
    for (let each = open.pop(); each !== undefined; each = open.pop()) {
      for (const name of wordsOf(each)) {
        for (const read of byName.get(name) ?? []) {
          if (read !== declaration && !found.has(read)) {
            found.add(read);
            open.push(read);
          }
        }
      }
    }
    known.set(declaration, [...found]);
    return [...found];
  };
}

/** Lines of a profile begin with what they change. */
function wordsOf(declaration: Declaration): Iterable<string> {
  const statements = declaration.keyword === "profile" ? (declaration.body?.statements ?? []) : [];
  const changed = statements.flatMap((each) => (each.kind === "assignment" ? (each.path.segments[0]?.text ?? []) : []));
  return [...namesIn(declaration), ...changed];
}
