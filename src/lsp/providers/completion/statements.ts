/** At the start of a line: declarations, or the statements of the block. */

import { type CompletionItem, CompletionItemKind } from "vscode-languageserver/node";
import { ITEMS, settingsIn } from "../../../catalog/settings/index.js";
import { settablePaths } from "../../../compiler/overrides/paths.js";
import type { CursorContext } from "../../cursor/context.js";
import { blockAround } from "../../cursor/typed-block.js";
import { settingDoc } from "../../docs/markdown.js";
import { WORDS } from "../../docs/words.js";
import type { Place } from "../place.js";
import { bindingItem, item, wordItem } from "./items.js";

export function statementItems({ view }: Place, context: CursorContext): readonly CompletionItem[] {
  const { kind, declaration } = blockAround(context);
  if (context.frames.length === 0) {
    return ITEMS.filter(
      ({ keyword }) => keyword !== "study" || !view.file.syntax.items.some((each) => each.kind === "study"),
    ).map(({ keyword, doc, snippet }) => item(keyword, CompletionItemKind.Keyword, "declaration", doc, snippet));
  }
  switch (kind) {
    case "init":
    case "part":
    case undefined:
      return partItems(view);
    case "profile":
      return [...settablePaths(view.scope).keys()].map((path) =>
        item(path, CompletionItemKind.Property, "setting", undefined, `${path} = $1`),
      );
    case "source":
      return [...view.scope.names.values()].flatMap((binding) =>
        binding.kind === "model"
          ? [item(binding.name, CompletionItemKind.Class, "model", undefined, `${binding.name} = $1`)]
          : [],
      );
    default: {
      const written = writtenIn(view, context, declaration);
      return settingsIn(kind)
        .filter(({ name, many }) => many === true || !written.has(name))
        .map((setting) =>
          item(setting.name, CompletionItemKind.Property, `in ${kind}`, settingDoc(setting, kind), setting.snippet),
        );
    }
  }
}

/** Settings the block has already, where its tree can be read. */
function writtenIn(
  { file }: Place["view"],
  { start }: CursorContext,
  [keyword]: readonly string[],
): ReadonlySet<string> {
  const around = file.syntax.items.find(({ span }) => span.start <= start && span.end >= start);
  const body = around !== undefined && around.kind !== "import" ? around.body : undefined;
  const names = new Set<string>();
  for (const statement of body?.statements ?? []) {
    const here = statement.span.start <= start && statement.span.end >= start;
    if (statement.kind === "setting" && !here && keyword !== undefined) names.add(statement.name.text);
  }
  return names;
}

export function partItems({ scope }: Place["view"]): readonly CompletionItem[] {
  const words = ["units", "layers", "head", "backbone", "embedding", "bias", "norm", "adapter", "buffers", "rest"];
  return [
    ...words.map((word) => {
      const indexed = word === "units" || word === "layers";
      return indexed
        ? item(word, CompletionItemKind.Keyword, "part", WORDS[word], `${word}[\${1:1..2}]`)
        : wordItem(word, "part", WORDS[word]);
    }),
    item(
      '"…"',
      CompletionItemKind.Text,
      "tensors by name",
      "Whole segments of timm's names; `*` is one, `**` any.",
      '"$1"',
    ),
    ...[...scope.names.values()].filter((each) => each.kind === "part").map(bindingItem),
  ];
}
