/** Prints what the compiler found, beside the lines it found it in. */

import type { CompileResult } from "../compiler/compile.js";
import type { Diagnostic } from "../compiler/diagnostics.js";
import { NO_COLORS, type Palette, render, summary } from "../compiler/render/index.js";
import { colorOf, complain, type Io } from "./io.js";

const style = (code: string) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;
const COLORS: Palette = {
  error: style("1;31"),
  warning: style("1;33"),
  info: style("1;36"),
  bold: style("1"),
  dim: style("2"),
};

export function paletteOf(io: Io, stream: NodeJS.WriteStream): Palette {
  return colorOf(io, stream) === "color" ? COLORS : NO_COLORS;
}

/** On the error stream, so that what a command prints can go on to another program. */
export function showDiagnostics(
  io: Io,
  diagnostics: readonly Diagnostic[],
  { sources }: Pick<CompileResult, "sources">,
): void {
  if (diagnostics.length === 0) return;
  complain(io, render("pretty", diagnostics, sources, { palette: paletteOf(io, io.err) }));
  complain(io, `\n${summary(diagnostics)}`);
}
