/** What a string stands for: tensors a pattern names, the file or folder a path leads to. */

import { existsSync } from "node:fs";
import type { Call, Rule, StringLiteral } from "../../../grammar/syntax.js";
import { matchesGlob, parseGlob } from "../../models/glob.js";
import { declarationOf } from "../cursor/blocks.js";
import type { AnyNode } from "../cursor/nodes.js";
import type { Analysis } from "../workspace/workspace.js";
import { modelsInUse } from "./models.js";

/** Part patterns stand in rules, parts and layers; every other string is a path or prose. */
function isPattern(parent: AnyNode, path: readonly AnyNode[]): boolean {
  if (path.some((node) => node.kind === "call" || node.kind === "import")) return false;
  const rule = path.findLast((node) => node.kind === "rule") as Rule | undefined;
  if (rule !== undefined) return true;
  return declarationOf(path)?.keyword === "part" || parent.kind === "except";
}

const MOST = 12;

export function stringDoc(
  { value }: StringLiteral,
  parent: AnyNode,
  path: readonly AnyNode[],
  analysis: Analysis | undefined,
): readonly string[] {
  if (analysis === undefined) return [];
  if (isPattern(parent, path)) return patternDoc(value, analysis);
  const call = path.findLast((node) => node.kind === "call") as Call | undefined;
  return call?.callee.kind === "name" ? pathDoc(value, path, analysis) : [];
}

function pathDoc(value: string, path: readonly AnyNode[], { view }: Analysis): readonly string[] {
  const declaration = declarationOf(path);
  const name = declaration?.keyword === "dataset" ? declaration.name.text : undefined;
  const place = view.project.locate({ name, path: value, declaredIn: view.file.path });
  return [`\`${place}\``, existsSync(place) ? "" : "There is nothing there on this machine."];
}

function patternDoc(pattern: string, analysis: Analysis): readonly string[] {
  return modelsInUse(analysis).flatMap(({ name, info }) => {
    const glob = parseGlob(pattern);
    const tensors = info.tensors.filter((tensor) => matchesGlob(glob, tensor.name)).map((tensor) => tensor.name);
    const shown = tensors.slice(0, MOST).map((tensor) => `\`${tensor}\``);
    const more = tensors.length > MOST ? `, and ${tensors.length - MOST} more` : "";
    return [`**${name}**: ${tensors.length} of ${info.tensors.length} tensors`, `${shown.join(", ")}${more}`];
  });
}
