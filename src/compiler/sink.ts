/** Where diagnostics gather: one a place and kind, so that a mistake read at a thousand points is told once. */

import type { Diagnostic, DiagnosticSink } from "./diagnostics.js";

export class Diagnostics implements DiagnosticSink {
  readonly #seen = new Set<string>();
  readonly #all: Diagnostic[] = [];
  #heard: (diagnostic: Diagnostic) => Diagnostic = (each) => each;

  /** What is reported from now on is taken as this makes it. */
  hear(as: (diagnostic: Diagnostic) => Diagnostic): void {
    this.#heard = as;
  }

  report(reported: Diagnostic): void {
    const diagnostic = this.#heard(reported);
    const { path, span } = diagnostic.location;
    const place = `${diagnostic.name} ${path} ${span.start} ${span.end}`;
    if (!this.#seen.has(place)) {
      this.#seen.add(place);
      this.#all.push(diagnostic);
    }
  }

  get errors(): number {
    return this.#all.reduce((count, each) => count + (each.severity === "error" ? 1 : 0), 0);
  }

  /** By file in the order given, then by place. */
  sorted(paths: readonly string[]): readonly Diagnostic[] {
    const order = new Map(paths.map((path, index) => [path, index]));
    const rank = (each: Diagnostic): number => order.get(each.location.path) ?? paths.length;
    return [...this.#all].sort(
      (a, b) =>
        rank(a) - rank(b) ||
        a.location.span.start - b.location.span.start ||
        a.location.span.end - b.location.span.end ||
        a.code.localeCompare(b.code),
    );
  }
}
