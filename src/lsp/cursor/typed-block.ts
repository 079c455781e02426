/** The block the cursor is in, from the words before it. */

import type { BlockKind } from "../../catalog/settings/index.js";
import { isMark, ofDeclaration } from "./blocks.js";
import { blockOf, type CursorContext, type Frame, headWords } from "./context.js";

export interface TypedBlock {
  /** Undefined at the top, and in a block of no known kind. */
  readonly kind: BlockKind | undefined;
  /** The words before its brace: `experiment main`, `line from depth`. */
  readonly head: readonly string[];
  /** Names the experiments an output reads: those of its own clause, or of the figure around it. */
  readonly from: readonly string[];
  /** The first word of the declaration around, and its name. */
  readonly declaration: readonly string[];
}

export function blockAround(context: CursorContext): TypedBlock {
  const blocks = context.frames.filter((frame) => frame.bracket === "{");
  const outer = headWords(blocks[0]?.head ?? []);
  const block = blockOf(context);
  if (block === undefined)
    return { kind: undefined, head: [], from: fromOf(headWords(context.tokens)), declaration: outer };
  const head = headWords(block.head);
  const own = fromOf(head);
  return { kind: kindOf(block, head, outer), head, from: own.length > 0 ? own : fromOf(outer), declaration: outer };
}

function kindOf(block: Frame, head: readonly string[], outer: readonly string[]): TypedBlock["kind"] {
  const last = block.head.at(-1)?.image;
  const [first = ""] = head;
  if (last === "with") return changedBy(head, outer);
  if (outer[0] === "experiment" && first === "tune") return "tune";
  if (outer[0] === "figure" && isMark(first)) return "mark";
  if (first === "profile" || first === "part") return first;
  return ofDeclaration(first);
}

/** `with { … }` of a recipe or a model has settings, that of a state or an init has rules. */
function changedBy(head: readonly string[], [keyword]: readonly string[]): TypedBlock["kind"] {
  if (keyword === "recipe" || keyword === "model" || keyword === "init") return keyword;
  if (keyword !== "experiment" || head[0] === "measure") return "init";
  // `vary (model, train) as setting in …` has both
  return head.includes("train") || !head.includes("model") ? "recipe" : "model";
}

/** All words behind `from`: dotted names come apart, which does no harm to look them up. */
function fromOf(words: readonly string[]): readonly string[] {
  const at = words.indexOf("from");
  return at < 0 ? [] : words.slice(at + 1);
}
