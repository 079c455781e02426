/** Files of JSON lines that one process appends to and others, on other hosts, read as they grow. */

import { closeSync, fdatasyncSync, fstatSync, openSync, readFileSync, readSync, writeSync } from "node:fs";

/** Opened, written and flushed each time: closing is what carries a write to a file server. @throws the system's error */
export function appendText(path: string, text: string): void {
  const file = openSync(path, "a");
  try {
    const data = Buffer.from(text);
    for (let from = 0; from < data.length; ) from += writeSync(file, data, from);
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}

export function appendLine(path: string, value: object): void {
  appendText(path, `${JSON.stringify(value)}\n`);
}

/** Every whole line that is JSON; none where there is no such file. */
export function linesOf(path: string): readonly unknown[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return parsed(text.split("\n"));
}

function parsed(lines: readonly string[]): readonly unknown[] {
  return lines.flatMap((line): unknown[] => {
    try {
      return line === "" ? [] : [JSON.parse(line)];
    } catch {
      // Torn by a crash; what follows is whole again.
      return [];
    }
  });
}

/** So much is read at once; the rest at the next look. */
const CHUNK = 1 << 20;

/** What a growing file says beyond what was read of it before. */
export class Tail {
  private offset = 0;
  private rest: Buffer = Buffer.alloc(0);

  constructor(readonly path: string) {}

  /** New whole lines. A file that is not there yet, or cannot be read just now, has none. */
  read(): readonly unknown[] {
    const values: unknown[] = [];
    for (let more = this.chunk(); more.length > 0; more = this.chunk()) {
      const data = Buffer.concat([this.rest, more]);
      const end = data.lastIndexOf("\n") + 1;
      this.rest = data.subarray(end);
      values.push(...parsed(data.toString("utf8", 0, end).split("\n")));
    }
    return values;
  }

  private chunk(): Buffer {
    let file: number | undefined;
    try {
      // Opened anew: only then does a network file system ask its server how long the file is now.
      file = openSync(this.path, "r");
      const { size } = fstatSync(file);
      const data = Buffer.alloc(Math.min(CHUNK, Math.max(0, size - this.offset)));
      const got = data.length === 0 ? 0 : readSync(file, data, 0, data.length, this.offset);
      this.offset += got;
      return data.subarray(0, got);
    } catch {
      return Buffer.alloc(0);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}
