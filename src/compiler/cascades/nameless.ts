/** Where a slip hides a name that others use: what they say of it is not told. */

import type { Declaration, SyntaxProblem } from "../../../grammar/syntax.js";
import type { Diagnostic } from "../diagnostics.js";
import type { LoadedFile } from "../load.js";
import { GUESSED } from "./syntax.js";

/** Of a declaration or a file without a name to be found by. */
const LOSES_NAMES: ReadonlySet<string> = new Set([
  ...["missing-name", "reserved-name", "foreign-statement", "unknown-item", "setting-outside-block", "missing-body"],
  ...["declaration-inside", "name-of-two-words", "hyphen-in-name", "non-ascii-name"],
]);

/** Is a slip such that names of the file may be declared, or imported, where it is not understood? */
export function losesNames(file: LoadedFile): boolean {
  return file.problems.some((problem) => LOSES_NAMES.has(problem.id) || hidesName(file, problem));
}

/** Between declarations, or in the header of one. */
function hidesName({ syntax }: LoadedFile, { id, span: { start } }: SyntaxProblem): boolean {
  if (!GUESSED.has(id)) {
    return false;
  }
  const item = syntax.items.find(({ span }) => span.start <= start && start <= span.end);
  return item === undefined || item.kind === "import" || (item.kind === "declaration" && start < bodyStart(item));
}

function bodyStart({ body, value, span }: Declaration): number {
  return body?.span.start ?? value?.span.start ?? span.end;
}

/** What a file may declare or import is wanted: not a metric, an optimizer. */
const DECLARED =
  /^an? (?:dataset|data set|model|source|init|recipe|part|group|state)\b|^something with properties|^a name of/;

export function maybeDeclared({ name, message, label = "" }: Diagnostic): boolean {
  switch (name) {
    case "unknown-name":
      return DECLARED.test(label);
    case "unknown-callee":
      return message.startsWith("there is no function");
    case "unknown-table":
    case "unknown-axis":
    case "unknown-column":
    case "unknown-path":
    case "no-study":
      return true;
    default:
      return false;
  }
}
