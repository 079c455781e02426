/** The parser's problems as diagnostics. Where it knows what to write instead, that is a fix with only one reading. */

import type { SyntaxProblem } from "../../grammar/syntax.js";
import type { Diagnostic, Location } from "./diagnostics.js";
import { diagnostic, diagnosticByName } from "./messages.js";

/** Here an empty `instead` takes the text away; elsewhere it means that there is no single reading. */
const REMOVES: ReadonlySet<string> = new Set(["equals-in-setting", "colon-in-setting"]);

export function syntaxDiagnostic(problem: SyntaxProblem, path: string, text: string): Diagnostic {
  const location = { path, span: problem.span };
  if (problem.id === "open-range") {
    return openRange(problem, location, text);
  }
  if (problem.id === "missing-separator") {
    return missingSeparator(problem, location, text);
  }
  const found = diagnosticByName(problem.id, problem.details, location);
  if (found === undefined) {
    return diagnostic("syntax", { problem: problem.id }, location);
  }
  const { instead } = problem.details;
  if (typeof instead !== "string" || (instead === "" && !REMOVES.has(problem.id))) {
    return instead === "" ? { ...found, ...withoutEmptyHint(found) } : found;
  }
  const title = (found.hint ?? `write \`${instead}\``).replace(/\.$/, "");
  const { hint: _, ...rest } = found;
  return { ...rest, fixes: [{ title, edits: [{ location, text: instead }], safe: true }] };
}

/** "write ``." says nothing. */
function withoutEmptyHint(found: Diagnostic): { readonly hint?: string } {
  return found.hint?.includes("``") ? { hint: "remove it." } : {};
}

/** Whatever stands second, `;` right behind the first can only be what was meant. */
function missingSeparator({ details }: SyntaxProblem, location: Location, text: string): Diagnostic {
  const [before, what] = [String(details.before), String(details.what)];
  const behind = text.slice(0, location.span.start).trimEnd().length;
  const edit = { location: { path: location.path, span: { start: behind, end: behind } }, text: ";" };
  return diagnostic("missing-separator", { before, what }, location, {
    fixes: [{ title: `write \`; ${before}\`, or start a new line`, edits: [edit], safe: true }],
  });
}

/** Ranges begin at 0 or at 1: only the author knows which. */
function openRange({ span, details }: SyntaxProblem, location: Location, text: string): Diagnostic {
  const bound = text
    .slice(span.start, span.end)
    .replace(/^\.\.|\.\.$/, "")
    .trim();
  const side = String(details.side);
  const choices = side === "start" ? [`0..${bound}`, `1..${bound}`] : [];
  return diagnostic("open-range", { side, bound }, location, {
    ...(side === "start"
      ? {}
      : { hint: `write \`${bound}..model.units\`, or the last number: both ends are included.` }),
    fixes: choices.map((choice) => ({
      title: `write \`${choice}\``,
      edits: [{ location, text: choice }],
      safe: false,
    })),
  });
}
