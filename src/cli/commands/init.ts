import type { InitFlags } from "../actions/init.js";
import { declare, type Shell } from "../command.js";

export function addInit(shell: Shell): void {
  declare(shell, {
    name: "init",
    summary: "write a new study from a template of the cookbook",
    examples: [
      ["xferc init", "study.xfer: does pretraining help? It runs as it is, on bundled images"],
      ["xferc init moles/moles.xfer --template own-images", "a study of one's own images"],
      ["xferc init --list", "the templates and what they ask"],
    ],
  })
    .argument("[file.xfer]", "the study to write", "study.xfer")
    .option("--template <name>", "the study to begin from (default: first)")
    .option("--list", "write nothing; list the templates")
    .action(async (file: string, flags: InitFlags) => {
      const { initCommand } = await import("../actions/init.js");
      shell.exit(initCommand(shell.io, file, flags));
    });
}
