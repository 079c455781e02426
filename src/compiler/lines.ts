/** Offsets to lines and columns, both counted from 1. */

export interface Position {
  readonly line: number;
  readonly column: number;
}

export class LineMap {
  readonly #starts: readonly number[];

  constructor(readonly text: string) {
    const starts = [0];
    for (let index = text.indexOf("\n"); index >= 0; index = text.indexOf("\n", index + 1)) {
      starts.push(index + 1);
    }
    this.#starts = starts;
  }

  get count(): number {
    return this.#starts.length;
  }

  position(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return { line: low + 1, column: at - (this.#starts[low] ?? 0) + 1 };
  }

  /** Without its line break. */
  line(number: number): string {
    const start = this.#starts[number - 1] ?? this.text.length;
    const end = this.#starts[number] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, "");
  }
}

const maps = new Map<string, LineMap>();

/** The line of an offset; for a few look-ups. */
export function lineOf(text: string, offset: number): number {
  let map = maps.get(text);
  if (map === undefined) {
    map = new LineMap(text);
    maps.clear();
    maps.set(text, map);
  }
  return map.position(offset).line;
}
