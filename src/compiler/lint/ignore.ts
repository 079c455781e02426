/**
 * `// xfer-ignore rule: reason` silences the rule on its own line and the next, several above each other on that below; one that silences nothing is reported.
 * What only the data bring to light is known later: an ignore of that is judged when they have been looked at.
 */

import type { Comment } from "../../../grammar/syntax.js";
import type { Diagnostic } from "../diagnostics.js";
import { LineMap } from "../lines.js";
import { at, type LoadedFile } from "../load.js";
import { diagnostic, didYouMean, MESSAGES, nearest } from "../messages.js";
import { atLevels, type LintLevels, silenceable } from "./levels.js";

interface Ignore {
  readonly file: LoadedFile;
  readonly comment: Comment;
  readonly rule: string;
  readonly reason: string;
  readonly line: number;
  /** Nothing stands before it on its line. */
  readonly alone: boolean;
  used: boolean;
}

const MARKER = "xfer-ignore";

/** What is left to say once ignores and the project's levels have been heard. */
export class Judge {
  readonly #ignores: readonly Ignore[];
  readonly #maps: ReadonlyMap<string, LineMap>;

  constructor(
    files: readonly LoadedFile[],
    readonly levels: LintLevels,
    readonly late: ReadonlySet<string>,
    /** Of a study a profile or `--set` changed it cannot be told that an ignore is in vain: the one as written may need it. */
    readonly study: "as written" | "changed" = "as written",
  ) {
    this.#maps = new Map(files.map((file) => [file.path, new LineMap(file.text)]));
    this.#ignores = files.flatMap((file) => file.comments.flatMap((comment) => readIgnore(file, comment, this.#maps)));
  }

  /** Of all that compiling says. */
  compiled(said: readonly Diagnostic[]): readonly Diagnostic[] {
    const kept = this.#kept(said);
    return atLevels([...kept, ...this.#ignores.flatMap((each) => this.#report(each))], this.levels);
  }

  /** Of what data and models bring to light; of all of it, where nothing of them is unknown. */
  planned(said: readonly Diagnostic[], known: "all" | "some"): readonly Diagnostic[] {
    const kept = this.#kept(said);
    const idle =
      known === "some" || this.study === "changed"
        ? []
        : this.#ignores.filter((each) => this.#isLate(each) && !each.used);
    return atLevels([...kept, ...idle.map(unused)], this.levels);
  }

  #kept(said: readonly Diagnostic[]): readonly Diagnostic[] {
    if (this.#ignores.length === 0) {
      return said;
    }
    return said.filter((each) => {
      const ignores = each.severity === "error" ? [] : this.#ignores.filter((one) => this.#covers(one, each));
      for (const one of ignores) {
        one.used = true;
      }
      return ignores.length === 0;
    });
  }

  #covers({ rule, file, line }: Ignore, { name, location }: Diagnostic): boolean {
    if (rule !== name || file.path !== location.path) {
      return false;
    }
    const place = this.#maps.get(location.path)?.position(location.span.start).line ?? 0;
    return line === place || this.#above(file, line, place);
  }

  /** Right above, but for other ignores. */
  #above(file: LoadedFile, line: number, place: number): boolean {
    let next = line + 1;
    while (next < place && this.#ignores.some((each) => each.file === file && each.line === next && each.alone))
      next += 1;
    return next === place;
  }

  #isLate({ rule, reason }: Ignore): boolean {
    return this.late.has(rule) && reason !== "";
  }

  #report(ignore: Ignore): readonly Diagnostic[] {
    const location = at(ignore.file, ignore.comment.span);
    const { rule } = ignore;
    const rules: readonly string[] = silenceable();
    if (!rules.includes(rule)) {
      return [diagnostic("ignore-unknown-rule", { rule }, location, { hint: meant(rule, ignore.reason, rules) })];
    }
    if (ignore.reason === "") {
      return [diagnostic("ignore-without-reason", { rule }, location)];
    }
    return ignore.used || this.study === "changed" || this.#isLate(ignore) ? [] : [unused(ignore)];
  }
}

/** What an ignore of no rule there is may have been meant as. */
function meant(written: string, reason: string, rules: readonly string[]): string {
  const [first = "", ...others] = written.split(/[\s,]+/).filter((word) => word !== "");
  const why = reason === "" ? "the reason" : reason;
  if (others.length > 0 && [first, ...others].every((word) => rules.includes(word))) {
    return `write one comment a rule, below each other: \`// xfer-ignore ${first}: ${why}\`.`;
  }
  const name = [first, ...others, reason.split(":")[0]?.trim() ?? ""].find((word) => rules.includes(word));
  if (name !== undefined) {
    return `write \`// xfer-ignore ${name}: the reason\`.`;
  }
  const coded = Object.entries(MESSAGES).find(([, { code }]) => code.toLowerCase() === first.toLowerCase())?.[0];
  if (coded !== undefined && rules.includes(coded)) {
    return `rules go by their names: \`// xfer-ignore ${coded}: ${why}\`.`;
  }
  if (coded !== undefined || first in MESSAGES) {
    return "that is an error, and errors cannot be silenced: mend it, or leave out what it is about.";
  }
  return nearest(first, rules) === undefined
    ? "write `// xfer-ignore rule: the reason`; the rule's name stands behind the code of each warning."
    : didYouMean(first, rules);
}

/** The comment goes, and its line where it has one of its own. */
function unused({ file, comment, rule }: Ignore): Diagnostic {
  const { start, end } = comment.span;
  const lineStart = file.text.lastIndexOf("\n", start - 1) + 1;
  const before = file.text.slice(lineStart, start);
  const rest = /^[ \t]*(?:\r\n?|\n|$)/.exec(file.text.slice(end))?.[0];
  const alone = before.trim() === "" && rest !== undefined;
  const span = alone ? { start: lineStart, end: end + rest.length } : { start: start - trailing(before), end };
  const location = at(file, comment.span);
  return diagnostic("ignore-unused", { rule }, location, {
    fixes: [{ title: "remove it", edits: [{ location: at(file, span), text: "" }], safe: true }],
  });
}

function trailing(text: string): number {
  return text.length - text.trimEnd().length;
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
  const before = file.text.slice(0, comment.span.start);
  const alone = /(?:^|[\r\n])[ \t]*$/.test(before);
  return [{ file, comment, rule: rule.trim(), reason: reason.join(":").trim(), line, alone, used: false }];
}
