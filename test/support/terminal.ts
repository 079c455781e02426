/** A terminal to draw on: what stands on its screen, also after its window was resized. */

import { EventEmitter } from "node:events";

interface Row {
  text: string;
  /** It goes on in the next row, which only a terminal that breaks lines anew remembers. */
  wrapped: boolean;
}

const ESCAPE = String.fromCharCode(27);
const TOKEN = new RegExp(`${ESCAPE}\\[([?\\d;]*)([A-Za-z])|[^${ESCAPE}]`, "gsu");

/** One that breaks lines anew when its width changes, as tmux, VTE and iTerm do; or cuts them off, as xterm does. */
export class Terminal extends EventEmitter {
  readonly isTTY = true;
  #rows: Row[] = [{ text: "", wrapped: false }];
  #row = 0;
  #column = 0;

  constructor(
    public columns: number,
    public rows: number,
    readonly narrowing: "break anew" | "cut off" = "break anew",
  ) {
    super();
  }

  write(piece: string | Uint8Array, written?: () => void): boolean {
    for (const [token, parameters = "", command] of String(piece).matchAll(TOKEN)) {
      if (command !== undefined) this.#control(command, parameters);
      else if (token === "\n") this.#lineFeed();
      else if (token === "\r") this.#column = 0;
      else this.#put(token);
    }
    written?.();
    return true;
  }

  resize(columns: number): void {
    if (this.narrowing === "break anew") this.#breakAnew(columns);
    else for (const row of this.#rows) row.text = row.text.slice(0, columns);
    this.columns = columns;
    this.emit("resize");
  }

  /** All that was written and stands there, what scrolled away included. */
  get text(): string {
    return this.#rows.map(({ text }) => text.trimEnd()).join("\n");
  }

  #control(command: string, parameters: string): void {
    const count = Number(parameters) || 1;
    const top = Math.max(0, this.#rows.length - this.rows);
    if (command === "A") this.#row = Math.max(top, this.#row - count);
    else if (command === "G") this.#column = count - 1;
    else if (command === "K") this.#erase(parameters);
    else if (command === "J" || command === "H") throw new Error(`the test's terminal knows no ${command}`);
  }

  #erase(parameters: string): void {
    const row = this.#current;
    row.text = parameters === "2" ? "" : row.text.slice(0, this.#column);
    row.wrapped = false;
  }

  get #current(): Row {
    const row = this.#rows[this.#row];
    if (row === undefined) throw new Error("the cursor left the screen");
    return row;
  }

  #lineFeed(): void {
    this.#row += 1;
    this.#column = 0;
    if (this.#row === this.#rows.length) this.#rows.push({ text: "", wrapped: false });
  }

  #put(character: string): void {
    if (this.#column >= this.columns) {
      this.#current.wrapped = true;
      this.#lineFeed();
    }
    const row = this.#current;
    const before = [...row.text.padEnd(this.#column)];
    before[this.#column] = character;
    row.text = before.join("");
    this.#column += 1;
  }

  #breakAnew(columns: number): void {
    const lines: string[] = [];
    let goesOn = false;
    let cursor = 0;
    this.#rows.forEach(({ text, wrapped }, place) => {
      if (goesOn) lines.push(`${lines.pop() ?? ""}${text}`);
      else lines.push(text);
      if (place === this.#row) cursor = lines.length - 1;
      goesOn = wrapped;
    });
    this.#rows = [];
    lines.forEach((line, place) => {
      const points = [...line];
      for (let from = 0; from === 0 || from < points.length; from += columns) {
        const part = points.slice(from, from + columns).join("");
        this.#rows.push({ text: part, wrapped: from + columns < points.length });
      }
      if (place === cursor) this.#row = this.#rows.length - 1;
    });
    this.#column = Math.min(this.#column, columns);
  }
}
