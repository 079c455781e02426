/** `xferc report`. */

import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { displayPath, UsageError } from "../../runtime/host/index.js";
import { ReportDataError } from "../../runtime/report/data.js";
import { rebuildReport } from "../../runtime/report/write.js";
import { EXIT, type ExitCode, type Io, print } from "../io.js";

export interface ReportFlags {
  readonly includeSamples?: true;
  readonly open?: true;
}

export async function reportCommand(io: Io, run: string, flags: ReportFlags): Promise<ExitCode> {
  const folder = resolve(io.cwd, run);
  try {
    const written = await rebuildReport(folder, flags.includeSamples ? "named" : "counted");
    const page = resolve(folder, written.path);
    print(io, `${displayPath(page, io.cwd)} (${written.rows} rows, ${written.files.length} files)`);
    if (flags.open) openInBrowser(page);
    return EXIT.success;
  } catch (error) {
    if (!(error instanceof ReportDataError)) throw error;
    throw new UsageError(
      `${run}: ${error.message}`,
      "name a folder below runs/, or run the study again: finished work is in the cache",
    );
  }
}

/** The system's own way to open a file; nothing waits for it. */
function openInBrowser(path: string): void {
  const [command, ...words] =
    process.platform === "darwin" ? ["open"] : process.platform === "win32" ? ["explorer.exe"] : ["xdg-open"];
  const child = spawn(command ?? "xdg-open", [...words, path], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
