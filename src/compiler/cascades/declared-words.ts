/** Words a file gives a meaning to, and how often it uses them: a word used nowhere may be a misspelt one. */

import type { Argument, Axis, Identifier, Item, Span, Spanned } from "../../../grammar/syntax.js";
import { eachNode } from "../evaluate/mentions.js";
import type { LoadedFile } from "../load.js";

export interface DeclaredWord {
  /** `experiment`, `axis`, `measure`, …: as a sentence names it. */
  readonly kind: string;
  readonly text: string;
  readonly span: Span;
  /** All of what declares it. */
  readonly whole: Span;
}

/** What nothing refers to by its name. */
const SILENT: ReadonlySet<string> = new Set(["table", "figure", "profile"]);

/**
 * Those that stand nowhere but where they are declared.
 * @param isMeant of a word: whether it matters
 */
export function unusedWords(file: LoadedFile, isMeant: (word: string) => boolean): readonly DeclaredWord[] {
  const declared = file.syntax.items.flatMap(wordsOf).filter(({ text }) => text !== "");
  const count = new Map<string, number>();
  for (const { text } of declared) {
    count.set(text, (count.get(text) ?? 0) + 1);
  }
  const asked = declared.filter(({ kind, text }) => !SILENT.has(kind) && count.get(text) === 1 && isMeant(text));
  // a word that is written once is not used: the whole file is walked only for others, which comments may speak of
  const again = asked.filter(({ text }) => file.text.indexOf(text) !== file.text.lastIndexOf(text));
  const used = again.length === 0 ? new Set<string>() : wordsUsed(file, declared);
  return asked.filter(({ text }) => !used.has(text));
}

function wordsUsed({ syntax }: LoadedFile, declared: readonly DeclaredWord[]): ReadonlySet<string> {
  const places = new Set(declared.map(({ span }) => span.start));
  const used = new Set<string>();
  eachNode(syntax.items, (node) => {
    const { text, span } = node as { readonly text?: unknown; readonly span?: Span };
    if (typeof text === "string" && span !== undefined && !places.has(span.start)) {
      used.add(text);
    }
  });
  return used;
}

function wordsOf(item: Item): readonly DeclaredWord[] {
  if (item.kind !== "declaration") {
    return [];
  }
  const inside = (item.body?.statements ?? []).flatMap((statement): readonly DeclaredWord[] => {
    switch (statement.kind) {
      case "vary":
        return statement.axes.flatMap(wordsOfAxis);
      case "measure":
        return [word("measure", statement.name, statement), ...statement.loops.flatMap(wordsOfAxis)];
      default:
        return [];
    }
  });
  const parameters = item.parameters.map((each) => word("parameter", each.name, each));
  return [word(item.keyword, item.name, item), ...parameters, ...inside];
}

function wordsOfAxis(axis: Axis): readonly DeclaredWord[] {
  const [name] = axis.kind === "axis" ? axis.path.segments : [axis.name];
  const labels = axis.values.kind === "list" ? axis.values.items.flatMap(labelOf) : [];
  return name === undefined ? labels : [word("axis", name, axis), ...labels];
}

function labelOf(argument: Argument): readonly DeclaredWord[] {
  return argument.name === undefined ? [] : [word("point", argument.name, argument)];
}

function word(kind: string, { text, span }: Identifier, whole: Spanned): DeclaredWord {
  return { kind, text, span, whole: whole.span };
}

/** Where a word stands as a point in a slice: `main.test[init: word]`. */
export function pointsNamed({ syntax }: LoadedFile, word: string): readonly Span[] {
  const spans: Span[] = [];
  eachNode(syntax.items, (node) => {
    if ("kind" in node && node.kind === "index" && "args" in node) {
      for (const { value } of node.args as readonly Argument[]) {
        const points = value.kind === "list" ? value.items.map((each) => each.value) : [value];
        spans.push(...points.flatMap((each) => (each.kind === "name" && each.text === word ? [each.span] : [])));
      }
    }
  });
  return spans;
}
