/** The parser's problems as diagnostics. Where it knows what to write instead, that is a fix with only one reading. */

import type { SyntaxProblem } from "../../grammar/syntax.js";
import { UNITS } from "../../grammar/tokens.js";
import type { Diagnostic, Fix, Location } from "./diagnostics.js";
import { diagnostic, diagnosticByName } from "./messages.js";

/** Here an empty `instead` takes the text away; elsewhere it means that there is no single reading. */
const REMOVES: ReadonlySet<string> = new Set([
  "equals-in-setting",
  "colon-in-setting",
  "stray-comma",
  "equals-before-block",
  "word-twice",
]);
/** What is missing is missing behind what stands before it, not on the next line. */
const BEHIND: ReadonlySet<string> = new Set(["missing-value", "missing-import-path", "missing-axis", "missing-body"]);

export function syntaxDiagnostic(problem: SyntaxProblem, path: string, text: string): Diagnostic {
  const span = BEHIND.has(problem.id) ? spanBehind(problem.span, text) : problem.span;
  const location = { path, span };
  switch (problem.id) {
    case "open-range":
      return openRange(problem, location, text);
    case "missing-separator":
      return missingSeparator(problem, location, text);
    case "missing-comma":
      return missingComma(problem, location, text);
    case "unknown-item":
      return unknownItem(problem, location);
    case "foreign-statement":
      return foreignStatement(problem, location);
    case "unit-as-setting":
      return unitAsSetting(problem, location, text);
    case "missing-equals":
      return missingEquals(problem, location);
    case "reserved-name":
      return reservedName(problem, location, text);
    case "missing-name":
      return missingName(problem, location, text);
    case "unexpected-token":
      return unexpected(problem, location);
    case "missing-open-brace":
      return missingOpenBrace(problem, location, text);
    default:
      return withFix(problem, location);
  }
}

function withFix(problem: SyntaxProblem, location: Location): Diagnostic {
  if (problem.id === "illegal-character") {
    return illegalCharacter(problem, location);
  }
  const found = diagnosticByName(problem.id, problem.details, location);
  if (found === undefined) {
    return diagnostic("syntax", { problem: problem.id }, location);
  }
  const { instead } = problem.details;
  if (typeof instead !== "string" || (instead === "" && !REMOVES.has(problem.id))) {
    return instead === "" ? { ...found, ...withoutEmptyHint(problem, found) } : found;
  }
  const title = titleOf(problem, found, instead);
  const { hint: _, ...rest } = found;
  return { ...rest, fixes: [{ title, edits: [{ location, text: instead }], safe: true }] };
}

function titleOf({ id }: SyntaxProblem, found: Diagnostic, instead: string): string {
  if (id === "stray-comma") {
    return instead === "" ? "remove it" : `write \`${instead}\``;
  }
  return (found.hint ?? `write \`${instead}\``).replace(/\.$/, "");
}

/** What such a sign is meant as, in the language it is from. */
const FENCE = "leave it out: the fence belongs to a page of Markdown.";
const ILLEGAL: ReadonlyMap<string, string> = new Map([
  ["^", "write a power out: `1e-3`."],
  ["|", "points stand in a list, `[a, b]`; of two conditions one holds with `or`."],
  ["$", "a name stands alone, without `$`."],
  ["`", "leave it out: a name stands alone, a path or a title in double quotes."],
  ["\\", "leave it out: inside brackets a line goes on by itself, and `_` needs no sign."],
  [
    "~",
    "a mark names what it shows: `x n; y test`; a regression has its terms in a list: `regress(gain, on: [a, b])`.",
  ],
  ["?", "there are no conditions: leave points out with `where`, or slice a table, `main.test[init: WT]`."],
  ["@", "leave it out: no name has it, and what is computed once is kept by itself."],
  ["&", "conditions are joined by `and`; `&lt;` of a web page is `<`."],
  ["\u200b", "it has no width and comes with text from web pages: delete it, or retype the line."],
]);

function illegalCharacter({ details }: SyntaxProblem, location: Location): Diagnostic {
  const [text, code] = [String(details.text), String(details.code)];
  const hint = text.startsWith("```") ? FENCE : ILLEGAL.get([...text][0] ?? "");
  const fixes = text === "$" ? [{ title: "remove it", edits: [{ location, text: "" }], safe: false }] : [];
  return diagnostic("illegal-character", { text, code }, location, { ...(hint === undefined ? {} : { hint }), fixes });
}

