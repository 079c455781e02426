/** Which names a piece of syntax reads: so that what does not depend on an axis is worked out once for all its points. */

import type { Spanned } from "../../../grammar/syntax.js";

const cache = new WeakMap<Spanned, ReadonlySet<string>>();

/** Every plain name anywhere in it; names after a dot, and names of arguments, are none. */
export function namesIn(root: Spanned): ReadonlySet<string> {
  let names = cache.get(root);
  if (names === undefined) {
    const found = new Set<string>();
    eachNode(root, (node) => {
      if ("kind" in node && node.kind === "name" && "text" in node && typeof node.text === "string") {
        found.add(node.text);
      }
    });
    names = found;
    cache.set(root, names);
  }
  return names;
}

export function mentions(node: Spanned, name: string): boolean {
  return namesIn(node).has(name);
}

/** Whether it reads `….name` of anything. */
export function readsMember(root: Spanned, name: string): boolean {
  let reads = false;
  eachNode(root, (node) => {
    const { kind, name: own } = node as { readonly kind?: unknown; readonly name?: { readonly text?: unknown } };
    reads ||= kind === "member" && own?.text === name;
  });
  return reads;
}

/** All nodes of some syntax, spans apart. At every keystroke: no list of a node's entries is made. */
export function eachNode(root: unknown, visit: (node: object) => void): void {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) {
      open.push(...node);
    } else if (typeof node === "object" && node !== null) {
      visit(node);
      for (const key in node) {
        const value = (node as { readonly [key: string]: unknown })[key];
        if (typeof value === "object" && key !== "span") {
          open.push(value);
        }
      }
    }
  }
}
