/** Which experiments an output reads: by name, and by way of the derives it reads. */

import type { Expression, Spanned } from "../../../grammar/syntax.js";
import type { Binding, DeclaredSymbol, Scope } from "../../compiler/bind/scope.js";
import type { LoadedFile } from "../../compiler/load.js";

type Scopes = ReadonlyMap<LoadedFile, Scope>;

export function experimentsOf(
  expressions: readonly Spanned[],
  scope: Scope,
  scopes: Scopes,
): readonly DeclaredSymbol[] {
  const found = new Set<DeclaredSymbol>();
  const seen = new Set<DeclaredSymbol>();
  const read = (nodes: readonly Spanned[], where: Scope): void => {
    for (const bound of bindingsIn(nodes, where)) {
      if (bound.kind === "experiment") found.add(bound);
      if (bound.kind !== "derive" || seen.has(bound)) continue;
      seen.add(bound);
      const { value } = bound.declaration;
      if (value !== undefined) read([value], scopes.get(bound.file) ?? where);
    }
  };
  read(expressions, scope);
  return [...found];
}

function bindingsIn(nodes: readonly Spanned[], scope: Scope): readonly DeclaredSymbol[] {
  const found: DeclaredSymbol[] = [];
  const open: unknown[] = [...nodes];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) {
      open.push(...node);
      continue;
    }
    if (typeof node !== "object" || node === null) continue;
    const expression = node as Expression;
    if (expression.kind === "name" || expression.kind === "member") {
      const bound = bindingOf(expression, scope);
      if (bound !== undefined && bound.kind !== "namespace") found.push(bound);
      if (expression.kind === "member") open.push(expression.object);
      continue;
    }
    for (const key in node) {
      if (key !== "span") open.push((node as { readonly [key: string]: unknown })[key]);
    }
  }
  return found;
}

/** What a plain or dotted name stands for. */
export function bindingOf(expression: Expression, scope: Scope): Binding | undefined {
  if (expression.kind === "name") return scope.names.get(expression.text);
  if (expression.kind !== "member") return undefined;
  const object = bindingOf(expression.object, scope);
  return object?.kind === "namespace" ? object.members.get(expression.name.text) : undefined;
}
