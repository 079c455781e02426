/**
 * As much of VS Code as the extension asks for, to run the packaged extension against the real server: it starts, carries
 * out its commands, and ends. Prints what happened as JSON. What nobody looks at is a function that does nothing.
 */

const Module = require("node:module");
const { join } = require("node:path");
const { fileURLToPath, pathToFileURL } = require("node:url");

const [, , extensionFolder, server, folder] = process.argv;
const disposable = { dispose() {} };
const event = () => disposable;

class Uri {
  constructor(href) {
    this.href = href;
    this.scheme = new URL(href).protocol.slice(0, -1);
    this.path = new URL(href).pathname;
    this.fsPath = fileURLToPath(href);
  }
  static parse(text) {
    return new Uri(text);
  }
  static file(path) {
    return new Uri(pathToFileURL(path).href);
  }
  static joinPath(base, ...parts) {
    return Uri.file(join(base.fsPath, ...parts));
  }
  toString() {
    return this.href;
  }
}

class Disposable {
  constructor(dispose) {
    this.dispose = dispose;
  }
  static from(...all) {
    return new Disposable(() => {
      for (const each of all) each.dispose();
    });
  }
}

class EventEmitter {
  #listeners = [];
  event = (listener) => {
    this.#listeners.push(listener);
    return disposable;
  };
  fire(value) {
    for (const listener of this.#listeners) listener(value);
  }
  dispose() {}
}

class ProcessExecution {
  constructor(process, args, options) {
    Object.assign(this, { process, args, options });
  }
}
class Task {
  constructor(definition, scope, name, source, execution) {
    Object.assign(this, { definition, scope, name, source, execution });
  }
}

/** Classes by a capital letter, events by `on…`, functions for the rest. */
function standIn(known = {}) {
  return new Proxy(() => {}, {
    get(_, key) {
      if (key in known) return known[key];
      if (typeof key !== "string" || key === "then") return undefined;
      if (/^on[A-Z]/.test(key)) return event;
      if (/^[A-Z]/.test(key)) known[key] = class {};
      return known[key] ?? (() => disposable);
    },
    has: () => true,
  });
}

const kind = (value) => ({ value, append: (part) => kind(value === "" ? part : `${value}.${part}`) });
const seen = { commands: [], said: [], tasks: [], plan: "" };
const commands = new Map();
const workspaceFolder = { uri: Uri.file(folder), name: "studies", index: 0 };
const tell = async (message) => {
  seen.said.push(message);
};
const vscode = standIn({
  ...{ Uri, EventEmitter, Disposable, ProcessExecution, Task, version: "1.91.0" },
  CodeActionKind: { Empty: kind(""), QuickFix: kind("quickfix") },
  ShellQuoting: { Strong: 2 },
  TaskRevealKind: { Always: 1 },
  TaskScope: { Workspace: 2 },
  commands: {
    registerCommand: (name, action) => {
      commands.set(name, action);
      return disposable;
    },
    executeCommand: async () => {},
  },
  tasks: {
    executeTask: async ({ name, execution: { process, args, options } }) => {
      seen.tasks.push({ name, process, args, options });
    },
    onDidEndTask: () => new Disposable(() => undefined),
  },
  workspace: standIn({
    isTrusted: true,
    workspaceFolders: [workspaceFolder],
    textDocuments: [],
    notebookDocuments: [],
    getWorkspaceFolder: () => workspaceFolder,
    getConfiguration: () => ({
      get: (key, otherwise) => (key === "server.command" ? [process.execPath, server] : otherwise),
      inspect: () => undefined,
      has: () => false,
    }),
    createFileSystemWatcher: () => standIn(),
  }),
  window: standIn({
    activeTextEditor: undefined,
    visibleTextEditors: [],
    tabGroups: standIn({ all: [] }),
    showWarningMessage: tell,
    showErrorMessage: tell,
    createOutputChannel: () => standIn(),
    withProgress: (_, work) =>
      work({ report() {} }, { isCancellationRequested: false, onCancellationRequested: event }),
    createWebviewPanel: () => ({
      webview: {
        asWebviewUri: (uri) => uri,
        set html(text) {
          seen.plan = text;
        },
      },
    }),
  }),
  languages: standIn({ match: () => 10, createDiagnosticCollection: () => standIn() }),
  env: standIn({ language: "en", appName: "a test" }),
});

const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));

async function main() {
  const extension = require(join(extensionFolder, "out/extension.js"));
  await extension.activate({ subscriptions: [], extensionUri: Uri.file(extensionFolder) });
  seen.commands = [...commands.keys()];
  const study = Uri.file(join(folder, "study.xfer"));
  await commands.get("xfer.run")(study.toString(), "main");
  await commands.get("xfer.check")(study.toString());
  await commands.get("xfer.plan")(study.toString());
  await commands.get("xfer.restart")();
  await commands.get("xfer.plan")(Uri.file(join(folder, "wrong.xfer")).toString());
  await extension.deactivate();
  process.stdout.write(JSON.stringify(seen), () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`, () => process.exit(1));
});
