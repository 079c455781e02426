import type { PlanFlags } from "../actions/plan.js";
import { choice, declare, type Shell } from "../command.js";
import { executorOption, withComputeOptions, withStudyOptions } from "../study-options.js";

export function addPlan(shell: Shell): void {
  const command = declare(shell, {
    name: "plan",
    summary: "say what a run would compute and why, what it takes from the cache, and what it will cost",
    examples: [
      ["xferc plan study.xfer", "what is new, cached or changed"],
      ["xferc plan study.xfer --why", "and every node that runs, with its reason"],
      ["xferc plan study.xfer --format json", "the whole plan for another program"],
      ["xferc plan study.xfer --format dot | dot -Tsvg > plan.svg", "as a picture"],
    ],
  }).argument("<file.xfer>", "the study");
  withComputeOptions(withStudyOptions(command))
    .addOption(executorOption())
    .option("--why", "list every node that runs, with the reason and the line of the study")
    .addOption(choice("--format <format>", "how to print it", ["text", "json", "mermaid", "dot"], "text"))
    .action(async (file: string, flags: PlanFlags) => {
      const { planCommand } = await import("../actions/plan.js");
      shell.exit(await planCommand(shell.io, file, flags));
    });
}
