/** A pass before brackets are paired: `recipe q (`, whose parentheses hold what belongs in braces. */

import type { IToken } from "chevrotain";
import { tokenMatcher } from "./chevrotain.js";
import type { ProblemSink } from "./problems.js";
import { retyped, spanOf } from "./spelling.js";
import * as T from "./tokens.js";

/** Tokens of the longest block that is looked through. */
const HORIZON = 2000;

export function bracesForParentheses(tokens: readonly IToken[], problems: ProblemSink): readonly IToken[] {
  let out: IToken[] | undefined;
  for (let index = 0; index + 3 < tokens.length; index += 1) {
    const [kind, name, open, end] = tokens.slice(index, index + 4);
    const starts = index === 0 || tokens[index - 1]?.tokenType === T.Newline;
    if (!starts || kind === undefined || name === undefined || open?.tokenType !== T.LParen) continue;
    if (!tokenMatcher(kind, T.Kind) || !tokenMatcher(name, T.Name) || end?.tokenType !== T.Newline) continue;
    const close = closing(tokens, index + 3);
    if (close !== undefined && opensBody(tokens[close + 1])) continue;
    problems.report("parentheses-for-block", spanOf(open), { keyword: kind.image, name: name.image, instead: "" });
    out ??= [...tokens];
    out[index + 2] = { ...retyped(open, T.LCurly), image: "{" };
    const last = close === undefined ? undefined : tokens[close];
    if (close !== undefined && last !== undefined) out[close] = { ...retyped(last, T.RCurly), image: "}" };
  }
  return out ?? tokens;
}

/** Where the parenthesis closes, if no brace does so before. */
function closing(tokens: readonly IToken[], start: number): number | undefined {
  let depth = 0;
  for (let index = start; index < Math.min(tokens.length, start + HORIZON); index += 1) {
    const type = tokens[index]?.tokenType;
    if (type === T.LParen || type === T.LCurly) depth += 1;
    if (type !== T.RParen && type !== T.RCurly) continue;
    if (depth === 0) return type === T.RParen ? index : undefined;
    depth -= 1;
  }
  return undefined;
}

/** Parameters on lines of their own. */
function opensBody(token: IToken | undefined): boolean {
  return token?.tokenType === T.LCurly || token?.tokenType === T.Equal || token?.tokenType === T.From;
}
