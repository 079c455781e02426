/**
 * A client on the same machine: the real protocol through two pipes, files in a folder of their own. In texts `‸` is the
 * cursor; with two of them, what lies between is selected.
 */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";
import {
  type ClientCapabilities,
  createConnection,
  type Diagnostic,
  type Position,
  ProposedFeatures,
  type Range,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { createProtocolConnection, type ProtocolConnection } from "vscode-languageserver-protocol/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type Server, serve } from "../../../src/lsp/server.js";
import type { SlowChecker } from "../../../src/lsp/slow/types.js";

export interface EditorOptions {
  readonly capabilities?: ClientCapabilities;
  readonly slow?: SlowChecker;
  /** Milliseconds that answers wait for what plug-ins declare; however long it takes unless given. */
  readonly pluginsMs?: number;
  /** Open no folder: documents stand alone. */
  readonly folder?: "open" | "none";
}

const CURSOR = "‸";
const SNIPPETS: ClientCapabilities = { textDocument: { completion: { completionItem: { snippetSupport: true } } } };

export class Editor {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-lsp-")));
  readonly documents = new Map<string, TextDocument>();
  readonly published = new Map<string, Diagnostic[]>();
  readonly #waiting: { readonly ready: () => boolean; readonly resolve: () => void }[] = [];
  readonly logged: string[] = [];
  readonly #cursors = new Map<string, readonly number[]>();
  readonly connection: ProtocolConnection;
  readonly server: Server;

  constructor({ slow, pluginsMs = 60_000 }: EditorOptions) {
    const [there, back] = [new PassThrough(), new PassThrough()];
    const connection = createConnection(ProposedFeatures.all, there, back);
    this.server = serve(connection, { cwd: this.folder, slow, pauses: { full: 20, slow: 20 }, pluginsMs });
    connection.listen();
    this.connection = createProtocolConnection(back, there);
    this.connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }) => {
      this.published.set(uri, diagnostics);
      for (const each of [...this.#waiting]) if (each.ready()) each.resolve();
    });
    this.connection.onNotification("window/logMessage", ({ type, message }) => {
      if (type <= 2) this.logged.push(message);
    });
    this.connection.onRequest("client/registerCapability", () => null);
    this.connection.onRequest("workspace/codeLens/refresh", () => null);
    this.connection.onRequest("workspace/inlayHint/refresh", () => null);
    this.connection.listen();
  }

  uri(name: string): string {
    return name.includes(":") ? name : pathToFileURL(join(this.folder, name)).href;
  }

  /** On the disk, without opening it. The cursor is taken out. */
  write(name: string, marked: string): string {
    const text = this.#unmark(name, marked);
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
    return text;
  }

  open(name: string, marked: string): void {
    const text = this.#unmark(name, marked);
    const document = TextDocument.create(this.uri(name), "xfer", 1, text);
    this.documents.set(name, document);
    void this.connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri: document.uri, languageId: "xfer", version: 1, text },
    });
  }

  /** Replaces a range, as a keystroke does. */
  type(name: string, start: number, end: number, text: string): void {
    const document = this.document(name);
    const range = { start: document.positionAt(start), end: document.positionAt(end) };
    const contentChanges = [{ range, text }];
    const version = document.version + 1;
    void this.connection.sendNotification("textDocument/didChange", {
      textDocument: { uri: document.uri, version },
      contentChanges,
    });
    this.documents.set(name, TextDocument.update(document, contentChanges, version));
  }

  replace(name: string, marked: string): void {
    this.type(name, 0, this.document(name).getText().length, this.#unmark(name, marked));
  }

  save(name: string): void {
    writeFileSync(join(this.folder, name), this.document(name).getText());
    void this.connection.sendNotification("textDocument/didSave", { textDocument: { uri: this.uri(name) } });
  }

  close(name: string): void {
    this.documents.delete(name);
    void this.connection.sendNotification("textDocument/didClose", { textDocument: { uri: this.uri(name) } });
  }

  document(name: string): TextDocument {
    const document = this.documents.get(name);
    if (document === undefined) throw new Error(`${name} is not open`);
    return document;
  }

  text(name: string): string {
    return this.document(name).getText();
  }

  at(name: string, index = 0): { textDocument: { uri: string }; position: Position } {
    const offset = this.#cursors.get(name)?.[index];
    if (offset === undefined) throw new Error(`no cursor in ${name}`);
    return { textDocument: { uri: this.uri(name) }, position: this.document(name).positionAt(offset) };
  }

  selection(name: string): { textDocument: { uri: string }; range: Range } {
    const { textDocument, position } = this.at(name);
    return { textDocument, range: { start: position, end: this.at(name, 1).position } };
  }

  request<T>(method: string, params: unknown): Promise<T> {
    return this.connection.sendRequest(method, params);
  }

  /** Once what was published for a document is as wanted. */
  async diagnostics(name: string, wanted: (all: readonly Diagnostic[]) => boolean = () => true): Promise<Diagnostic[]> {
    const uri = this.uri(name);
    const ready = (): boolean => this.published.has(uri) && wanted(this.published.get(uri) ?? []);
    if (!ready()) await new Promise<void>((resolve) => this.#waiting.push({ ready, resolve }));
    return this.published.get(uri) ?? [];
  }

  /** The text of a document after edits. */
  applied(name: string, edits: readonly TextEdit[]): string {
    return TextDocument.applyEdits(this.document(name), [...edits]);
  }

  changed(name: string, edit: WorkspaceEdit | null): string {
    return this.applied(name, edit?.changes?.[this.uri(name)] ?? []);
  }

  #unmark(name: string, marked: string): string {
    const pieces = marked.split(CURSOR);
    let offset = 0;
    const cursors = pieces.slice(0, -1).map((piece) => {
      offset += piece.length;
      return offset;
    });
    this.#cursors.set(name, cursors);
    return pieces.join("");
  }

  async end(): Promise<void> {
    await this.connection.sendRequest("shutdown");
    this.connection.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function openEditor({
  capabilities = SNIPPETS,
  folder = "open",
  ...options
}: EditorOptions = {}): Promise<Editor> {
  const editor = new Editor(options);
  const uri = pathToFileURL(editor.folder).href;
  await editor.request("initialize", {
    processId: null,
    rootUri: folder === "open" ? uri : null,
    capabilities,
    workspaceFolders: folder === "open" ? [{ uri, name: "study" }] : null,
  });
  await editor.connection.sendNotification("initialized", {});
  return editor;
}
