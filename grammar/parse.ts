/** The one entrance: text in, tree and problems out. Never throws on any text. */

import { ItemParser } from "./parser/items.js";
import { ProblemSink } from "./problems.js";
import { scan } from "./scan.js";
import type { ParseResult } from "./syntax.js";

let parser: ItemParser | undefined;

/** Parses one file. Everything that could be read is in the tree, whatever the problems. */
export function parse(text: string): ParseResult {
  parser ??= new ItemParser({ validate: false });
  const problems = new ProblemSink();
  const { tokens, comments } = scan(text, problems);
  const file = parser.parseFile(text, tokens, problems);
  return { file, comments, problems: problems.sorted() };
}
