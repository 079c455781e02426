/** What can be written at the cursor. */

import type { CompletionItem, CompletionList } from "vscode-languageserver/node";
import { tokenMatcher } from "../../../../grammar/chevrotain.js";
import * as T from "../../../../grammar/tokens.js";
import { silenceable } from "../../../compiler/lint/levels.js";
import { MESSAGES } from "../../../compiler/messages.js";
import { type CursorContext, callAt, contextAt } from "../../cursor/context.js";
import { rangeOf } from "../../diagnostics/convert.js";
import type { Place } from "../place.js";
import { argumentItems } from "./arguments.js";
import { wordItem } from "./items.js";
import { memberItems } from "./members.js";
import { statementItems } from "./statements.js";
import { stringItems } from "./strings.js";
import { unitItems } from "./units.js";
import { valueItems } from "./values.js";

export async function completion(place: Place): Promise<CompletionList> {
  const { view, offset } = place;
  const context = contextAt(view.file.text, offset);
  if (context.inComment) return { isIncomplete: false, items: ignoreItems(place) };
  if (context.string !== undefined) return await stringItems(place, context, context.string);
  const range = rangeOf(view.document, { start: context.start, end: offset });
  const items = await itemsAt(place, context);
  return {
    isIncomplete: false,
    items: unique(items).map((each) => ({ ...each, textEdit: { range, newText: each.insertText ?? each.label } })),
  };
}

/** `// xfer-ignore few-re|`: what can be silenced. */
function ignoreItems({ view, offset }: Place): CompletionItem[] {
  const typed = /\/[/*]+\s*xfer-ignore\s+([\w-]*)$/.exec(view.file.text.slice(0, offset))?.[1];
  if (typed === undefined) return [];
  const range = rangeOf(view.document, { start: offset - typed.length, end: offset });
  return silenceable().map((rule) => ({
    ...wordItem(rule, MESSAGES[rule].code, MESSAGES[rule].message),
    textEdit: { range, newText: `${rule}: ` },
  }));
}

async function itemsAt(place: Place, context: CursorContext): Promise<readonly CompletionItem[]> {
  const last = context.tokens.at(-1);
  if (last?.tokenType === T.Dot) return await memberItems(place, context);
  if (last?.tokenType === T.NumberToken) return unitItems(context);
  if (callAt(context) !== undefined) return await argumentItems(place, context);
  if (context.tokens.length === 0) return statementItems(place, context);
  const named = last !== undefined && tokenMatcher(last, T.Word) && context.tokens.length === 1;
  return await valueItems(place, context, named ? "first" : "further");
}

/** The first of those with one label: the nearest. */
function unique(items: readonly CompletionItem[]): CompletionItem[] {
  const byLabel = new Map<string, CompletionItem>();
  for (const each of items) if (!byLabel.has(each.label)) byLabel.set(each.label, each);
  return [...byLabel.values()];
}
