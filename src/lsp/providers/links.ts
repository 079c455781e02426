/** Paths one can follow: imports, and data and checkpoints that are where they are said to be. */

import { existsSync } from "node:fs";
import type { DocumentLink } from "vscode-languageserver/node";
import type { Call, Expression, StringLiteral } from "../../../grammar/syntax.js";
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
  for (const item of file.syntax.items) {
    const open: AnyNode[] = item.kind === "import" ? [] : [item];
    const name = item.kind === "declaration" && item.keyword === "dataset" ? item.name.text : undefined;
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.kind === "call")
        links.push(...(node as Call).args.flatMap(({ value }) => dataLink(view, name, value) ?? []));
      open.push(...childrenOf(node));
    }
  }
  return links.filter(({ target }) => target !== document.uri);
}

/** Of a path that is here, wherever data roots say that it lies. */
function dataLink(view: View, name: string | undefined, value: Expression): DocumentLink | undefined {
  if (value.kind !== "string" || value.value === "" || /^[a-z]{2,}:/i.test(value.value)) return undefined;
  const path = view.project.locate({ name, path: value.value, declaredIn: view.file.path });
  return existsSync(path) ? { range: inside(view, value), target: uriOfPath(path), tooltip: path } : undefined;
}

function inside({ document }: View, { span }: StringLiteral) {
  return rangeOf(document, { start: span.start + 1, end: Math.max(span.start + 1, span.end - 1) });
}
