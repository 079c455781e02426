/** Inside of quotes: files to import, folders and files of data, tensors of the models in use. */

import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CompletionItem, CompletionItemKind, type CompletionList } from "vscode-languageserver/node";
import type { CursorContext } from "../../cursor/context.js";
import { callAt, headWords } from "../../cursor/context.js";
import { blockAround } from "../../cursor/typed-block.js";
import { rangeOf } from "../../diagnostics/convert.js";
import { modelsInUse } from "../../docs/models.js";
import type { Place } from "../place.js";

export async function stringItems(
  place: Place,
  context: CursorContext,
  { start, before }: { readonly start: number; readonly before: string },
): Promise<CompletionList> {
  const words = headWords(context.tokens);
  if (words[0] === "import") return await paths(place, start, before, "studies");
  const call = callAt(context);
  if (call !== undefined && call.bracket === "(" && call.callee.length > 0)
    return await paths(place, start, before, "all");
  const { kind, declaration } = blockAround(context);
  const pattern =
    kind === "init" ||
    declaration[0] === "init" ||
    words[0] === "part" ||
    context.tokens.at(-1)?.image === "except" ||
    kind === "recipe";
  return pattern ? await tensors(place, context, start, before) : { isIncomplete: false, items: [] };
}

const MOST_NAMES = 500;

/** One folder at a time, relative to the study. */
async function paths(
  { view }: Place,
  start: number,
  before: string,
  wanted: "studies" | "all",
): Promise<CompletionList> {
  const slash = before.lastIndexOf("/") + 1;
  const folder = join(dirname(view.path), before.slice(0, slash));
  const range = rangeOf(view.document, { start: start + slash, end: start + before.length });
  const items: CompletionItem[] = [];
  const inside = slash > 0 || wanted === "all";
  for (const found of await entriesOf(folder)) {
    const isFolder = found.isDirectory();
    if (found.name.startsWith(".") || (!isFolder && wanted === "studies" && !found.name.endsWith(".xfer"))) continue;
    const newText = `${inside ? "" : "./"}${found.name}${isFolder ? "/" : ""}`;
    const kind = isFolder ? CompletionItemKind.Folder : CompletionItemKind.File;
    items.push({ label: newText, kind, textEdit: { range, newText } });
  }
  if (slash === 0 && wanted === "studies") {
    items.push({
      label: "xfer:bundled",
      kind: CompletionItemKind.File,
      detail: "what comes with xferc",
      textEdit: { range, newText: "xfer:bundled" },
    });
  }
  return { isIncomplete: items.length > MOST_NAMES, items: items.slice(0, MOST_NAMES) };
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return []; // half a path, or none to read
  }
}

/** The next segment of tensor names, of all models in use; `*` and `**` as anywhere. */
async function tensors(
  { workspace, view }: Place,
  context: CursorContext,
  start: number,
  before: string,
): Promise<CompletionList> {
  const analysis = await workspace.analysis(view.path);
  const dot = before.lastIndexOf(".") + 1;
  const parents = before
    .slice(0, Math.max(0, dot - 1))
    .split(".")
    .filter((segment) => segment !== "");
  const found = new Map<string, { models: Set<string>; leaf: boolean }>();
  for (const { name, info } of analysis === undefined ? [] : modelsInUse(analysis)) {
    for (const tensor of info.tensors) {
      for (const next of nextSegments(tensor.name.split("."), parents)) {
        const known = found.get(next.segment) ?? { models: new Set<string>(), leaf: next.leaf };
        known.models.add(name);
        found.set(next.segment, known);
      }
    }
  }
  const range = rangeOf(view.document, { start: start + dot, end: context.offset });
  const item = (segment: string, detail: string, kind: CompletionItemKind): CompletionItem => ({
    ...{ label: segment, detail, kind },
    textEdit: { range, newText: segment },
    filterText: segment,
    sortText: sortText(segment),
  });
  return {
    isIncomplete: false,
    items: [
      item("**", "any segments", CompletionItemKind.Operator),
      ...(found.size > 0 ? [item("*", "one segment", CompletionItemKind.Operator)] : []),
      ...[...found].map(([segment, { models, leaf }]) =>
        item(segment, [...models].join(", "), leaf ? CompletionItemKind.Field : CompletionItemKind.Module),
      ),
    ],
  };
}

/** What can follow `parents` in a name: `**` may stand for any number of segments. */
function nextSegments(
  segments: readonly string[],
  parents: readonly string[],
): readonly { readonly segment: string; readonly leaf: boolean }[] {
  const [parent, ...others] = parents;
  if (parent === undefined) {
    const [segment] = segments;
    return segment === undefined ? [] : [{ segment, leaf: segments.length === 1 }];
  }
  if (parent === "**") return segments.flatMap((_, index) => nextSegments(segments.slice(index), others));
  const matches = parent === "*" || parent === segments[0];
  return matches ? nextSegments(segments.slice(1), others) : [];
}

/** `10` behind `9`. */
function sortText(segment: string): string {
  return /^\d+$/.test(segment) ? segment.padStart(6, "0") : segment;
}
