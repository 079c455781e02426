/** `check --fix`: applies safe fixes, as many as do not touch each other. */

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Diagnostic, Fix, TextEdit } from "../compiler/diagnostics.js";

/** The text with every edit of the given fixes that overlaps no earlier one; a fix is applied whole or not at all. */
export function applyFixes(text: string, path: string, fixes: readonly Fix[]): { text: string; applied: number } {
  const taken: TextEdit[] = [];
  let applied = 0;
  for (const fix of fixes) {
    if (fix.edits.some((edit) => edit.location.path !== path)) continue;
    if (fix.edits.some((edit) => taken.some((other) => overlap(edit, other)))) continue;
    taken.push(...fix.edits);
    applied += 1;
  }
  let result = text;
  for (const { location, text: replacement } of taken.sort((a, b) => b.location.span.start - a.location.span.start)) {
    result = result.slice(0, location.span.start) + replacement + result.slice(location.span.end);
  }
  return { text: result, applied };
}

/** Two insertions at one place count as overlapping: which comes first would be a guess. */
function overlap(a: TextEdit, b: TextEdit): boolean {
  const [x, y] = [a.location.span, b.location.span];
  if (x.start === y.start) return true;
  return x.start < y.end && y.start < x.end;
}

/** Writes files whose diagnostics carry safe fixes. @returns how many fixes were applied. */
export function fixFiles(cwd: string, diagnostics: readonly Diagnostic[], editable: ReadonlySet<string>): number {
  const byFile = new Map<string, Fix[]>();
  for (const { fixes } of diagnostics) {
    const safe = fixes.find((fix) => fix.safe);
    const path = safe?.edits[0]?.location.path;
    if (safe === undefined || path === undefined || !editable.has(path)) continue;
    byFile.set(path, [...(byFile.get(path) ?? []), safe]);
  }
  let applied = 0;
  for (const [path, fixes] of byFile) {
    const file = resolve(cwd, path);
    const before = readFileSync(file, "utf8");
    const after = applyFixes(before, path, fixes);
    if (after.text === before) continue;
    writeFileSync(file, after.text);
    applied += after.applied;
  }
  return applied;
}
