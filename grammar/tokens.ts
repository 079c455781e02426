/** The tokens of xfer. Keywords are words of the language; the names of settings, models and parts are plain identifiers. */

import type { TokenType } from "chevrotain";
import { createToken, Lexer } from "./chevrotain.js";
import { DECLARATION_KINDS, PREPOSITIONS } from "./syntax.js";

/** Any word at all: after a dot, or as the label of an argument. */
export const Word = createToken({ name: "Word", pattern: Lexer.NA });
/** A word that may stand for a value: identifiers, and the kinds of declaration (`model`, `init` are slots too). */
export const Name = createToken({ name: "Name", pattern: Lexer.NA, categories: [Word] });
export const Kind = createToken({ name: "Kind", pattern: Lexer.NA, categories: [Name, Word] });
export const PrepositionWord = createToken({ name: "PrepositionWord", pattern: Lexer.NA, categories: [Word] });
export const BinaryOperatorToken = createToken({ name: "BinaryOperator", pattern: Lexer.NA });

export const Identifier = createToken({ name: "Identifier", pattern: /[A-Za-z_]\w*/, categories: [Name, Word] });

function keyword(text: string, ...categories: TokenType[]): TokenType {
  const name = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}Word`;
  return createToken({ name, pattern: text, longer_alt: Identifier, categories: [...categories, Word] });
}

export const Study = keyword("study");
export const Import = keyword("import");
export const Vary = keyword("vary");
export const Tune = keyword("tune");
export const Measure = keyword("measure");
export const For = keyword("for");
export const Where = keyword("where");
export const With = keyword("with");
export const Then = keyword("then");
export const Except = keyword("except");
export const As = keyword("as");
export const Not = keyword("not");
export const And = keyword("and", BinaryOperatorToken);
export const Or = keyword("or", BinaryOperatorToken);
export const In = keyword("in", BinaryOperatorToken);

const kinds = DECLARATION_KINDS.map((text) => keyword(text, Kind, Name));
const prepositions = new Map(PREPOSITIONS.map((text) => [text, keyword(text, PrepositionWord)]));

function preposition(text: (typeof PREPOSITIONS)[number]): TokenType {
  const token = prepositions.get(text);
  if (token === undefined) throw new Error(`no token for ${text}`);
  return token;
}
export const By = preposition("by");
export const From = preposition("from");

function sign(name: string, text: string, ...categories: TokenType[]): TokenType {
  return createToken({ name, pattern: text, categories });
}

export const Arrow = sign("Arrow", "<-");
export const EqualEqual = sign("EqualEqual", "==", BinaryOperatorToken);
export const NotEqual = sign("NotEqual", "!=", BinaryOperatorToken);
export const LessEqual = sign("LessEqual", "<=", BinaryOperatorToken);
export const GreaterEqual = sign("GreaterEqual", ">=", BinaryOperatorToken);
export const Less = sign("Less", "<", BinaryOperatorToken);
export const Greater = sign("Greater", ">", BinaryOperatorToken);
export const DotDot = sign("DotDot", "..", BinaryOperatorToken);
export const Plus = sign("Plus", "+", BinaryOperatorToken);
export const Minus = sign("Minus", "-", BinaryOperatorToken);
export const Star = sign("Star", "*", BinaryOperatorToken);
export const Slash = sign("Slash", "/", BinaryOperatorToken);
export const Dot = sign("Dot", ".");
export const Equal = sign("Equal", "=");
export const Colon = sign("Colon", ":");
export const Comma = sign("Comma", ",");
export const Semicolon = sign("Semicolon", ";");
export const Percent = sign("Percent", "%");
export const LParen = sign("LParen", "(");
export const RParen = sign("RParen", ")");
export const LSquare = sign("LSquare", "[");
export const RSquare = sign("RSquare", "]");
export const LCurly = sign("LCurly", "{");
export const RCurly = sign("RCurly", "}");

export const NumberToken = createToken({
  name: "Number",
  pattern: /\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d[\d_]*)?/,
});

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A closed string at `start`; by hand, because a regular expression runs out of stack on megabytes of escapes. */
function matchString(text: string, start: number): [string] | null {
  if (text.charCodeAt(start) !== QUOTE) return null;
  for (let index = start + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return [text.slice(start, index + 1)];
    if (code === LINE_FEED || code === CARRIAGE_RETURN) return null;
    if (code === BACKSLASH && text.charCodeAt(index + 1) > CARRIAGE_RETURN) index += 1;
  }
  return null;
}

export const StringToken = createToken({
  name: "String",
  pattern: { exec: matchString },
  start_chars_hint: ['"'],
  line_breaks: false,
});

export const Newline = createToken({ name: "Newline", pattern: /\r\n?|\n/, line_breaks: true });
/** What the layout makes of a newline or `;` that ends a setting. */
export const Separator = createToken({ name: "Separator", pattern: Lexer.NA });
/** Stands for a value that was reported and taken out. */
export const Hole = createToken({ name: "Hole", pattern: Lexer.NA });

const WhiteSpace = createToken({ name: "WhiteSpace", pattern: /[ \t\u00a0\ufeff]+/, group: Lexer.SKIPPED });
export const COMMENTS = "comments";
export const LineComment = createToken({ name: "LineComment", pattern: /\/\/[^\r\n]*/, group: COMMENTS });
export const BlockComment = createToken({
  name: "BlockComment",
  pattern: /\/\*[\s\S]*?\*\//,
  group: COMMENTS,
  line_breaks: true,
});

// What is not xfer, but recognized to say so well.
export const UnclosedComment = createToken({ name: "UnclosedComment", pattern: /\/\*[\s\S]*/, line_breaks: true });
export const HashComment = createToken({ name: "HashComment", pattern: /#[^\r\n]*/ });
export const UnclosedString = createToken({ name: "UnclosedString", pattern: /"[^\r\n]*/ });
export const SingleQuoted = createToken({ name: "SingleQuoted", pattern: /'[^'\r\n]*'/ });
export const CurlyQuoted = createToken({ name: "CurlyQuoted", pattern: /[“”„][^“”"\r\n]*[“”"]/ });
export const ForeignOperator = createToken({
  name: "ForeignOperator",
  pattern: /&&|\|\||===|!==|:=|=>|->|\*\*|[+]=|\.\.[.=<]|!(?!=)/,
});
/** Seven signs at the start of a line; as `=======` only together with the others. */
export const ConflictMarker = createToken({
  name: "ConflictMarker",
  pattern: /(?:<{7}|={7}|>{7}|\|{7})(?: [^\r\n]*)?(?![<=>|])/,
});
export const Lookalike = createToken({ name: "Lookalike", pattern: /[−–—×÷≤≥≠…←，；：（）［］｛｝＝]/ });
export const ForeignLetters = createToken({
  name: "ForeignLetters",
  pattern: /[\u00aa-\u02af\u0370-\u1fff\u2c00-\ud7ff\uf900-\ufdff]+\w*/,
});

/** Everything else but control characters, which the lexer itself complains about; as long as the run is. */
export const Illegal = createToken({
  name: "Illegal",
  pattern: /[&|^~?@$\\`\u00a1-\uffff]+/,
});

