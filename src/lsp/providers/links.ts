/** Paths one can follow: imports, and data and checkpoints that are where they are said to be. */

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DocumentLink } from "vscode-languageserver/node";
import type { Argument, StringLiteral } from "../../../grammar/syntax.js";
import { type AnyNode, childrenOf } from "../cursor/nodes.js";
import { rangeOf } from "../diagnostics/convert.js";
import { uriOfPath } from "../workspace/uris.js";
import type { View, Workspace } from "../workspace/workspace.js";

export function documentLinks(workspace: Workspace, view: View): DocumentLink[] {
  const { file, document } = view;
  const imports = file.imports.flatMap(({ item, file: target }): readonly DocumentLink[] =>
    target === undefined
      ? []
      : [{ range: inside(view, item.from), target: workspace.documentOf(view, target.path).uri, tooltip: target.path }],
  );
  const links: DocumentLink[] = [...imports];
  const open: AnyNode[] = file.syntax.items.filter((item) => item.kind !== "import");
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === "call") {
      for (const { value } of (node as AnyNode & { readonly args: readonly Argument[] }).args) {
        if (value.kind !== "string" || /^[a-z]+:/.test(value.value) || value.value === "") continue;
        const path = resolve(dirname(view.path), value.value);
        if (existsSync(path)) links.push({ range: inside(view, value), target: uriOfPath(path), tooltip: path });
      }
    }
    open.push(...childrenOf(node));
  }
  return links.filter(({ target }) => target !== document.uri);
}

function inside({ document }: View, { span }: StringLiteral) {
  return rangeOf(document, { start: span.start + 1, end: Math.max(span.start + 1, span.end - 1) });
}
