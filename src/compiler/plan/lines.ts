/** Offsets → lines, and the line where a recipe says a thing. */

import type { Location } from "../diagnostics.js";
import { LineMap } from "../lines.js";
import { remembered } from "./memo.js";

export type SourceFiles = readonly { readonly path: string; readonly text: string }[];

interface Line {
  readonly path: string;
  readonly line: number;
}

/** 1-based lines of locations; 1 where a file is not among the sources. */
export class Lines {
  readonly #maps = new Map<string, LineMap>();
  readonly #texts: ReadonlyMap<string, string>;

  constructor(files: SourceFiles) {
    this.#texts = new Map(files.map(({ path, text }) => [path, text]));
  }

  lineOf({ path, span }: Location): number {
    return this.#mapOf(path).position(span.start).line;
  }

  textAt({ path, line }: Line): string {
    return this.#mapOf(path).line(line);
  }

  /**
   * Line of the setting `word` in the block that a line opens or lies in: the first line from there that begins with the
   * word, before a line that closes the block. Undefined where the block does not say it.
   */
  lineOfSetting(from: Line, word: string): number | undefined {
    const map = this.#mapOf(from.path);
    for (let line = from.line; line <= map.count; line++) {
      const text = map.line(line);
      if (text.split(/[;{]/).some((statement) => startsWithWord(statement.trimStart(), word))) return line;
      if (text.trimStart().startsWith("}")) return undefined;
    }
    return undefined;
  }

  #mapOf(path: string): LineMap {
    return remembered(this.#maps, path, () => new LineMap(this.#texts.get(path) ?? ""));
  }
}

function startsWithWord(statement: string, word: string): boolean {
  if (!statement.startsWith(word)) return false;
  const next = statement[word.length] ?? " ";
  return !/[A-Za-z0-9_]/.test(next);
}
