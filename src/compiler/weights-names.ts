/**
 * How the tensors of a checkpoint are found where they are not called as in timm: what `weights(…)` is told beside the
 * file. Parts are whole segments of names, `layer4.0`; a renaming is written `old -> new`, with `*` for a segment that
 * is kept.
 */

export interface WeightsNames {
  /** Keys that lead to the dict of tensors, joined by dots. */
  readonly key?: string;
  /** What stands before the names that are meant, and is taken off; tensors without it are left out. */
  readonly prefix?: string;
  /** Parts that are left out. */
  readonly drop?: readonly string[];
  /** In order; of each tensor the first that fits. */
  readonly rename?: readonly string[];
}

export interface Renaming {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

const ARROW = /\s*->\s*/;

/** The segments of a part. @returns what is wrong with it, where something is */
export function parsePart(text: string): readonly string[] | { readonly problem: string } {
  const segments = text.split(".");
  if (text === "" || segments.includes("")) return { problem: "a part is one or more names with a dot between them" };
  if (segments.some((segment) => /\s/.test(segment))) return { problem: "names of tensors have no spaces" };
  const pattern = segments.find((segment) => segment.includes("*") && segment !== "*");
  return pattern === undefined
    ? segments
    : { problem: `\`*\` stands for a whole segment, and not as in \`${pattern}\`` };
}

/** @returns what is wrong with it, where something is */
export function parseRenaming(text: string): Renaming | { readonly problem: string } {
  const sides = text.trim().split(ARROW);
  const [before = "", after = ""] = sides;
  if (sides.length !== 2) return { problem: "it is not of the form `old -> new`" };
  const [from, to] = [parsePart(before), parsePart(after)];
  if ("problem" in from) return from;
  if ("problem" in to) return to;
  const [given, kept] = [stars(from), stars(to)];
  if (given !== kept) return { problem: `it has ${given} \`*\` on the left and ${kept} on the right` };
  return { from, to };
}

function stars(segments: readonly string[]): number {
  return segments.filter((segment) => segment === "*").length;
}

/** One spelling of a renaming, as it is keyed. */
export function renamingText({ from, to }: Renaming): string {
  return `${from.join(".")} -> ${to.join(".")}`;
}

/** Whether a tensor is the part or lies in it. */
export function isInPart(name: string, part: readonly string[]): boolean {
  const segments = name.split(".");
  return part.length <= segments.length && part.every((segment, at) => segment === "*" || segment === segments[at]);
}

/** What a tensor is called then; undefined where the renaming is not of it. */
export function renamed(name: string, { from, to }: Renaming): string | undefined {
  if (!isInPart(name, from)) return undefined;
  const segments = name.split(".");
  const kept = from.flatMap((segment, at) => (segment === "*" ? [segments[at] ?? ""] : []));
  let next = 0;
  const begun = to.map((segment) => (segment === "*" ? (kept[next++] ?? "") : segment));
  return [...begun, ...segments.slice(from.length)].join(".");
}

/** For labels: `key "teacher", prefix "backbone."`; empty where there is nothing. */
export function namesText({ key, prefix, drop = [], rename = [] }: WeightsNames): string {
  const quoted = (texts: readonly string[]) => texts.map((text) => JSON.stringify(text)).join(", ");
  return [
    ...(key === undefined ? [] : [`key ${quoted([key])}`]),
    ...(prefix === undefined ? [] : [`prefix ${quoted([prefix])}`]),
    ...(drop.length === 0 ? [] : [`drop ${quoted(drop)}`]),
    ...(rename.length === 0 ? [] : [`rename ${quoted(rename)}`]),
  ].join(", ");
}
