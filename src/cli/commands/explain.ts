import type { ExplainFlags } from "../actions/explain.js";
import { choice, declare, type Shell } from "../command.js";
import { executorOption, withComputeOptions, withStudyOptions } from "../study-options.js";

export function addExplain(shell: Shell): void {
  const command = declare(shell, {
    name: "explain",
    summary: "say everything behind one result: inputs, keys, seeds, where each tensor of its init comes from",
    examples: [
      ["xferc explain study.xfer 'main[model: vit_s, target: brain, init: WT]#1'", "a cell"],
      ["xferc explain study.xfer 3f2a9c", "a node, by the start of its key"],
      ["xferc explain study.xfer vit_s", "a model: its units, layers and tensors"],
    ],
  })
    .argument("<file.xfer>", "the study")
    .argument("<what>", "a cell, the start of a node's key, or a model");
  withComputeOptions(withStudyOptions(command))
    .addOption(executorOption())
    .addOption(choice("--format <format>", "how to print it", ["text", "json"], "text"))
    .action(async (file: string, what: string, flags: ExplainFlags) => {
      const { explainCommand } = await import("../actions/explain.js");
      shell.exit(await explainCommand(shell.io, file, what, flags));
    });
}
