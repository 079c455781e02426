import { declare, type Shell } from "../command.js";

export function addCancel(shell: Shell): void {
  declare(shell, {
    name: "cancel",
    summary: "send a run's jobs away; trainings keep what they have, and the same command goes on there",
    examples: [["xferc cancel runs/study/2026-11-23T09-30-00-1a2b3c", "no job of it stays in the queue"]],
  })
    .argument("<run>", "a run's folder, or its name below runs/")
    .action(async (run: string) => {
      const { cancelCommand } = await import("../actions/cancel.js");
      shell.exit(await cancelCommand(shell.io, run));
    });
}
