/** Last pass: declarations that do not say what they are, and files without `import`. What is meant is guessed from what they say. */

import type { IToken, TokenType } from "chevrotain";
import { tokenMatcher } from "./chevrotain.js";
import type { ProblemSink } from "./problems.js";
import { endOf, retyped, spanOf } from "./spelling.js";
import * as T from "./tokens.js";

/** Words that start a line of one kind of declaration alone. */
const LINES: ReadonlyMap<string, string> = new Map([
  ...["optimizer", "batch", "schedule", "augment", "clip_norm", "loss"].map((word) => [word, "recipe"] as const),
  ...["vary", "measure", "target", "train"].map((word) => [word, "experiment"] as const),
  ...["rows", "columns", "cell"].map((word) => [word, "table"] as const),
  ...["line", "point", "bar", "heatmap", "star"].map((word) => [word, "figure"] as const),
  ...["units", "rest", "backbone", "head"].map((word) => [word, "init"] as const),
  ...["seed", "repeats"].map((word) => [word, "study"] as const),
]);
const VALUES: ReadonlyMap<string, string> = new Map([
  ...["random", "stats", "transfer"].map((word) => [word, "init"] as const),
  ...["pretrain", "weights"].map((word) => [word, "source"] as const),
]);
const TYPES: ReadonlyMap<unknown, TokenType> = new Map([...T.VOCABULARY].map((type) => [type.PATTERN, type] as const));

export function withKinds(tokens: readonly IToken[], problems: ProblemSink): IToken[] {
  const out: IToken[] = [];
  let open = 0;
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) continue;
    const before = tokens[index - 1];
    const starts = open === 0 && (before === undefined || before.tokenType === T.Separator);
    const read = starts ? readKindless(tokens, index, problems) : undefined;
    if (read !== undefined) {
      out.push(...read.tokens);
      index += read.length - 1;
      continue;
    }
    if (token.tokenType === T.LCurly) open += 1;
    if (token.tokenType === T.RCurly) open -= 1;
    out.push(token);
  }
  return out;
}

/** What `length` tokens are read as. */
interface Read {
  readonly tokens: readonly IToken[];
  readonly length: number;
}

function readKindless(tokens: readonly IToken[], index: number, problems: ProblemSink): Read | undefined {
  const [first, second, third] = tokens.slice(index, index + 3);
  if (first === undefined) return undefined;
  if (first.tokenType === T.StringToken) return importOf(first, second, problems);
  if (first.image === "source" && second?.tokenType === T.StringToken && /[/:.]/.test(second.image)) {
    problems.report("missing-import", spanOf(first), { instead: "import" });
    return { tokens: [as(first, "import"), second], length: 2 };
  }
  if (first.tokenType !== T.Identifier || second === undefined) return undefined;
  const name = first.image;
  if (tokenMatcher(second, T.Kind) && opens(third)) {
    const instead = `${second.image} ${name}`;
    const span = { start: first.startOffset, end: endOf(second) };
    problems.report("missing-kind", span, { name, kind: second.image, instead });
    return { tokens: [{ ...second, startOffset: first.startOffset }, first], length: 2 };
  }
  const kind = guessed(tokens, index);
  if (kind === undefined) return undefined;
  problems.report("missing-kind", spanOf(first), { name, kind, instead: `${kind} ${name}` });
  return { tokens: [as(first, kind), first], length: 1 };
}

function importOf(file: IToken, next: IToken | undefined, problems: ProblemSink): Read | undefined {
  const behind = next?.tokenType === T.Import;
  if (!behind && next !== undefined && next.tokenType !== T.Separator) return undefined;
  const span = { start: file.startOffset, end: behind ? endOf(next) : endOf(file) };
  problems.report("missing-import", span, { instead: `import ${file.image}` });
  return { tokens: [as(file, "import"), file], length: behind ? 2 : 1 };
}

/** A word in the place of another token. */
function as(token: IToken, word: string): IToken {
  return { ...retyped(token, TYPES.get(word) ?? T.Identifier), image: word };
}

function opens(token: IToken | undefined): boolean {
  return token?.tokenType === T.LCurly || token?.tokenType === T.Equal;
}

function guessed(tokens: readonly IToken[], index: number): string | undefined {
  const [second, third, fourth] = tokens.slice(index + 1, index + 4);
  if (second?.tokenType === T.StringToken && third?.tokenType === T.LCurly) return "study";
  if (second?.tokenType === T.LCurly) return kindOfBlock(tokens, index + 2);
  if (second?.tokenType !== T.Equal || third === undefined) return undefined;
  if (third.tokenType === T.NumberToken) return LINES.has(tokens[index]?.image ?? "") ? undefined : "param";
  return VALUES.get(third.image) ?? (fourth?.tokenType === T.Dot ? "derive" : undefined);
}

/** By the first line that one kind alone has. */
function kindOfBlock(tokens: readonly IToken[], start: number): string | undefined {
  let open = 0;
  for (let index = start; index < tokens.length; index += 1) {
    const token = tokens[index];
    const before = tokens[index - 1];
    const starts = before?.tokenType === T.Separator || before?.tokenType === T.LCurly;
    if (open === 0 && starts && token !== undefined) {
      if (isAssigned(tokens, index)) return "profile";
      const kind = LINES.get(token.image);
      if (kind !== undefined) return kind;
    }
    if (token?.tokenType === T.LCurly) open += 1;
    if (token?.tokenType === T.RCurly && open === 0) return undefined;
    if (token?.tokenType === T.RCurly) open -= 1;
  }
  return undefined;
}

/** `finetune.for =` */
function isAssigned(tokens: readonly IToken[], index: number): boolean {
  let next = index + 1;
  while (tokens[next]?.tokenType === T.Dot) next += 2;
  return tokens[next]?.tokenType === T.Equal;
}
