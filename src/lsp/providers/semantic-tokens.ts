/** Words by what they mean: declared names by their kind, the catalogue's words, settings, units. */

import { type SemanticTokens, SemanticTokensBuilder, type SemanticTokensLegend } from "vscode-languageserver/node";
import type { Span } from "../../../grammar/syntax.js";
import { type AnyNode, childrenOf } from "../cursor/nodes.js";
import { experimentNames, type NamedSymbol } from "../names/symbols.js";
import type { View } from "../workspace/workspace.js";

const TYPES = [
  "namespace",
  "class",
  "struct",
  "parameter",
  "variable",
  "property",
  "enumMember",
  "function",
  "keyword",
  "number",
  "string",
  "comment",
] as const;
type TokenType = (typeof TYPES)[number];
const MODIFIERS = ["declaration", "defaultLibrary", "readonly"] as const;
type Modifier = (typeof MODIFIERS)[number];

export const LEGEND: SemanticTokensLegend = { tokenTypes: [...TYPES], tokenModifiers: [...MODIFIERS] };

interface Token {
  readonly span: Span;
  readonly type: TokenType;
  readonly modifiers: readonly Modifier[];
}

export function semanticTokens({ file, names, document }: View, wanted?: Span): SemanticTokens {
  const tokens = new Map<number, Token>();
  const add = (span: Span, type: TokenType, ...modifiers: Modifier[]): void => {
    if (span.end > span.start && !tokens.has(span.start)) tokens.set(span.start, { span, type, modifiers });
  };
  for (const { span, symbols, role } of names.occurrences) {
    const [symbol] = symbols;
    // a slot that is fixed looks like the setting it is
    if (symbol === undefined || (symbol.fixed && role === "declaration" && !varies(symbol))) continue;
    if (role === "declaration") add(span, typeOf(symbol), "declaration");
    else add(span, typeOf(symbol));
  }
  const open: AnyNode[] = [...file.syntax.items];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    syntactic(node, add);
    open.push(...childrenOf(node));
  }
  const builder = new SemanticTokensBuilder();
  const sorted = [...tokens.values()].sort((a, b) => a.span.start - b.span.start);
  for (const { span, type, modifiers } of sorted) {
    if (wanted !== undefined && (span.end < wanted.start || span.start > wanted.end)) continue;
    const { line, character } = document.positionAt(span.start);
    const bits = modifiers.reduce((sum, each) => sum | (1 << MODIFIERS.indexOf(each)), 0);
    builder.push(line, character, span.end - span.start, TYPES.indexOf(type), bits);
  }
  return builder.build();
}

function varies({ declared, name }: NamedSymbol): boolean {
  return declared !== undefined && experimentNames(declared).varied.has(name);
}

type Add = (span: Span, type: TokenType, ...modifiers: Modifier[]) => void;

/** What its place alone tells of a word. */
function syntactic(node: AnyNode, add: Add): void {
  const each = node as AnyNode & { readonly name?: AnyNode; readonly unit?: AnyNode; readonly callee?: AnyNode };
  switch (node.kind) {
    case "setting":
      if (each.name !== undefined) add(each.name.span, "property");
      break;
    case "number":
    case "list":
      if (each.unit !== undefined) add(each.unit.span, "keyword");
      break;
    case "call":
      if (each.callee?.kind === "name") add(each.callee.span, "function", "defaultLibrary");
      break;
    case "member":
      if (each.name !== undefined) add(each.name.span, "property", "readonly");
      break;
    case "name":
      add(node.span, "enumMember", "defaultLibrary");
      break;
    case undefined:
      // an argument `name: value`
      if ("value" in node && each.name !== undefined) add(each.name.span, "parameter");
      break;
    default:
  }
}

function typeOf({ kind }: NamedSymbol): TokenType {
  switch (kind) {
    case "namespace":
    case "experiment":
      return "namespace";
    case "model":
    case "dataset":
    case "source":
    case "group":
      return "class";
    case "init":
    case "recipe":
    case "part":
    case "profile":
      return "struct";
    case "param":
    case "derive":
    case "table":
    case "figure":
      return "variable";
    case "axis":
    case "parameter":
      return "parameter";
    case "measure":
      return "property";
    case "label":
      return "enumMember";
    default:
      return kind satisfies never;
  }
}
