/** Text to the parser's tokens. */

import type { IToken } from "chevrotain";
import { Balancer } from "./brackets.js";
import { Lexer } from "./chevrotain.js";
import { withKinds } from "./kindless.js";
import { Layout } from "./layout.js";
import { bracesForParentheses } from "./parentheses.js";
import type { ProblemSink } from "./problems.js";
import { reportIllegal, Speller, spanOf } from "./spelling.js";
import type { Comment } from "./syntax.js";
import * as T from "./tokens.js";

const lexer = new Lexer([...T.ALL_TOKENS], {
  positionTracking: "onlyOffset",
  skipValidations: true,
  ensureOptimizations: false,
});

export interface Scan {
  /** No newlines among them: separators, balanced brackets. */
  readonly tokens: IToken[];
  readonly comments: readonly Comment[];
}

/** The lexer's own tokens, newlines among them and brackets as they stand: for who looks at a text that is being typed. */
export function lex(text: string): { readonly tokens: readonly IToken[]; readonly comments: readonly IToken[] } {
  const { tokens, groups } = lexer.tokenize(text);
  return { tokens, comments: groups[T.COMMENTS] ?? [] };
}

const SAMPLE = 4096;

/** A NUL, or more control characters than text has: not something to read token by token. */
function looksBinary(text: string): boolean {
  if (text.includes("\0")) return true;
  const sample = text.slice(0, SAMPLE);
  let odd = 0;
  for (let index = 0; index < sample.length; index += 1) {
    const code = sample.charCodeAt(index);
    const control = code < 32 && code !== 9 && code !== 10 && code !== 13 && code !== 12;
    if (control || code === 0xfffd) odd += 1;
  }
  return odd > sample.length / 20 && odd > 4;
}

/** Never throws; what cannot be read is reported to `problems` and left out. */
export function scan(text: string, problems: ProblemSink): Scan {
  if (looksBinary(text)) {
    problems.report("binary-file", { start: 0, end: 0 }, {});
    return { tokens: [], comments: [] };
  }
  const lexed = lexer.tokenize(text);
  const comments = (lexed.groups[T.COMMENTS] ?? []).map((token) => ({ text: token.image, span: spanOf(token) }));
  for (const { offset, length } of lexed.errors) {
    if (problems.isFull) break;
    reportIllegal(text.slice(offset, offset + length), { start: offset, end: offset + length }, problems);
  }
  const openStrings = lexed.tokens
    .filter((token) => token.tokenType === T.UnclosedString)
    .map((token) => token.startOffset);
  const spelt = new Speller(lexed.tokens, problems).run();
  const balanced = new Balancer(bracesForParentheses(spelt, problems), problems, openStrings).run();
  return { tokens: withKinds(new Layout(balanced, problems).run(), problems), comments };
}