/** Longest first: a keyword that begins with another must be tried before it. */
const keywords = [
  ...[Study, Import, Vary, Tune, Measure, For, Where, With, Then, Except, As, Not, And, Or, In],
  ...kinds,
  ...prepositions.values(),
].sort((a, b) => b.name.length - a.name.length);

/** In the order the lexer tries them. */
export const ALL_TOKENS: readonly TokenType[] = [
  WhiteSpace,
  Newline,
  LineComment,
  BlockComment,
  UnclosedComment,
  ...keywords,
  Identifier,
  NumberToken,
  StringToken,
  UnclosedString,
  SingleQuoted,
  CurlyQuoted,
  HashComment,
  ConflictMarker,
  ForeignOperator,
  ...[Arrow, EqualEqual, NotEqual, LessEqual, GreaterEqual, Less, Greater, DotDot, Plus, Minus, Star, Slash, Dot],
  ...[Equal, Colon, Comma, Semicolon, Percent, LParen, RParen, LSquare, RSquare, LCurly, RCurly],
  Lookalike,
  ForeignLetters,
  Illegal,
];

/** Everything the parser may be handed: the lexer's tokens, their categories, and what the layout adds. */
export const VOCABULARY: readonly TokenType[] = [
  ...ALL_TOKENS,
  ...[Word, Name, Kind, PrepositionWord, BinaryOperatorToken, Separator, Hole],
];

/** Units of the language; words after a number that are not among these are still read as units where nothing else fits. */
export const UNITS: ReadonlySet<string> = new Set([
  ...["step", "steps", "epoch", "epochs", "image", "images", "check", "checks", "px", "pixels"],
  ...["point", "points", "year", "years", "day", "days", "hour", "hours", "minute", "minutes", "second", "seconds"],
]);
