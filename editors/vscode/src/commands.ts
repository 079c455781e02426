/** What xferc does in a terminal, where one sees it, and stops it with Ctrl-C. */

import { basename, dirname } from "node:path";
import { commands, type Disposable, type Terminal, Uri, window, workspace } from "vscode";
import { xferc } from "./server.js";

/** Lenses give the study as text; the palette means the one in the editor. */
function studyOf(argument: unknown): Uri | undefined {
  if (typeof argument === "string") return Uri.parse(argument);
  if (argument instanceof Uri) return argument;
  return window.activeTextEditor?.document.languageId === "xfer" ? window.activeTextEditor.document.uri : undefined;
}

async function saved(study: Uri): Promise<boolean> {
  const document = workspace.textDocuments.find((each) => each.uri.toString() === study.toString());
  if (study.scheme !== "file") {
    await window.showWarningMessage("Save the study first: xferc reads it from its file.");
    return false;
  }
  return document === undefined || !document.isDirty || (await document.save());
}

let terminal: Terminal | undefined;

/** No shell between: nothing in a path is anything but a path. */
function inTerminal(study: Uri, words: readonly string[]): void {
  const { command, words: first } = xferc(study);
  terminal?.dispose();
  const cwd = workspace.getWorkspaceFolder(study)?.uri.fsPath ?? dirname(study.fsPath);
  const name = `xferc ${words[0] ?? ""} ${basename(study.fsPath)}`;
  terminal = window.createTerminal({ name, cwd, shellPath: command, shellArgs: [...first, ...words] });
  terminal.show(true);
}

export function registerCommands(showPlan: (study: Uri) => Promise<void>): readonly Disposable[] {
  const onStudy = (work: (study: Uri, experiment: string | undefined) => void | Promise<void>) => {
    return async (argument?: unknown, experiment?: unknown): Promise<void> => {
      const study = studyOf(argument);
      if (study === undefined) await window.showWarningMessage("Open a study (.xfer) first.");
      else if (await saved(study)) await work(study, typeof experiment === "string" ? experiment : undefined);
    };
  };
  return [
    commands.registerCommand(
      "xfer.run",
      onStudy((study, experiment) =>
        inTerminal(study, ["run", study.fsPath, ...(experiment === undefined ? [] : ["--only", experiment])]),
      ),
    ),
    commands.registerCommand(
      "xfer.check",
      onStudy((study) => inTerminal(study, ["check", study.fsPath])),
    ),
    commands.registerCommand(
      "xfer.plan",
      onStudy((study) => showPlan(study)),
    ),
  ];
}
