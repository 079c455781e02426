/** Offsets → lines, and the line where a recipe says a thing. */

import type { Location } from "../diagnostics.js";

export type SourceFiles = readonly { readonly path: string; readonly text: string }[];

/** 1-based lines of locations; 1 where a file is not among the sources. */
export class Lines {
  readonly #starts = new Map<string, readonly number[]>();
  readonly #texts: ReadonlyMap<string, string>;

  constructor(files: SourceFiles) {
    this.#texts = new Map(files.map(({ path, text }) => [path, text]));
  }

  lineOf({ path, span }: Location): number {
    const starts = this.#startsOf(path);
    let low = 0;
    let high = starts.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= span.start) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /**
   * Line of the setting `word` in the block that a location opens or lies in: the first line from there that begins
   * with the word, before a line that closes the block. Undefined where the block does not say it.
   */
  lineOfSetting(location: Location, word: string): number | undefined {
    const lines = (this.#texts.get(location.path) ?? "").split("\n");
    for (let line = this.lineOf(location); line <= lines.length; line++) {
      const statements = (lines[line - 1] ?? "").split(/[;{]/);
      if (statements.some((statement) => startsWithWord(statement.trimStart(), word))) return line;
      if (lines[line - 1]?.trimStart().startsWith("}")) return undefined;
    }
    return undefined;
  }

  #startsOf(path: string): readonly number[] {
    let starts = this.#starts.get(path);
    if (!starts) {
      const text = this.#texts.get(path) ?? "";
      const found = [0];
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) found.push(at + 1);
      starts = found;
      this.#starts.set(path, starts);
    }
    return starts;
  }
}

function startsWithWord(statement: string, word: string): boolean {
  if (!statement.startsWith(word)) return false;
  const next = statement[word.length] ?? " ";
  return !/[A-Za-z0-9_]/.test(next);
}
