/** What every stage of the compiler reports. Texts live in one catalogue, `messages.ts`. */

import type { Span } from "../../grammar/syntax.js";

export type Severity = "error" | "warning" | "info";

/** A place in a file of the study; `path` is as the user named it or relative to the study's root. */
export interface Location {
  readonly path: string;
  readonly span: Span;
}

export interface TextEdit {
  readonly location: Location;
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  /** Safe fixes keep the meaning, or have only one reading; `check --fix` applies them. */
  readonly safe: boolean;
}

export interface Related {
  readonly location: Location;
  readonly message: string;
}

export interface Diagnostic {
  /** `XF0304`. */
  readonly code: string;
  /** `axis-not-placed`. */
  readonly name: string;
  readonly severity: Severity;
  /** One line, what is wrong. */
  readonly message: string;
  readonly location: Location;
  /** Beside the caret. */
  readonly label?: string;
  readonly related: readonly Related[];
  /** Why; a sentence or two. */
  readonly note?: string;
  /** What to do, where we cannot do it. */
  readonly hint?: string;
  readonly fixes: readonly Fix[];
}

/** Stages report into a sink; the driver sorts and prints. */
export interface DiagnosticSink {
  report(diagnostic: Diagnostic): void;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}
