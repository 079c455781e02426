/** For clients without snippets: the same text, its places filled with what stands in them. */

import { type CompletionItem, type CompletionList, InsertTextFormat } from "vscode-languageserver/node";

export function plainItems(list: CompletionList, wish: "snippets" | "plain"): CompletionList {
  return wish === "snippets" ? list : { ...list, items: list.items.map(plain) };
}

function plain(item: CompletionItem): CompletionItem {
  if (item.insertTextFormat !== InsertTextFormat.Snippet) return item;
  const { insertText, textEdit, insertTextFormat: _, command: __, ...rest } = item;
  return {
    ...rest,
    ...(insertText === undefined ? {} : { insertText: withoutPlaces(insertText) }),
    ...(textEdit === undefined ? {} : { textEdit: { ...textEdit, newText: withoutPlaces(textEdit.newText) } }),
  };
}

export function withoutPlaces(snippet: string): string {
  let text = snippet;
  // places may stand in places
  for (let before = ""; before !== text; ) {
    before = text;
    text = text
      .replace(/\$\{\d+\|([^,|}]*)[^}]*\|\}/g, "$1")
      .replace(/\$\{\d+:([^${}]*)\}/g, "$1")
      .replace(/\$\{\d+\}|\$\d+/g, "");
  }
  return text;
}
