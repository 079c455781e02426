/** The server: what the client sends is turned into questions to the providers, and every answer is guarded. */

import {
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  TextDocuments,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { capabilities } from "./capabilities.js";
import { Feed, type Pauses } from "./diagnostics/feed.js";
import { answerRequests } from "./requests.js";
import type { SlowChecker } from "./slow/types.js";
import { pathOfUri } from "./workspace/uris.js";
import { Workspace } from "./workspace/workspace.js";

export interface ServerOptions {
  /** Folder that unsaved documents are taken to lie in. */
  readonly cwd: string;
  readonly slow: SlowChecker | undefined;
  readonly pauses?: Pauses;
}

const PAUSES: Pauses = { full: 250, slow: 300 };

export interface Server {
  readonly workspace: Workspace;
  readonly feed: Feed;
}

/** Wires a connection; the caller listens on it. */
export function serve(connection: Connection, { cwd, slow, pauses = PAUSES }: ServerOptions): Server {
  const workspace = new Workspace();
  const client = { snippets: false, watches: false, refreshes: { lenses: false, hints: false } };
  const feed = new Feed(
    workspace,
    {
      publish: (uri, version, diagnostics) =>
        void connection.sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) }),
      refresh: () => {
        if (client.refreshes.lenses) connection.sendRequest("workspace/codeLens/refresh").catch(ignored);
        if (client.refreshes.hints) connection.sendRequest("workspace/inlayHint/refresh").catch(ignored);
      },
    },
    slow,
    pauses,
  );
  // a new object for every version: what was begun on one ends on it
  const documents = new TextDocuments({
    create: TextDocument.create,
    update: (old: TextDocument, changes, version) =>
      TextDocument.update(TextDocument.create(old.uri, old.languageId, version, old.getText()), changes, version),
  });
  const pathOf = (uri: string): string => pathOfUri(uri, workspace.projects.folders[0] ?? cwd);

  connection.onInitialize((params) => {
    workspace.projects.folders = foldersOf(params);
    const { textDocument, workspace: told } = params.capabilities;
    client.snippets = textDocument?.completion?.completionItem?.snippetSupport ?? false;
    client.watches = told?.didChangeWatchedFiles?.dynamicRegistration ?? false;
    client.refreshes = {
      lenses: told?.codeLens?.refreshSupport ?? false,
      hints: told?.inlayHint?.refreshSupport ?? false,
    };
    return capabilities();
  });
  connection.onInitialized(() => {
    if (!client.watches) return;
    const watchers = ["**/*.xfer", "**/xfer.config.json", "**/study.lock.json"].map((globPattern) => ({ globPattern }));
    connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }).catch(ignored);
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      const gone = new Set(removed.map(({ uri }) => pathOf(uri)));
      const kept = workspace.projects.folders.filter((folder) => !gone.has(folder));
      workspace.projects.folders = [...kept, ...added.map(({ uri }) => pathOf(uri))];
    });
  });
  connection.onShutdown(() => feed.close());
  connection.onDidChangeWatchedFiles(() => {
    workspace.projects.forget();
    feed.refresh();
  });

  const told = (name: string, done: Promise<void>): void => {
    done.catch((error) => connection.console.error(`${name}: ${error instanceof Error ? error.stack : String(error)}`));
  };

  documents.onDidOpen(({ document }) => {
    const path = pathOf(document.uri);
    workspace.texts.open(path, document);
    workspace.projects.forget();
    told("open", feed.opened(path));
  });
  documents.onDidChangeContent(({ document }) => {
    const path = pathOf(document.uri);
    if (!workspace.texts.isOpen(path) || workspace.texts.version(path) === document.version) return;
    workspace.texts.open(path, document);
    told("change", feed.changed(path));
  });
  documents.onDidSave(({ document }) => {
    workspace.projects.forget();
    feed.saved(pathOf(document.uri));
  });
  documents.onDidClose(({ document }) => {
    const path = pathOf(document.uri);
    workspace.texts.close(path);
    workspace.forget(path);
    feed.closed(path);
  });

  answerRequests({
    connection,
    workspace,
    feed,
    slow,
    cwd,
    pathOf,
    snippets: () => (client.snippets ? "snippets" : "plain"),
  });
  documents.listen(connection);
  return { workspace, feed };
}

function ignored(): void {
  // the client has gone, or has no use for it
}

function foldersOf({ workspaceFolders, rootUri }: InitializeParams): readonly string[] {
  const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
  return uris.filter((uri) => uri.startsWith("file:")).map((uri) => pathOfUri(uri, "/"));
}
