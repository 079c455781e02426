/** The cookbook: studies to begin from. Each starts with comments that say what it is for. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "../../../grammar/parse.js";
import { packageRoot } from "./package.js";

export interface Template {
  readonly name: string;
  /** The study's own title. */
  readonly title: string;
  /** Its first comment, as one line. */
  readonly about: string;
  readonly text: string;
}

/** The one that runs as it is and asks the first question. */
export const FIRST_TEMPLATE = "first";

const folder = join(packageRoot, "studies", "cookbook");

/** All templates, the first one first, then by name. */
export function templates(): readonly Template[] {
  const found = readdirSync(folder).filter((file) => file.endsWith(".xfer"));
  const named = found.map((file) => readTemplate(file.slice(0, -".xfer".length)));
  return named.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

function rank({ name }: Template): number {
  return name === FIRST_TEMPLATE ? 0 : 1;
}

function readTemplate(name: string): Template {
  const text = readFileSync(join(folder, `${name}.xfer`), "utf8");
  const header = parse(text).file.items.find((item) => item.kind === "study");
  const comments = /^(?:\/\/.*\n)*/.exec(text)?.[0] ?? "";
  const about = comments
    .replace(/^\/\/ ?/gm, "")
    .trim()
    .replace(/\n/g, " ");
  return { name, title: header?.title?.value ?? name, about, text };
}

/** The template's text under another study's name; a word of the language gets `study_` before it. */
export function renamed({ text }: Template, study: string): string {
  const header = parse(text).file.items.find((item) => item.kind === "study");
  if (header === undefined) return text;
  const { start, end } = header.name.span;
  const named = (name: string) => text.slice(0, start) + name + text.slice(end);
  return parse(named(study)).problems.length === 0 ? named(study) : named(`study_${study}`);
}
