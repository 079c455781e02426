/** Which kind of block a place is in, from the nodes around it. */

import type { Axis as AnyAxis, Declaration, Setting } from "../../../grammar/syntax.js";
import type { BlockKind } from "../../catalog/settings/index.js";
import { MARKS } from "../../compiler/outputs/types.js";
import type { AnyNode } from "./nodes.js";

/** `recipe` inside of `finetune with { … }` too. */
export function blockKind(path: readonly AnyNode[]): BlockKind | undefined {
  let kind: BlockKind | undefined;
  for (const node of path) {
    if (node.kind === "study") kind = "study";
    else if (node.kind === "declaration") kind = ofDeclaration((node as Declaration).keyword);
    else if (node.kind === "setting" && kind === "figure" && isMark((node as Setting).name.text) && "body" in node)
      kind = "mark";
    else if (node.kind === "tune") kind = "tune";
    else if (node.kind === "with") kind = changedBy(path);
  }
  return kind;
}

/** The same words as in a block that is being typed: see `TypedBlock`. */
function changedBy(path: readonly AnyNode[]): BlockKind {
  const keyword = declarationOf(path)?.keyword;
  if (keyword === "recipe" || keyword === "model" || keyword === "init") return keyword;
  if (keyword !== "experiment" || path.some((node) => node.kind === "measure")) return "init";
  const setting = path.find((node) => node.kind === "setting") as Setting | undefined;
  const axis = path.find((node) => node.kind === "axis") as Extract<AnyAxis, { kind: "axis" }> | undefined;
  return (setting?.name ?? axis?.path.segments[0])?.text === "model" ? "model" : "recipe";
}

export function isMark(name: string): boolean {
  return MARKS.some((mark) => mark === name);
}

export function ofDeclaration(keyword: string): BlockKind | undefined {
  switch (keyword) {
    case "study":
    case "dataset":
    case "recipe":
    case "experiment":
    case "init":
    case "source":
    case "table":
    case "figure":
      return keyword;
    default:
      return undefined;
  }
}

/** The declaration a place is in. */
export function declarationOf(path: readonly AnyNode[]): Declaration | undefined {
  return path.find((node) => node.kind === "declaration") as Declaration | undefined;
}
