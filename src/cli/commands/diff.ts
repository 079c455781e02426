import type { DiffFlags } from "../actions/diff.js";
import { choice, declare, type Shell } from "../command.js";

export function addDiff(shell: Shell): void {
  declare(shell, {
    name: "diff",
    summary: "say how two runs differ: which numbers and by how much, which keys and why, data, versions, the study",
    examples: [
      [
        "xferc diff runs/quickstart/2026-11-23T09-30-00-1a2b3c runs/quickstart/2026-11-24T10-00-00-4d5e6f",
        "what is another",
      ],
      ["xferc diff mine theirs --format json", "all of it, for another program"],
    ],
  })
    .argument("<a>", "a run's folder, or its crate")
    .argument("<b>", "another")
    .option("--all", "every number that differs, not only the most important")
    .addOption(choice("--format <format>", "how to print it", ["text", "json"], "text"))
    .action(async (a: string, b: string, flags: DiffFlags) => {
      const { diffCommand } = await import("../actions/diff.js");
      shell.exit(diffCommand(shell.io, a, b, flags));
    });
}
