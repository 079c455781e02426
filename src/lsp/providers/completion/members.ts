/** Behind a dot: what a file, an experiment, a dataset, a model or a source has. */

import { type CompletionItem, CompletionItemKind } from "vscode-languageserver/node";
import { tokenMatcher } from "../../../../grammar/chevrotain.js";
import * as T from "../../../../grammar/tokens.js";
import type { Binding } from "../../../compiler/bind/scope.js";
import { settablePaths } from "../../../compiler/overrides/paths.js";
import { type CursorContext, calleeOf } from "../../cursor/context.js";
import { blockAround } from "../../cursor/typed-block.js";
import { MEMBERS } from "../../docs/words.js";
import { experimentNames } from "../../names/symbols.js";
import type { Place } from "../place.js";
import { bindingItem, item } from "./items.js";

export async function memberItems({ view }: Place, context: CursorContext): Promise<readonly CompletionItem[]> {
  const before = context.tokens.slice(0, -1);
  if (blockAround(context).kind === "profile" && !before.some(({ tokenType }) => tokenType === T.Equal)) {
    return settableBelow(view, calleeOf(before).join("."));
  }
  const last = before.at(-1);
  if (last?.tokenType === T.RParen) return fixed("source");
  if (last === undefined || !tokenMatcher(last, T.Word)) return [];
  const [first = "", ...others] = calleeOf(before);
  let bound: Binding | undefined = view.scope.names.get(first);
  for (const name of others) bound = bound?.kind === "namespace" ? bound.members.get(name) : undefined;
  if (bound === undefined && others.length === 0) return slot(first);
  return bound === undefined ? [] : membersOf(bound);
}

/** `finetune.|` in a profile: what can be set of it, not what it has. */
function settableBelow({ scope }: Place["view"], path: string): readonly CompletionItem[] {
  return [...settablePaths(scope).keys()].flatMap((each) => {
    const name = each.slice(path.length + 1);
    return each.startsWith(`${path}.`)
      ? [item(name, CompletionItemKind.Property, "setting", undefined, `${name} = $1`)]
      : [];
  });
}

function slot(name: string): readonly CompletionItem[] {
  if (name === "target") return fixed("dataset");
  if (name === "model" || name === "source") return fixed(name);
  return [];
}

function membersOf(bound: Binding): readonly CompletionItem[] {
  switch (bound.kind) {
    case "namespace":
      return [...bound.members.values()].map(bindingItem);
    case "experiment": {
      const measures = [...experimentNames(bound).measures.keys()];
      return [
        ...measures.map((name) => item(name, CompletionItemKind.Property, "measure", undefined)),
        ...fixed("experiment"),
      ];
    }
    case "dataset":
    case "model":
    case "source":
      return fixed(bound.kind);
    default:
      return [];
  }
}

function fixed(of: keyof typeof MEMBERS): readonly CompletionItem[] {
  return Object.entries(MEMBERS[of]).map(([name, doc]) =>
    item(name, CompletionItemKind.Property, of, doc, name === "at" ? "at(${1:10 epochs})" : undefined),
  );
}
