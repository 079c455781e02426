/** What is under the cursor: what it is, what it comes to, and what the catalogue says of it. */

import { type Hover, MarkupKind } from "vscode-languageserver/node";
import type { Argument, Call, Expression, Identifier, Setting, StringLiteral } from "../../../grammar/syntax.js";
import { ITEMS, settingIn } from "../../catalog/settings/index.js";
import { blockKind } from "../cursor/blocks.js";
import { type AnyNode, nodesAt } from "../cursor/nodes.js";
import { rangeOf } from "../diagnostics/convert.js";
import { callableOf, entryCallable } from "../docs/callables.js";
import { callableDoc, parameterDoc, settingDoc } from "../docs/markdown.js";
import { settingKind, settingValueText } from "../docs/settings.js";
import { stringDoc } from "../docs/strings.js";
import { symbolDoc } from "../docs/symbols.js";
import { KEYWORDS, MEMBERS, UNIT_DOCS, WORDS } from "../docs/words.js";
import { occurrenceAt, type Place } from "./place.js";
import { wordAt } from "./selection.js";

export async function hover(place: Place): Promise<Hover | undefined> {
  const { view, offset } = place;
  const path = nodesAt(view.file.syntax, offset);
  const found = (await declaredName(place)) ?? (await syntactic(place, path)) ?? keyword(place);
  if (found === undefined) return undefined;
  const [span, lines] = found;
  const value = lines.filter((line) => line !== "").join("\n\n");
  return { contents: { kind: MarkupKind.Markdown, value }, range: rangeOf(view.document, span) };
}

type Found = readonly [span: AnyNode["span"], lines: readonly string[]] | undefined;

async function declaredName(place: Place): Promise<Found> {
  const occurrence = occurrenceAt(place.view, place.offset);
  if (occurrence === undefined) return undefined;
  const analysis = await place.workspace.analysis(place.view.path);
  const report = place.workspace.reports.get(place.view.path);
  const lines = occurrence.symbols.flatMap((symbol, index) => [
    ...(index === 0 ? [] : ["---"]),
    ...symbolDoc(symbol, analysis, report),
  ]);
  return [occurrence.span, lines];
}

/** Smallest node first. */
async function syntactic(place: Place, path: readonly AnyNode[]): Promise<Found> {
  for (let index = path.length - 1; index > 0; index -= 1) {
    const [node, parent] = [path[index], path[index - 1]];
    if (node === undefined || parent === undefined) continue;
    const found = await nodeDoc(place, node, parent, path.slice(0, index));
    if (found !== undefined) return found;
    if ("statements" in node || node.kind === "declaration") return undefined;
  }
  return undefined;
}

async function nodeDoc(place: Place, node: AnyNode, parent: AnyNode, path: readonly AnyNode[]): Promise<Found> {
  const { view } = place;
  switch (node.kind) {
    case "string": {
      const analysis = await place.workspace.analysis(view.path);
      const lines = stringDoc(node as StringLiteral, parent, path, analysis);
      return lines.length === 0 ? undefined : [node.span, lines];
    }
    case "name":
      return nameDoc(place, node as Extract<Expression, { kind: "name" }>, path);
    case "member":
      return memberDoc(node as Extract<Expression, { kind: "member" }>, place.offset);
    case undefined:
      return await identifierDoc(place, node as Identifier, parent, path);
    default:
      return undefined;
  }
}

function nameDoc({ view }: Place, node: Extract<Expression, { kind: "name" }>, path: readonly AnyNode[]): Found {
  const lines = nameLines(view, node.text, path);
  return lines.length === 0 ? undefined : [node.span, lines];
}

function nameLines(view: Place["view"], text: string, path: readonly AnyNode[]): readonly string[] {
  const parameter = enclosingParameter(view, path);
  if (parameter?.schema?.enum?.includes(text)) {
    const entry = view.catalog.entry("sampler", text) ?? view.catalog.entry("test", text);
    return [parameterDoc(parameter), ...(entry === undefined ? [] : [callableDoc(entryCallable(entry))])];
  }
  const kind = settingKind(path);
  const wanted = kind && view.catalog.entry(kind, text);
  const word = WORDS[text];
  if (wanted === undefined && word !== undefined) return [`**\`${text}\`**`, word];
  const callable = callableOf(view, [text], kind, givesIn(path));
  return callable === undefined ? [] : [callableDoc(callable)];
}

/** Where an axis or a grid has its points, a function has points. */
function givesIn(path: readonly AnyNode[]): "points" | "numbers" {
  return path.some((node) => node.kind === "axis") ? "points" : "numbers";
}

function memberDoc({ name }: Extract<Expression, { kind: "member" }>, offset: number): Found {
  if (offset < name.span.start) return undefined;
  const doc = Object.values(MEMBERS).flatMap((of) => of[name.text] ?? [])[0];
  return doc === undefined ? undefined : [name.span, [`**\`.${name.text}\`**`, doc]];
}

async function identifierDoc(
  place: Place,
  node: Identifier,
  parent: AnyNode,
  path: readonly AnyNode[],
): Promise<Found> {
  if (parent.kind === "setting" && (parent as Setting).name === node) {
    const block = blockKind(path.slice(0, -1));
    const setting = block && settingIn(block, node.text);
    if (setting === undefined || block === undefined) return undefined;
    const analysis = await place.workspace.analysis(place.view.path);
    return [node.span, [settingDoc(setting, block), settingValueText(path, node.text, analysis)]];
  }
  if (parent.kind === "number" || parent.kind === "list") {
    const doc = UNIT_DOCS[node.text] ?? UNIT_DOCS[`${node.text}s`];
    return doc === undefined ? undefined : [node.span, [`**${node.text}**`, doc]];
  }
  if (parent.kind === "member") return memberDoc(parent as Extract<Expression, { kind: "member" }>, place.offset);
  const parameter = "value" in parent ? enclosingParameter(place.view, [...path, node]) : undefined;
  return parameter === undefined ? undefined : [node.span, [parameterDoc(parameter)]];
}

/** The parameter whose name or value the innermost node is. */
function enclosingParameter(view: Place["view"], path: readonly AnyNode[]) {
  const at = path.findLastIndex((node) => node.kind === undefined && "value" in node && "span" in node);
  const [call, argument] = [path[at - 1], path[at]];
  if (call?.kind !== "call" || argument === undefined) return undefined;
  const { callee, args } = call as Call;
  if (callee.kind !== "name") return undefined;
  const callable = callableOf(view, [callee.text], settingKind(path), givesIn(path));
  const written = argument as unknown as Argument;
  const position = args.filter((each) => each.name === undefined).indexOf(written);
  const named = callable?.parameters.find(({ name }) => name === written.name?.text);
  return (
    named ?? (written.name === undefined ? callable?.parameters.filter((each) => each.positional)[position] : undefined)
  );
}

/** `experiment`, `vary`, `measure`: words no node stands for. */
function keyword({ view, offset }: Place): Found {
  const span = wordAt(view.file.text, offset);
  const word = span && view.file.text.slice(span.start, span.end);
  if (span === undefined || word === undefined) return undefined;
  const comment = view.file.comments.some((each) => each.span.start <= offset && each.span.end >= offset);
  const path = nodesAt(view.file.syntax, offset);
  const string = path.some((node) => node.kind === "string");
  const block = blockKind(path);
  const doc =
    (block && settingIn(block === "tune" && word === "tune" ? "experiment" : block, word)?.doc) ??
    ITEMS.find((item) => item.keyword === word)?.doc ??
    KEYWORDS[word];
  return comment || string || doc === undefined ? undefined : [span, [`**\`${word}\`**`, doc]];
}
