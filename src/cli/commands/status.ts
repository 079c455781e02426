import type { StatusFlags } from "../actions/status.js";
import { choice, declare, type Shell } from "../command.js";

export function addStatus(shell: Shell): void {
  declare(shell, {
    name: "status",
    summary: "say how a run stands: what is done, its jobs in the queue and what they compute, what failed",
    examples: [
      ["xferc status runs/study/2026-11-23T09-30-00-1a2b3c", "by its folder"],
      ["xferc status 2026-11-23T09-30-00-1a2b3c --format json", "by its name, for another program"],
    ],
  })
    .argument("<run>", "a run's folder, or its name below runs/")
    .addOption(choice("--format <format>", "how to print it", ["text", "json"], "text"))
    .action(async (run: string, flags: StatusFlags) => {
      const { statusCommand } = await import("../actions/status.js");
      shell.exit(await statusCommand(shell.io, run, flags));
    });
}
