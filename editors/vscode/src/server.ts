/** How to start xferc: as configured, the workspace's own, or the one on the path. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Uri, workspace } from "vscode";

export interface CommandLine {
  readonly command: string;
  readonly words: readonly string[];
}

/** `near` is a study: its folder's xferc is meant. */
export function xferc(near: Uri | undefined): CommandLine {
  const configured = workspace.getConfiguration("xfer", near).get<string[]>("server.command") ?? [];
  const [command, ...words] = configured;
  if (command !== undefined && command !== "") return { command, words };
  const folder = near && workspace.getWorkspaceFolder(near);
  for (const { uri } of folder === undefined ? (workspace.workspaceFolders ?? []) : [folder]) {
    // started by Node itself: a `.cmd` on Windows cannot be run without a shell
    for (const main of ["node_modules/xferc/dist/src/cli/main.js", "dist/src/cli/main.js"]) {
      const path = join(uri.fsPath, main);
      if (existsSync(path) && (main.startsWith("node_modules") || isXferc(uri.fsPath)))
        return { command: "node", words: [path] };
    }
  }
  return { command: process.platform === "win32" ? "xferc.cmd" : "xferc", words: [] };
}

/** xferc's own repository. */
function isXferc(folder: string): boolean {
  return existsSync(join(folder, "grammar/tokens.ts"));
}
