/** The study files of the client's folders: what references and renames look through. */

import { dirname } from "node:path";
import glob from "fast-glob";
import { isBelow } from "../../runtime/host/data-roots.js";
import type { View, Workspace } from "./workspace.js";

const IGNORED = ["**/node_modules/**", "**/.git/**", "**/.xfer/**", "**/runs/**", "**/dist/**"];
const MOST_FILES = 2000;

/**
 * Absolute paths: open documents, and studies below the client's folders, or beside a document that is in none; all of a
 * project where `declaring`, files of its that are meant, lie outside of the folders.
 */
export async function studyFiles(
  workspace: Workspace,
  near: string,
  declaring: readonly string[] = [],
): Promise<readonly string[]> {
  const { texts, projects } = workspace;
  const { folders } = projects;
  const outside = folders.length > 0 && declaring.some((path) => !folders.some((folder) => isBelow(path, folder)));
  const roots = folders.length > 0 ? [...folders, ...(outside ? [projects.of(near).root] : [])] : [dirname(near)];
  const deep = folders.length > 0 ? Number.POSITIVE_INFINITY : 2;
  const found = new Set<string>([near, ...declaring, ...texts.paths]);
  for (const cwd of roots) {
    const options = { cwd, absolute: true, ignore: IGNORED, deep, followSymbolicLinks: false, suppressErrors: true };
    for (const path of await glob("**/*.xfer", options)) {
      if (found.size >= MOST_FILES) return [...found];
      found.add(path);
    }
  }
  return [...found];
}

/** Of all that mention one of these words; the others cannot refer to what is called so. */
export async function viewsWith(
  workspace: Workspace,
  near: string,
  word: string,
  declaring: readonly string[],
): Promise<readonly View[]> {
  const views: View[] = [];
  for (const path of await studyFiles(workspace, near, declaring)) {
    const read = await workspace.texts.read(path);
    if (!read.ok || !read.text.includes(word)) continue;
    const view = await workspace.view(path);
    if (view !== undefined) views.push(view);
  }
  return views;
}
