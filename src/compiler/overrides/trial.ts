/**
 * What is wrong with a study under one of its profiles alone: values nobody reads until the profile is chosen, and what
 * they do to the rest.
 */

import type { DeclaredSymbol } from "../bind/scope.js";
import type { Diagnostic } from "../diagnostics.js";
import { at, type LoadedFile } from "../load.js";
import { diagnostic } from "../messages.js";

/** Of `found` under the profile: what stands in it, else one error at its name for the first that stands elsewhere. */
export function wrongUnder({ name, declaration, file }: DeclaredSymbol, found: readonly Diagnostic[]): Diagnostic[] {
  const errors = found.filter(({ severity }) => severity === "error");
  const { span } = declaration;
  const own = errors.filter(
    ({ location }) => location.path === file.path && location.span.start >= span.start && location.span.end <= span.end,
  );
  const [first] = errors;
  if (own.length > 0 || first === undefined) {
    return own;
  }
  const { message, location } = first;
  return [
    diagnostic("profile-breaks-study", { name, file: file.path }, at(file, declaration.name.span), {
      note: `Under it ${message}.`,
      related: [{ location, message: "what no longer holds" }],
    }),
  ];
}

/**
 * An error in a profile that is not chosen is none of what is computed without it: a warning, that says so. Syntax errors
 * are reported before, and stay what they are: where a profile ends is not known then.
 */
export function outsideOfUnchosen(
  { path, syntax }: LoadedFile,
  chosen: string | undefined,
): (diagnostic: Diagnostic) => Diagnostic {
  const unchosen = syntax.items.filter(
    (item) => item.kind === "declaration" && item.keyword === "profile" && item.name.text !== chosen,
  );
  return (diagnostic) => {
    const { severity, location, note } = diagnostic;
    const { start, end } = location.span;
    const isInside =
      severity === "error" &&
      location.path === path &&
      unchosen.some(({ span }) => start >= span.start && end <= span.end);
    if (!isInside) return diagnostic;
    const goesOn = "The profile is not chosen here, and all else goes on without it.";
    return { ...diagnostic, severity: "warning", note: note === undefined ? goesOn : `${note} ${goesOn}` };
  };
}
