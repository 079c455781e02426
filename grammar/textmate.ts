/** The TextMate grammar, made of the same tokens the lexer reads: what editors colour before a language server answers. */

import type { TokenType } from "chevrotain";
import { DECLARATION_KINDS, PREPOSITIONS } from "./syntax.js";
import * as T from "./tokens.js";

export interface TextMateRule {
  readonly comment?: string;
  readonly name?: string;
  readonly contentName?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly captures?: { readonly [group: string]: { readonly name: string } };
  readonly beginCaptures?: { readonly [group: string]: { readonly name: string } };
  readonly endCaptures?: { readonly [group: string]: { readonly name: string } };
  readonly patterns?: readonly TextMateRule[];
  readonly include?: string;
}
export interface TextMateGrammar {
  readonly name: string;
  readonly scopeName: "source.xfer";
  readonly fileTypes: readonly string[];
  readonly patterns: readonly TextMateRule[];
  readonly repository: { readonly [name: string]: TextMateRule };
}

function patternOf({ PATTERN, name }: TokenType): string {
  if (typeof PATTERN === "string") return PATTERN.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  if (PATTERN instanceof RegExp) return PATTERN.source;
  throw new Error(`the token ${name} has no pattern`);
}

const anyOf = (words: Iterable<string>): string => [...words].sort((a, b) => b.length - a.length).join("|");
const word = (words: Iterable<string>): string => `\\b(?:${anyOf(words)})\\b`;
const include = (...names: readonly string[]): readonly TextMateRule[] =>
  names.map((name) => ({ include: `#${name}` }));

/** Words of the tokens, by category; a word that no token is never gets in. */
const wordsOf = (category: TokenType): readonly string[] =>
  T.ALL_TOKENS.filter(({ CATEGORIES, PATTERN }) => typeof PATTERN === "string" && CATEGORIES?.includes(category)).map(
    patternOf,
  );

const isWord = (text: string): boolean => /^\w+$/.test(text);
const OPERATOR_WORDS = ["not", ...wordsOf(T.BinaryOperatorToken).filter(isWord)];
const OPERATORS = wordsOf(T.BinaryOperatorToken).filter((text) => !isWord(text));
const STATEMENT_WORDS = wordsOf(T.Word).filter(
  (text) =>
    !OPERATOR_WORDS.includes(text) &&
    !DECLARATION_KINDS.some((kind) => kind === text) &&
    !PREPOSITIONS.some((each) => each === text),
);
const NAME = patternOf(T.Identifier);
const NUMBER = patternOf(T.NumberToken);

const bracket = (name: string, open: string, close: string, inner: readonly TextMateRule[]): TextMateRule => ({
  name: `meta.${name}.xfer`,
  begin: open,
  beginCaptures: { 0: { name: `punctuation.section.${name}.begin.xfer` } },
  end: close,
  endCaptures: { 0: { name: `punctuation.section.${name}.end.xfer` } },
  patterns: inner,
});

export function textMateGrammar(): TextMateGrammar {
  const kinds = anyOf(DECLARATION_KINDS);
  return {
    name: "xfer",
    scopeName: "source.xfer",
    fileTypes: ["xfer"],
    patterns: include("comments", "declarations", "expressions"),
    repository: {
      comments: {
        patterns: [
          { name: "comment.line.double-slash.xfer", match: patternOf(T.LineComment) },
          { name: "comment.block.xfer", begin: "/\\*", end: "\\*/" },
        ],
      },
      declarations: {
        comment: "Only here, outside of all blocks, do these words declare; inside they are slots.",
        patterns: [
          {
            match: `\\b(study)\\s+(${NAME})`,
            captures: { 1: { name: "storage.type.study.xfer" }, 2: { name: "entity.name.section.xfer" } },
          },
          { name: "keyword.control.import.xfer", match: "\\bimport\\b" },
          {
            match: `^\\s*(${kinds})\\s+(${NAME})`,
            captures: { 1: { name: "storage.type.$1.xfer" }, 2: { name: "entity.name.type.$1.xfer" } },
          },
        ],
      },
      expressions: {
        patterns: include(
          ...["comments", "strings", "numbers", "members", "labels", "words", "calls"],
          ...["block", "list", "group", "operators", "separators", "names"],
        ),
      },
      block: bracket("block", "\\{", "\\}", include("comments", "statements", "expressions")),
      list: bracket("list", "\\[", "\\]", include("expressions")),
      group: bracket("group", "\\(", "\\)", include("expressions")),
      statements: {
        patterns: [
          {
            match: `\\b(measure)\\s+(${NAME})`,
            captures: { 1: { name: "keyword.control.xfer" }, 2: { name: "entity.name.function.measure.xfer" } },
          },
          {
            comment: "A setting: the first word of a statement, unless it is a path, a part or a call.",
            match: `(?:^|(?<=[;{]))\\s*(?!${word([...STATEMENT_WORDS, ...OPERATOR_WORDS, ...PREPOSITIONS])})(${NAME})(?!\\w)(?!\\s*(?:[.=(\\[:]|<-))`,
            captures: { 1: { name: "support.type.property-name.xfer" } },
          },
        ],
      },
      strings: {
        name: "string.quoted.double.xfer",
        begin: '"',
        end: '"|$',
        patterns: [{ name: "constant.character.escape.xfer", match: "\\\\." }],
      },
      numbers: {
        patterns: [
          {
            match: `(?<!\\w)(${NUMBER})(?:(%)|\\s*\\b(${anyOf(T.UNITS)})\\b)?`,
            captures: {
              1: { name: "constant.numeric.xfer" },
              2: { name: "keyword.other.unit.xfer" },
              3: { name: "keyword.other.unit.xfer" },
            },
          },
        ],
      },
      members: {
        comment: "Any word may stand behind a dot.",
        match: `(?<!\\.)(\\.)\\s*(${NAME})`,
        captures: { 1: { name: "punctuation.accessor.xfer" }, 2: { name: "variable.other.property.xfer" } },
      },
      labels: {
        match: `\\b(${NAME})\\s*(:)`,
        captures: { 1: { name: "variable.parameter.xfer" }, 2: { name: "punctuation.separator.key-value.xfer" } },
      },
      words: {
        patterns: [
          { name: "keyword.operator.word.xfer", match: word(OPERATOR_WORDS) },
          { name: "keyword.control.xfer", match: word(STATEMENT_WORDS) },
          { name: "keyword.other.preposition.xfer", match: word(PREPOSITIONS) },
          { name: "variable.language.slot.xfer", match: word(DECLARATION_KINDS) },
          { name: "constant.language.boolean.xfer", match: word(["yes", "no"]) },
        ],
      },
      calls: { name: "entity.name.function.xfer", match: `\\b${NAME}(?=\\()` },
      operators: {
        patterns: [
          { name: "keyword.operator.arrow.xfer", match: patternOf(T.Arrow) },
          { name: "keyword.operator.xfer", match: anyOf(OPERATORS) },
          { name: "keyword.operator.assignment.xfer", match: patternOf(T.Equal) },
        ],
      },
      separators: { name: "punctuation.separator.xfer", match: "[,;]" },
      names: { name: "variable.other.xfer", match: `\\b${NAME}\\b` },
    },
  };
}
