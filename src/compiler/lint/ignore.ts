/** `// xfer-ignore rule: reason` silences the rule on its own line and the next; one that silences nothing is reported. */

import type { Comment } from "../../../grammar/syntax.js";
import type { Diagnostic } from "../diagnostics.js";
import { LineMap } from "../lines.js";
import { at, type LoadedFile } from "../load.js";
import { diagnostic, didYouMean, MESSAGES, type MessageName } from "../messages.js";

interface Ignore {
  readonly file: LoadedFile;
  readonly comment: Comment;
  readonly rule: string;
  readonly reason: string;
  readonly line: number;
  used: boolean;
}

const MARKER = "xfer-ignore";

export function applyIgnores(diagnostics: readonly Diagnostic[], files: readonly LoadedFile[]): readonly Diagnostic[] {
  const maps = new Map(files.map((file) => [file.path, new LineMap(file.text)]));
  const ignores = files.flatMap((file) => file.comments.flatMap((comment) => readIgnore(file, comment, maps)));
  if (ignores.length === 0) {
    return diagnostics;
  }
  const kept = diagnostics.filter((each) => {
    if (each.severity === "error") {
      return true;
    }
    const line = maps.get(each.location.path)?.position(each.location.span.start).line ?? 0;
    const ignore = ignores.find(
      (one) =>
        one.rule === each.name && one.file.path === each.location.path && (one.line === line || one.line + 1 === line),
    );
    if (ignore !== undefined) {
      ignore.used = true;
    }
    return ignore === undefined;
  });
  return [...kept, ...ignores.flatMap(reportIgnore)];
}

function readIgnore(file: LoadedFile, comment: Comment, maps: ReadonlyMap<string, LineMap>): readonly Ignore[] {
  const text = comment.text
    .replace(/^\/[/*]+/, "")
    .replace(/\*\/$/, "")
    .trim();
  if (!text.startsWith(MARKER)) {
    return [];
  }
  const [rule = "", ...reason] = text.slice(MARKER.length).split(":");
  const line = maps.get(file.path)?.position(comment.span.end).line ?? 0;
  return [{ file, comment, rule: rule.trim(), reason: reason.join(":").trim(), line, used: false }];
}

/** The linter's rules, and whatever else is a warning. */
export function silenceable(): readonly MessageName[] {
  const all = Object.keys(MESSAGES) as readonly MessageName[];
  return all.filter((name) => MESSAGES[name].severity === "warning" && !MESSAGES[name].code.startsWith("XF099"));
}

function reportIgnore(ignore: Ignore): readonly Diagnostic[] {
  const location = at(ignore.file, ignore.comment.span);
  const rules: readonly string[] = silenceable();
  if (!rules.includes(ignore.rule)) {
    return [
      diagnostic("ignore-unknown-rule", { rule: ignore.rule }, location, { hint: didYouMean(ignore.rule, rules) }),
    ];
  }
  if (ignore.reason === "") {
    return [diagnostic("ignore-without-reason", { rule: ignore.rule }, location)];
  }
  return ignore.used ? [] : [diagnostic("ignore-unused", { rule: ignore.rule }, location)];
}
