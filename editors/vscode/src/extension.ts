/** Starts the language server for studies, and carries out what its lenses ask for. */

import { commands, type ExtensionContext, tasks, type Uri, window, workspace } from "vscode";
import { LanguageClient, State, TransportKind } from "vscode-languageclient/node";
import { registerCommands } from "./commands.js";
import { showPlan } from "./plan-view.js";
import { xferc } from "./server.js";

/** Why it did not start is said once, by us, with what helps; the client would say it a second time, without. */
class Client extends LanguageClient {
  override error(message: string, data?: unknown, notify?: boolean | "force"): void {
    super.error(message, data, this.state === State.Running ? notify : false);
  }
}

let client: Client | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const plan = async (study: Uri): Promise<void> => {
    if (client === undefined) await window.showWarningMessage("The language server is not running.");
    else await showPlan(client, context.extensionUri, study);
  };
  context.subscriptions.push(...registerCommands(plan), commands.registerCommand("xfer.restart", restart));
  context.subscriptions.push(
    workspace.onDidGrantWorkspaceTrust(restart),
    // VS Code's watcher may miss what is written in folders that are new
    tasks.onDidEndTask(({ execution: { task } }) => {
      if (task.source === "xfer") void client?.sendNotification("xfer/ran");
    }),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("xfer.server")) void restart();
    }),
  );
  await restart();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function restart(): Promise<void> {
  const before = client;
  client = undefined;
  await before?.dispose();
  // the workspace's own xferc is code of the workspace
  if (!workspace.isTrusted) return;
  const { command, words } = xferc(workspace.workspaceFolders?.[0]?.uri);
  const next = new Client(
    "xfer",
    "xfer",
    { command, args: [...words, "lsp"], transport: TransportKind.stdio, ...shell(command) },
    { documentSelector: [{ language: "xfer" }] },
  );
  try {
    await next.start();
    client = next;
  } catch {
    const answer = await window.showErrorMessage(
      `xferc did not start (${[command, ...words].join(" ")}). Install it in the project (npm install xferc), or name it in the settings.`,
      "Open Settings",
    );
    if (answer !== undefined) await commands.executeCommand("workbench.action.openSettings", "xfer.server.command");
  }
}

/** Node starts no `.cmd` without one. */
function shell(command: string): { readonly options?: { readonly shell: true } } {
  return command.endsWith(".cmd") ? { options: { shell: true } } : {};
}
