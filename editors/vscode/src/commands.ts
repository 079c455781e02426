/** What xferc does as a task in a terminal, where one sees it, and stops it with Ctrl-C. */

import { basename, dirname } from "node:path";
import {
  commands,
  type Disposable,
  ProcessExecution,
  ShellExecution,
  ShellQuoting,
  Task,
  TaskRevealKind,
  TaskScope,
  tasks,
  Uri,
  window,
  workspace,
} from "vscode";
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

/** A task stays in sight when it is over. No shell between, where there can be none: a path is only a path. */
async function asTask(study: Uri, words: readonly string[]): Promise<void> {
  const { command, words: first } = xferc(study);
  const folder = workspace.getWorkspaceFolder(study);
  const options = { cwd: folder?.uri.fsPath ?? dirname(study.fsPath) };
  const all = [...first, ...words];
  const quoted = all.map((value) => ({ value, quoting: ShellQuoting.Strong }));
  const execution = command.endsWith(".cmd")
    ? new ShellExecution(command, quoted, options)
    : new ProcessExecution(command, all, options);
  const name = `${words[0] ?? ""} ${basename(study.fsPath)}`;
  const task = new Task({ type: "xfer" }, folder ?? TaskScope.Workspace, name, "xfer", execution);
  // cleared, VS Code loses lines that come meanwhile
  task.presentationOptions = { reveal: TaskRevealKind.Always };
  await tasks.executeTask(task);
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
        asTask(study, ["run", study.fsPath, ...(experiment === undefined ? [] : ["--only", experiment])]),
      ),
    ),
    commands.registerCommand(
      "xfer.check",
      onStudy((study) => asTask(study, ["check", study.fsPath])),
    ),
    commands.registerCommand(
      "xfer.plan",
      onStudy((study) => showPlan(study)),
    ),
  ];
}
