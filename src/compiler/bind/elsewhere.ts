/** Where a name that is not known in a file is declared: imports bring what a file itself declares, no more. */

import type { LoadedFile } from "../load.js";

export interface Elsewhere {
  /** As an import of the asking file names it. */
  readonly from: string;
  /** The import by which it is reached; undefined where it is an import of the file's own. */
  readonly by: string | undefined;
  /** What the name is under, where the file is imported `as` it. */
  readonly alias: string | undefined;
}

/** The nearest file that `file` imports, directly or not, and that declares `name` where it can be imported. */
export function declaredElsewhere(file: LoadedFile, name: string): Elsewhere | undefined {
  const seen = new Set([file]);
  let ring: { readonly file: LoadedFile; readonly from: string; readonly found: Elsewhere }[] = file.imports.flatMap(
    ({ item, file: imported }) =>
      imported === undefined
        ? []
        : [
            {
              file: imported,
              from: item.from.value,
              found: { from: item.from.value, by: undefined, alias: item.alias?.text },
            },
          ],
  );
  while (ring.length > 0) {
    const hit = ring.find((each) => declares(each.file, name));
    if (hit !== undefined) {
      return hit.found;
    }
    const next: typeof ring = [];
    for (const each of ring) {
      if (seen.has(each.file)) continue;
      seen.add(each.file);
      for (const { item, file: imported } of each.file.imports) {
        if (imported === undefined) continue;
        const from = joined(each.from, item.from.value);
        next.push({ file: imported, from, found: { from, by: each.found.by ?? each.from, alias: undefined } });
      }
    }
    ring = next;
  }
  return undefined;
}

const KINDS: ReadonlySet<string> = new Set(["table", "figure", "profile"]);

function declares(file: LoadedFile, name: string): boolean {
  return file.syntax.items.some(
    (item) => item.kind === "declaration" && item.name.text === name && !KINDS.has(item.keyword),
  );
}

/** `./lib/base.xfer` imports `../more.xfer`: `./more.xfer`. */
function joined(base: string, target: string): string {
  if (!/^\.{1,2}\//.test(target) || base.startsWith("xfer:")) {
    return target;
  }
  const parts: string[] = [];
  for (const part of [...base.split("/").slice(0, -1), ...target.split("/")]) {
    if (part === "..") {
      const last = parts.at(-1);
      if (last === undefined || last === "..") parts.push("..");
      else parts.pop();
    } else if (part !== "." && part !== "") {
      parts.push(part);
    }
  }
  const path = parts.join("/");
  return base.startsWith("/") ? `/${path}` : path.startsWith("..") ? path : `./${path}`;
}
