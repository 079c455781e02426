/** Prints what the compiler found, beside the lines it found it in. */

import type { CompileResult } from "../compiler/compile.js";
import type { Diagnostic } from "../compiler/diagnostics.js";
import { LineMap } from "../compiler/lines.js";
import { complain, type Io } from "./io.js";

/** On the error stream, so that what a command prints can go on to another program. */
export async function showDiagnostics(
  io: Io,
  diagnostics: readonly Diagnostic[],
  { sources }: Pick<CompileResult, "sources">,
): Promise<void> {
  for (const { code, name, severity, message, location, hint } of diagnostics) {
    const text = sources.find(({ path }) => path === location.path)?.text ?? "";
    const { line, column } = new LineMap(text).position(location.span.start);
    complain(
      io,
      `${severity}[${code} ${name}]: ${message}\n  ${location.path}:${line}:${column}${hint === undefined ? "" : `\n  hint: ${hint}`}`,
    );
  }
}
