/** `xferc diff`. */

import { diffRuns } from "../../runtime/record/diff.js";
import { runDiffJson } from "../../runtime/record/diff-json.js";
import { diffText } from "../../runtime/record/diff-text.js";
import { RecordError } from "../../runtime/record/errors.js";
import { EXIT, type ExitCode, type Io, print } from "../io.js";
import { refuse } from "./reproduce.js";

export interface DiffFlags {
  readonly format: "text" | "json";
  readonly all?: true;
}

export function diffCommand(io: Io, a: string, b: string, flags: DiffFlags): ExitCode {
  try {
    const diff = diffRuns(a, b, io.cwd);
    print(
      io,
      flags.format === "json"
        ? JSON.stringify(runDiffJson(diff), null, 2)
        : diffText(diff, flags.all ? "all" : "short"),
    );
    return EXIT.success;
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return refuse(io, error);
  }
}
