import { declare, type Shell } from "../command.js";

export interface ReportFlags {
  readonly open?: true;
}

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
    .option("--open", "open the report in the browser")
    .action(async (run: string, flags: ReportFlags) => {
      const { reportCommand } = await import("../actions/report.js");
      shell.exit(await reportCommand(shell.io, run, flags));
    });
}
