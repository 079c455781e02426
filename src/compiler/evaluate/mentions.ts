/** Which names a piece of syntax reads: so that what does not depend on an axis is worked out once for all its points. */

import type { Spanned } from "../../../grammar/syntax.js";

const cache = new WeakMap<Spanned, ReadonlySet<string>>();

/** Every plain name anywhere in it; names after a dot, and names of arguments, are none. */
export function namesIn(root: Spanned): ReadonlySet<string> {
  let names = cache.get(root);
  if (names === undefined) {
    const found = new Set<string>();
    for (const node of nodesIn(root)) {
      if (node.kind === "name" && typeof node.text === "string") {
        found.add(node.text);
      }
    }
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
  for (const { kind, name: own } of nodesIn(root)) {
    if (kind === "member" && (own as { readonly text?: unknown } | undefined)?.text === name) {
      return true;
    }
  }
  return false;
}

type AnyNode = { readonly [key: string]: unknown };

function* nodesIn(root: unknown): Generator<AnyNode> {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) {
      open.push(...node);
    } else if (typeof node === "object" && node !== null) {
      yield node as AnyNode;
      for (const [key, value] of Object.entries(node)) {
        if (typeof value === "object" && key !== "span") {
          open.push(value);
        }
      }
    }
  }
}
