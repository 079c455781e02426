/** All commands, one a file. */

import { Command, CommanderError } from "commander";
import { packageVersion } from "../runtime/host/package.js";
import type { Shell } from "./command.js";
import { addBench } from "./commands/bench.js";
import { addCache } from "./commands/cache.js";
import { addCancel } from "./commands/cancel.js";
import { addCheck } from "./commands/check.js";
import { addComplete } from "./commands/complete.js";
import { addData } from "./commands/data.js";
import { addDiff } from "./commands/diff.js";
import { addDoctor } from "./commands/doctor.js";
import { addEngine } from "./commands/engine.js";
import { addExplain } from "./commands/explain.js";
import { addExport } from "./commands/export.js";
import { addFmt } from "./commands/fmt.js";
import { addForward } from "./commands/forward.js";
import { addInit } from "./commands/init.js";
import { addLsp } from "./commands/lsp.js";
import { addPlan } from "./commands/plan.js";
import { addReport } from "./commands/report.js";
import { addReproduce } from "./commands/reproduce.js";
import { addRun } from "./commands/run.js";
import { addStatus } from "./commands/status.js";
import { addSubmit } from "./commands/submit.js";
import { reportFailure } from "./failure.js";
import { colorOf, EXIT, type ExitCode, type Io } from "./io.js";

/** By name, in the order `--help` has them. */
const COMMANDS: { readonly [name: string]: (shell: Shell) => void } = {
  init: addInit,
  run: addRun,
  submit: addSubmit,
  status: addStatus,
  cancel: addCancel,
  plan: addPlan,
  check: addCheck,
  fmt: addFmt,
  lsp: addLsp,
  explain: addExplain,
  data: addData,
  report: addReport,
  reproduce: addReproduce,
  diff: addDiff,
  export: addExport,
  forward: addForward,
  bench: addBench,
  engine: addEngine,
  cache: addCache,
  doctor: addDoctor,
  complete: addComplete,
};

/** Runs one command line (without `node` and script) and says how it ended. Never throws. */
export async function runCommandLine(words: readonly string[], given: Io): Promise<ExitCode> {
  const io = uncoloured(words) ? { ...given, env: { ...given.env, NO_COLOR: "1" } } : given;
  let code: ExitCode = EXIT.success;
  const program = new Command("xferc")
    .description("A language, compiler and runtime for transfer-learning studies.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print what a command does, with examples")
    .option("--no-color", "print no colours, as with NO_COLOR=1")
    .showHelpAfterError("(--help says more)")
    .showSuggestionAfterError(true)
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => io.out.write(text),
      writeErr: (text) => io.err.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "xferc: ")),
      getOutHasColors: () => colorOf(io, io.out) === "color",
      getErrHasColors: () => colorOf(io, io.err) === "color",
    })
    .exitOverride();
  const shell: Shell = {
    program,
    io,
    exit: (ended) => {
      code = ended;
    },
  };
  for (const add of wanted(words)) add(shell);
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    if (words[0] === "complete" && words[1] === "--") {
      const { completeWords } = await import("./actions/complete.js");
      await completeWords(io, program, words.slice(2));
      return code;
    }
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      const helped = error.code === "commander.helpDisplayed" || error.code === "commander.version";
      return helped ? EXIT.success : EXIT.usage;
    }
    return reportFailure(error, io, words.includes("--debug") ? "trace" : "message");
  }
}

/** Known before anything is parsed, for what is wrong with the words is told, too. */
function uncoloured(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return (end < 0 ? words : words.slice(0, end)).includes("--no-color");
}

/** A command that is named is declared alone; others are where help, a suggestion or a completion may speak of them. */
function wanted([first = ""]: readonly string[]): readonly ((shell: Shell) => void)[] {
  const named = first === "complete" || !Object.hasOwn(COMMANDS, first) ? undefined : COMMANDS[first];
  return named === undefined ? Object.values(COMMANDS) : [named];
}
