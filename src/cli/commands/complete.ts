import { Argument } from "commander";
import type { ShellName } from "../actions/complete.js";
import { declare, type Shell } from "../command.js";

const SHELLS: readonly ShellName[] = ["bash", "zsh", "fish", "powershell"];

/** The scripts it prints call `xferc complete -- WORDS…` for what could stand in the last word's place. */
export function addComplete(shell: Shell): void {
  declare(shell, {
    name: "complete",
    summary: "print a script by which a shell completes commands, options, studies and runs",
    examples: [
      ["source <(xferc complete bash)", "in this shell, or in ~/.bashrc for all to come"],
      ["source <(xferc complete zsh)", "the same for zsh, in ~/.zshrc"],
      ["xferc complete fish > ~/.config/fish/completions/xferc.fish", "for fish"],
    ],
  })
    .addArgument(new Argument("<shell>", "the shell that reads the script").choices([...SHELLS]))
    .action(async (name: ShellName) => {
      const { completionScript } = await import("../actions/complete.js");
      completionScript(name);
    });
}
