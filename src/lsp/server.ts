/** The server: what the client sends is turned into questions to the providers, and every answer is guarded. */

import {
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  MessageType,
  NotificationType0,
  ShowMessageNotification,
  TextDocuments,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { capabilities } from "./capabilities.js";
import { Feed, type Pauses } from "./diagnostics/feed.js";
import { answerRequests } from "./requests.js";
import type { SlowChecker } from "./slow/types.js";
import { type PluginsClient, ProjectPlugins } from "./workspace/plugins.js";
import { pathOfUri } from "./workspace/uris.js";
import { Workspace } from "./workspace/workspace.js";

export interface ServerOptions {
  /** Folder that unsaved documents are taken to lie in. */
  readonly cwd: string;
  readonly slow: SlowChecker | undefined;
  readonly pauses?: Pauses;
  /** Whether plug-ins that configurations name are loaded, in a process of their own; they are unless given. */
  readonly plugins?: "load" | "ignore";
  /** How long the first answer waits for what plug-ins declare, milliseconds. */
  readonly pluginsMs?: number;
}

/** `xfer/ran`: a client started a run, and it has ended; watchers of files may miss what is written in new folders. */
const RAN = new NotificationType0("xfer/ran");

/** The last thing a run writes into its folder. */
const CRATE_FILE = "ro-crate-metadata.json";

const PAUSES: Pauses = { full: 250, slow: 300 };

export interface Server {
  readonly workspace: Workspace;
  readonly feed: Feed;
}

/** Wires a connection; the caller listens on it. */
export function serve(
  connection: Connection,
  { cwd, slow, pauses = PAUSES, plugins = "load", pluginsMs }: ServerOptions,
): Server {
  const warn = (message: string) =>
    void connection
      .sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message })
      .catch(ignored);
  const client = {
    snippets: false,
    watches: false,
    folders: false,
    progress: false,
    refreshes: { lenses: false, hints: false },
  };
  const began = (title: string) => (client.progress ? progress(connection, title) : () => {});
  const known: PluginsClient = {
    problem: warn,
    changed: () => {
      workspace.projects.forget();
      feed.pluginsChanged();
    },
    began,
  };
  const workspace = new Workspace(new ProjectPlugins(plugins, known, pluginsMs));
  const feed: Feed = new Feed(
    workspace,
    {
      publish: (uri, version, diagnostics) =>
        void connection
          .sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) })
          .catch(ignored),
      refresh: () => {
        if (client.refreshes.lenses) connection.sendRequest("workspace/codeLens/refresh").catch(ignored);
        if (client.refreshes.hints) connection.sendRequest("workspace/inlayHint/refresh").catch(ignored);
      },
      began,
      warn,
      failed: (error) =>
        connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error)),
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
    client.progress = params.capabilities.window?.workDoneProgress ?? false;
    client.folders = told?.workspaceFolders ?? false;
    client.watches = told?.didChangeWatchedFiles?.dynamicRegistration ?? false;
    client.refreshes = {
      lenses: told?.codeLens?.refreshSupport ?? false,
      hints: told?.inlayHint?.refreshSupport ?? false,
    };
    return capabilities();
  });
  connection.onInitialized(() => {
    if (client.watches) {
      const globs = ["**/*.xfer", "**/xfer.config.json", "**/study.lock.json", `**/${CRATE_FILE}`];
      const watchers = globs.map((globPattern) => ({ globPattern }));
      connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }).catch(ignored);
    }
    if (!client.folders) return;
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      const gone = new Set(removed.map(({ uri }) => pathOf(uri)));
      const kept = workspace.projects.folders.filter((folder) => !gone.has(folder));
      workspace.projects.folders = [...kept, ...added.map(({ uri }) => pathOf(uri))];
    });
  });
  connection.onShutdown(() => {
    feed.close();
    workspace.plugins.close();
  });
  connection.onNotification(RAN, () => feed.ran());
  connection.onDidChangeWatchedFiles(({ changes }) => {
    if (changes.some(({ uri }) => uri.endsWith(`/${CRATE_FILE}`))) feed.ran();
    if (changes.every(({ uri }) => uri.endsWith(`/${CRATE_FILE}`))) return;
    workspace.projects.forget();
    feed.refresh();
  });

  documents.onDidOpen(({ document }) => {
    const path = pathOf(document.uri);
    workspace.texts.open(path, document);
    workspace.projects.forget();
    void feed.opened(path);
  });
  documents.onDidChangeContent(({ document }) => {
    const path = pathOf(document.uri);
    // told of a document that was opened, too
    if (!workspace.texts.isOpen(path) || workspace.texts.holds(path, document)) return;
    workspace.texts.open(path, document);
    void feed.changed(path);
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

function progress(connection: Connection, title: string): () => void {
  const shown = connection.window.createWorkDoneProgress();
  shown.then((reporter) => reporter.begin(title)).catch(ignored);
  return () => void shown.then((reporter) => reporter.done()).catch(ignored);
}

function ignored(): void {
  // the client has gone, or has no use for it
}

function foldersOf({ workspaceFolders, rootUri }: InitializeParams): readonly string[] {
  const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
  return uris.filter((uri) => uri.startsWith("file:")).map((uri) => pathOfUri(uri, "/"));
}