/** "write ``." says nothing. */
function withoutEmptyHint({ id, details }: SyntaxProblem, found: Diagnostic): { readonly hint?: string } {
  if (id === "foreign-word") {
    return { hint: "leave the setting out; where nothing is a choice of its own it is called `none`." };
  }
  if (id === "foreign-operator") {
    if (details.operator === "...") {
      return { hint: "name what is meant, or vary over a `group`." };
    }
    if (details.operator === "--") {
      return { hint: "a setting starts with its name alone: `batch 32`." };
    }
    if (details.operator === "+=") {
      return { hint: "a setting is given once: `clip_norm 1.0`." };
    }
    return details.operator === "**" ? { hint: "write a power out: `1e-3`." } : {};
  }
  if (id === "hash-comment") {
    return { hint: "write `//` before every line, or `/* … */` around them." };
  }
  if (id === "quoted-key") {
    return { hint: "leave it out, or write a name." };
  }
  return found.hint?.includes("``") ? { hint: "write it with digits alone." } : {};
}

/** Back over blanks, line breaks and comments: behind the last thing that was written. */
function spanBehind({ start, end }: SyntaxProblem["span"], text: string): SyntaxProblem["span"] {
  const before = text.slice(0, start);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (line.trim() !== "") {
    return { start, end };
  }
  const lines = before.split("\n").map((each) => each.replace(/^([^"]*?)\/\/.*$/, "$1"));
  const last = lines.findLastIndex((each) => each.trim() !== "");
  if (last < 0) {
    return { start, end };
  }
  const offset = before.split("\n").slice(0, last).join("\n").length + (last === 0 ? 0 : 1);
  const behind = offset + (lines[last] ?? "").trimEnd().length;
  return { start: behind, end: behind };
}

/** Inserts right behind what stands before a place, and not at the end of a blank. */
function behind({ path, span }: Location, text: string, insertion: string, title: string): Fix {
  const place = text.slice(0, span.start).trimEnd().length;
  const edit = { location: { path, span: { start: place, end: place } }, text: insertion };
  return { title, edits: [edit], safe: true };
}

/** Whatever stands second, `;` right behind the first can only be what was meant: but for values people write otherwise. */
function missingSeparator({ details, span }: SyntaxProblem, location: Location, text: string): Diagnostic {
  const [before, what] = [String(details.before), String(details.what)];
  const [, word] = /\b([A-Za-z]\w*)[ \t]+$/.exec(text.slice(0, span.start)) ?? [];
  if (UNITS.has(before) && word !== undefined) {
    const note = `\`${before}\` is a unit, and \`${word}\` no number.`;
    return diagnostic("missing-separator", { before, what }, location, { note, hint: `write \`5 ${before}\`.` });
  }
  if (word !== undefined && /^\s*:/.test(text.slice(span.end))) {
    const hint = `what \`${word}\` takes stands in parentheses: \`${word}(${before}: …)\`.`;
    return diagnostic("missing-separator", { before, what }, location, { note: "", hint });
  }
  return diagnostic("missing-separator", { before, what }, location, {
    fixes: [behind(location, text, ";", `write \`; ${before}\`, or start a new line`)],
  });
}

function missingComma({ details }: SyntaxProblem, location: Location, text: string): Diagnostic {
  const before = String(details.before);
  return diagnostic("missing-comma", { before }, location, {
    hint: "",
    fixes: [behind(location, text, ",", `write \`, ${before}\``)],
  });
}

/** `measure score(top1)`: what follows is the probe. */
function missingName({ details, span }: SyntaxProblem, location: Location, text: string): Diagnostic {
  const [keyword, found] = [String(details.keyword), String(details.found)];
  const [, call, name = "test"] =
    /^(\w+\([^\n;/]*?)(?:\s+as\s+(\w+))?\s*(?:[\n;]|\/\/|$)/.exec(text.slice(span.start)) ?? [];
  const extras =
    keyword === "measure" && call !== undefined ? { hint: `write \`measure ${name} = ${call.trim()}\`.` } : {};
  return diagnostic("missing-name", { keyword, found }, location, extras);
}

/** `batch size 32`: one word more than is wanted. */
function unexpected({ details }: SyntaxProblem, location: Location): Diagnostic {
  const [found, expected] = [String(details.found), String(details.expected)];
  const behindValue = expected === "`;` or a new line" && /^`["\w]/.test(found);
  const hint = "of values side by side one is too many, or a `,` is missing between them.";
  return diagnostic("unexpected-token", { found, expected }, location, behindValue ? { hint } : {});
}

/** `recipe r:` in the place of `recipe r {`. */
function missingOpenBrace({ details, span }: SyntaxProblem, location: Location, text: string): Diagnostic {
  const colon = text.slice(0, span.start).endsWith(":");
  const extras = colon ? { hint: "write ` {` for the `:`." } : {};
  return diagnostic("missing-open-brace", { owner: String(details.owner) }, location, extras);
}

function unknownItem({ details }: SyntaxProblem, location: Location): Diagnostic {
  const [word, suggestion] = [String(details.word), String(details.suggestion)];
  if (suggestion === "") {
    return diagnostic("unknown-item", { word }, location);
  }
  const edits = [{ location, text: suggestion }];
  return diagnostic("unknown-item", { word }, location, {
    note: "",
    fixes: [{ title: `write \`${suggestion}\``, edits, safe: true }],
  });
}

const INSTEAD: { readonly [kind: string]: string } = {
  function: "a recipe is changed by `with { … }`, an init may have parameters: `init top(n: count) { … }`.",
  class: "a recipe is changed by `with { … }`: `recipe slow = finetune with { … }`.",
  loop: "vary an axis: `vary n in 0..3`.",
  condition: "leave points out with `where`, or slice a table: `main.test[init: WT]`.",
  variable: "say what it is: `param rate = 1e-3`, `init RI = random`.",
  import: 'name the file in quotes: `import "./base.xfer"`, or `import a, b from "./base.xfer"`.',
};

function foreignStatement({ details }: SyntaxProblem, location: Location): Diagnostic {
  const [word, kind] = [String(details.word), String(details.kind)];
  const hint = INSTEAD[kind];
  // no programming about it: files are imported here, too
  const note = kind === "import" ? "" : undefined;
  const extras = { ...(hint === undefined ? {} : { hint }), ...(note === undefined ? {} : { note }) };
  return diagnostic("foreign-statement", { word, kind }, location, extras);
}

/** `epochs 10`: the number is there, behind it. */
function unitAsSetting({ details, span }: SyntaxProblem, location: Location, text: string): Diagnostic {
  const unit = String(details.unit);
  const [number] = /^\s+[\d_.e]+/.exec(text.slice(span.end)) ?? [];
  const hint = `for a training's length write \`for ${number?.trim() ?? "50"} ${unit}\`.`;
  return diagnostic("unit-as-setting", { unit }, location, { hint });
}

/** `table t main { … }`: what a table shows stands behind `from`. */
function missingEquals({ details }: SyntaxProblem, location: Location): Diagnostic {
  const [keyword, name] = [String(details.keyword), String(details.name)];
  const shows = keyword === "table" || keyword === "figure";
  const label = `\`${keyword} ${name} from …\``;
  const extras = shows ? { label, hint: `write \`${keyword} ${name} from EXPERIMENT { … }\`.` } : {};
  return diagnostic("missing-equals", { keyword, name }, location, extras);
}

/** `table from main`: the name was forgotten. */
function reservedName({ details, span }: SyntaxProblem, location: Location, text: string): Diagnostic {
  const word = String(details.word);
  const [, keyword] = /(?:^|\n)\s*(table|figure)\s+$/.exec(text.slice(0, span.start)) ?? [];
  const forgotten = keyword !== undefined && word === "from";
  return diagnostic(
    "reserved-name",
    { word },
    location,
    forgotten ? { hint: `name the ${keyword}: \`${keyword} results from …\`.` } : {},
  );
}

/** Ranges begin at 0 or at 1: only the author knows which. */
function openRange({ span, details }: SyntaxProblem, location: Location, text: string): Diagnostic {
  const bound = text
    .slice(span.start, span.end)
    .replace(/^(?:\.\.|:)|(?:\.\.|:)$/, "")
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
