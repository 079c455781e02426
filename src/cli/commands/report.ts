import type { ReportFlags } from "../actions/report.js";
import { declare, type Shell } from "../command.js";

export function addReport(shell: Shell): void {
  declare(shell, {
    name: "report",
    summary: "make a run's report again from what its folder holds",
    examples: [
      ["xferc report runs/quickstart/2026-11-23T09-30-00-1a2b3c", "write its report/index.html"],
      ["xferc report runs/quickstart/2026-11-23T09-30-00-1a2b3c --open", "and open it"],
    ],
  })
    .argument("<run>", "the run's folder")
    .option(
      "--include-samples",
      "name the cases that were left out, where the run was made with --include-samples; they are counted otherwise",
    )
    .option("--open", "open the report in the browser")
    .action(async (run: string, flags: ReportFlags) => {
      const { reportCommand } = await import("../actions/report.js");
      shell.exit(await reportCommand(shell.io, run, flags));
    });
}
