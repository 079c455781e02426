/** Completion items of every kind, made alike. */

import { type CompletionItem, CompletionItemKind, InsertTextFormat, MarkupKind } from "vscode-languageserver/node";
import type { CatalogEntry } from "../../../catalog/types.js";
import type { Binding } from "../../../compiler/bind/scope.js";
import { type Callable, type CallableParameter, entryCallable } from "../../docs/callables.js";
import { callableDoc, parameterDoc } from "../../docs/markdown.js";

export function item(
  label: string,
  kind: CompletionItemKind,
  detail: string,
  doc: string | undefined,
  snippet?: string,
): CompletionItem {
  return {
    label,
    kind,
    detail,
    ...(doc === undefined || doc === "" ? {} : { documentation: { kind: MarkupKind.Markdown, value: doc } }),
    ...(snippet === undefined ? {} : { insertText: snippet, insertTextFormat: InsertTextFormat.Snippet }),
  };
}

export function bindingItem(binding: Binding): CompletionItem {
  if (binding.kind === "namespace") return item(binding.name, CompletionItemKind.Module, "import", undefined);
  const { name, kind, declaration, file } = binding;
  const places = declaration.parameters.map((parameter, index) => `\${${index + 1}:${parameter.name.text}}`);
  const snippet = places.length === 0 ? undefined : `${name}(${places.join(", ")})`;
  return item(name, CompletionItemKind.Variable, `${kind} · ${file.path}`, undefined, snippet);
}

/** With places for what must be given, and for what may be given without its name. */
export function entryItem(entry: CatalogEntry, id: string = entry.id): CompletionItem {
  return callableItem({ ...entryCallable(entry), id }, entry.kind);
}

export function callableItem(callable: Callable, detail: string): CompletionItem {
  const { id, entry } = callable;
  const wanted = callable.parameters.filter(({ required, positional }) => required || positional);
  const places = wanted.map(({ name, positional }, index) =>
    positional ? `\${${index + 1}:${name}}` : `${name}: \${${index + 1}}`,
  );
  const calls = places.length > 0 || (entry?.kind === "schedule" && callable.parameters.length > 0);
  const snippet = calls ? `${id}(${places.join(", ")})` : undefined;
  return item(id, CompletionItemKind.Function, detail, callableDoc(callable), snippet);
}

export function parameterItem(parameter: CallableParameter): CompletionItem {
  const { name, required } = parameter;
  const made = item(
    name,
    CompletionItemKind.Field,
    required ? "required" : "argument",
    parameterDoc(parameter),
    `${name}: $1`,
  );
  return { ...made, sortText: `0${required ? "0" : "1"}${name}` };
}

export function wordItem(word: string, detail: string, doc?: string): CompletionItem {
  return item(word, CompletionItemKind.EnumMember, detail, doc);
}
