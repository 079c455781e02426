/** Every text the server knows: open documents as the client has them, all else as the disk has it; trees kept by file. */

import { stat } from "node:fs/promises";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parse } from "../../../grammar/parse.js";
import { reparse } from "../../../grammar/reparse.js";
import type { ParseResult } from "../../../grammar/syntax.js";
import type { ReadResult } from "../../compiler/host.js";
import { readStudyFile } from "../../runtime/host/files.js";
import { uriOfPath } from "./uris.js";

interface DiskEntry {
  readonly stamp: string;
  readonly result: ReadResult;
}
interface Tree {
  readonly text: string;
  readonly result: ParseResult;
}

/** Of files that are not open; more than a project has. */
const KEPT = 512;

export class Texts {
  readonly #open = new Map<string, TextDocument>();
  readonly #disk = new Map<string, DiskEntry>();
  readonly #trees = new Map<string, Tree>();

  open(path: string, document: TextDocument): void {
    this.#open.set(path, document);
  }

  close(path: string): void {
    this.#open.delete(path);
    this.#trees.delete(path);
  }

  get paths(): readonly string[] {
    return [...this.#open.keys()];
  }

  isOpen(path: string): boolean {
    return this.#open.has(path);
  }

  holds(path: string, document: TextDocument): boolean {
    return this.#open.get(path) === document;
  }

  /** What the client has, where it is open. */
  opened(path: string): string | undefined {
    return this.#open.get(path)?.getText();
  }

  version(path: string): number | undefined {
    return this.#open.get(path)?.version;
  }

  async read(path: string): Promise<ReadResult> {
    const text = this.opened(path);
    return text === undefined ? await this.#fromDisk(path) : { ok: true, text };
  }

  /** With the client's own URI and version where it is open. */
  document(path: string, text: string): TextDocument {
    const open = this.#open.get(path);
    return open?.getText() === text ? open : TextDocument.create(this.uri(path), "xfer", 0, text);
  }

  /** As the client spells it: `file:///c%3A/…` and `file:///C:/…` are one file. */
  uri(path: string): string {
    return this.#open.get(path)?.uri ?? uriOfPath(path);
  }

  /** The same object for the same text; between two keystrokes only what changed is parsed again. */
  parse(path: string, text: string): ParseResult {
    const known = this.#trees.get(path);
    if (known?.text === text) return known.result;
    const result = known === undefined ? parse(text) : reparse(known.text, known.result, text);
    this.#trees.set(path, { text, result });
    if (this.#trees.size > KEPT + this.#open.size) this.#forget();
    return result;
  }

  #forget(): void {
    for (const path of this.#trees.keys()) {
      if (!this.#open.has(path)) {
        this.#trees.delete(path);
        this.#disk.delete(path);
        return;
      }
    }
  }

  async #fromDisk(path: string): Promise<ReadResult> {
    const stamp = await stampOf(path);
    const known = this.#disk.get(path);
    if (known?.stamp === stamp) return known.result;
    const result = await readStudyFile(path);
    this.#disk.delete(path);
    this.#disk.set(path, { stamp, result });
    if (this.#disk.size > KEPT) {
      const [oldest] = this.#disk.keys();
      if (oldest !== undefined) this.#disk.delete(oldest);
    }
    return result;
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "none";
  }
}
