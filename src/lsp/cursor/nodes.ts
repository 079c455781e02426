/** The syntax nodes around an offset. */

import type { SourceFile, Span, Spanned } from "../../../grammar/syntax.js";

export type AnyNode = Spanned & { readonly kind?: string };

function contains({ start, end }: Span, offset: number): boolean {
  return offset >= start && offset <= end;
}

/** From the file inwards; the last is the smallest that holds the offset. */
export function nodesAt(file: SourceFile, offset: number): readonly AnyNode[] {
  const path: AnyNode[] = [file];
  for (let node: AnyNode | undefined = file; node !== undefined; ) {
    node = childAt(node, offset);
    if (node !== undefined) path.push(node);
  }
  return path;
}

function childAt(node: AnyNode, offset: number): AnyNode | undefined {
  let best: AnyNode | undefined;
  for (const child of childrenOf(node)) {
    if (!contains(child.span, offset)) continue;
    const narrower = best === undefined || child.span.end - child.span.start <= best.span.end - best.span.start;
    // between two neighbours that touch, the one that begins here
    if (narrower || child.span.start === offset) best = child;
  }
  return best;
}

export function childrenOf(node: AnyNode): readonly AnyNode[] {
  const children: AnyNode[] = [];
  const add = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) add(each);
    else if (typeof value === "object" && value !== null && "span" in value) children.push(value as AnyNode);
  };
  for (const [key, value] of Object.entries(node)) if (key !== "span") add(value);
  return children;
}
