import { choice, declare, type Shell } from "../command.js";
import { print } from "../io.js";

export function addDoctor(shell: Shell): void {
  declare(shell, {
    name: "doctor",
    summary: "say which engines, devices and memory are here, what is missing and the one command that fixes it",
    examples: [
      ["xferc doctor", "what is here"],
      ["xferc doctor --format json", "the same for another program"],
    ],
  })
    .addOption(choice("--format <format>", "how to print it", ["text", "json"], "text"))
    .option("--cache <dir>", "the cache to look at")
    .action(async (options: { format: "text" | "json"; cache?: string }) => {
      const { examine } = await import("../../runtime/host/doctor.js");
      const { printFindings } = await import("../../runtime/host/doctor-text.js");
      const findings = await examine({ cwd: shell.io.cwd, environment: shell.io.env, cache: options.cache });
      print(shell.io, options.format === "json" ? JSON.stringify(findings, null, 2) : printFindings(findings));
    });
}
