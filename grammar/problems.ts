/** The closed list of slips the scanner and parser report, with the details each one carries. Texts live with the compiler's messages. */

import type { Span, SyntaxProblem } from "./syntax.js";

/**
 * `name: "string" | "number"` for every detail of a problem.
 * Details called `instead` hold the text to write in place of the span; empty when there is no single reading.
 */
export const SYNTAX_PROBLEMS = {
  // Characters, comments, literals.
  /** The file is not text: NUL characters, or mostly characters the language has no use for. */
  "binary-file": {},
  /** `code` like `U+00A7`. */
  "illegal-character": { text: "string", code: "string" },
  /** A typographic twin: curly quotes, `≤`, `×`, full-width brackets. */
  "lookalike-character": { text: "string", instead: "string" },
  /** Names are made of a–z, A–Z, 0–9 and `_`. */
  "non-ascii-name": { name: "string" },
  /** `# …`, or `"""…"""`, where `// …` is meant; `sign` is what it starts with. */
  "hash-comment": { sign: "string", instead: "string" },
  "unclosed-comment": {},
  "unclosed-string": {},
  /** `'text'`; `instead` has double quotes. */
  "single-quotes": { instead: "string" },
  /** `\q` in a string. */
  "bad-escape": { escape: "string" },
  /** `1__0`, `1_`, `.5`. */
  "bad-number": { text: "string", instead: "string" },
  /** Out of range, or an integer that a double cannot hold. */
  "number-too-large": { text: "string" },
  /** `&&`, `!`, `=>`, `**`, …; `instead` is empty when xfer has no such operator. */
  "foreign-operator": { operator: "string", instead: "string" },
  /** `True`, `null`, … in a value. */
  "foreign-word": { word: "string", instead: "string" },
  /** `def`, `if`, `while`, `let`, `from x import y`, …; `kind`: function, condition, loop, class, variable, return, import. */
  "foreign-statement": { word: "string", kind: "string" },

  // Brackets. The span is the bracket itself.
  "unclosed-bracket": { open: "string", close: "string" },
  /** `owner`: what the brace belongs to, like `recipe finetune`; may be empty. */
  "unclosed-brace": { owner: "string" },
  /** `recipe finetune` followed by its settings and a `}`. */
  "missing-open-brace": { owner: "string" },
  "stray-bracket": { bracket: "string" },
  "mismatched-bracket": { open: "string", expected: "string", found: "string" },
  "nested-too-deeply": { limit: "number" },

  // Punctuation between things.
  /** Two things on one line without `;`; `before` is the word that starts the second, `what` like `settings`. */
  "missing-separator": { before: "string", what: "string" },
  "missing-comma": { before: "string" },
  /** A doubled, leading or line-ending comma, or one that stands where `;` is meant. */
  "stray-comma": { instead: "string" },
  /** `batch = 64` in a recipe; `instead`: what replaces the sign, usually nothing or a space. */
  "equals-in-setting": { name: "string", instead: "string" },
  /** `batch: 64` in a recipe. */
  "colon-in-setting": { name: "string", instead: "string" },
  /** `"batch": 64`, `recipe "x"`. */
  "quoted-key": { name: "string", instead: "string" },
  /** `adam(lr = 1e-3)`. */
  "equals-for-colon": { name: "string", instead: "string" },
  /** `rest = stats` in an init. */
  "equals-for-arrow": { part: "string", instead: "string" },
  /** `rest: stats` in an init. */
  "colon-for-arrow": { part: "string", instead: "string" },
  /** `derive gain: …`, `measure test: …`, `repeats: 1` in a profile. */
  "colon-for-equals": { name: "string", instead: "string" },
  /** `init RI random`. `keyword` names the kind of declaration, or `measure`. */
  "missing-equals": { keyword: "string", name: "string" },
  /** `recipe r = { … }`, `recipe r: { … }`. */
  "equals-before-block": { sign: "string", keyword: "string", name: "string", instead: "string" },
  /** `recipe r:` and an indented block, as in Python and YAML. */
  "colon-before-block": { keyword: "string", name: "string" },
  /** `study feature-reuse`. */
  "hyphen-in-name": { name: "string", instead: "string" },

  // Values.
  /** `after`: the text the value should follow. */
  "missing-value": { after: "string" },
  /** `..n` or `1..`; `side`: "start" or "end" is what is missing. `bound`: the end that is there. */
  "open-range": { side: "string", bound: "string" },
  "chained-comparison": { operator: "string" },
  "chained-range": {},
  /** `vary init in` and lines that start with `- `, as in YAML. */
  "dash-list": {},

  // Statements and items.
  /** The file starts as one of another format does: JSON or YAML. */
  "foreign-format": { format: "string" },
  /** `epochs 50` as a setting of its own. */
  "unit-as-setting": { unit: "string" },
  /** `vary model [a, b]`. */
  "missing-in": { axis: "string" },
  /** `model in [a, b]`, `sweep model in [a, b]`, `model: [a, b]`; `instead` stands for what is there. */
  "missing-vary": { axis: "string", instead: "string" },
  /** `vary model in a, b`, `vary model in {a, b}`. */
  "points-without-brackets": { instead: "string" },
  /** `test = score(top1)`; `instead` with its word. */
  "missing-measure": { name: "string", instead: "string" },
  /** `adam(lr: 1e-3; l2: 0)`. */
  "semicolon-in-list": { instead: "string" },
  /** `for epochs 5`; `instead` the right way round. */
  "unit-first": { unit: "string", instead: "string" },
  /** `table t = main { … }`, `table t main { … }`; `instead`: what stands for the sign. */
  "missing-from": { keyword: "string", name: "string", instead: "string" },
  /** `finetune { … }`, `RI = random`, `finetune recipe { … }`; `kind` is a guess. */
  "missing-kind": { name: "string", kind: "string", instead: "string" },
  /** `"./base.xfer"` on a line of its own, `source "./base.xfer"`. */
  "missing-import": { instead: "string" },
  /** `recipe q (` at the end of a line. */
  "parentheses-for-block": { keyword: "string", name: "string", instead: "string" },
  /** `recipe recipe finetune { … }`, `train train finetune`. */
  "word-twice": { word: "string", instead: "string" },
  /** `recipe inner { … }` inside another block. */
  "declaration-inside": { keyword: "string", name: "string" },
  /** `<<<<<<< HEAD` */
  "merge-conflict": {},
  /** `recipe fine tune { … }` */
  "name-of-two-words": { name: "string", instead: "string" },
  /** `vary model = [a, b]`. */
  "equals-for-in": { axis: "string", instead: "string" },
  /** `vary` with nothing after it. */
  "missing-axis": { keyword: "string" },
  /** An item that starts with a word no item starts with; `suggestion` may be empty. */
  "unknown-item": { word: "string", suggestion: "string" },
  /** `seed 2022` outside of any block. */
  "setting-outside-block": { name: "string" },
  /** `recipe {`; `found`: what stands where the name should. */
  "missing-name": { keyword: "string", found: "string" },
  /** A word of the language used as a name. */
  "reserved-name": { word: "string" },
  /** `recipe finetune` and nothing more. */
  "missing-body": { keyword: "string", name: "string" },
  /** `import ./medical.xfer`. */
  "unquoted-import": { path: "string", instead: "string" },
  /** `import` with no file. */
  "missing-import-path": {},
  /** Anything else. `found` and `expected` are ready to print: "`}`", "the end of the line", "a value". */
  "unexpected-token": { found: "string", expected: "string" },
  /** Reporting stopped; the rest of the file was not read. */
  "too-many-problems": { limit: "number" },
} as const satisfies Record<string, Record<string, "string" | "number">>;

export type SyntaxProblemId = keyof typeof SYNTAX_PROBLEMS;

type DetailTypes = { string: string; number: number };
export type SyntaxProblemDetails<Id extends SyntaxProblemId> = {
  readonly [Name in keyof (typeof SYNTAX_PROBLEMS)[Id]]: DetailTypes[(typeof SYNTAX_PROBLEMS)[Id][Name] &
    keyof DetailTypes];
};

export const SYNTAX_PROBLEM_IDS = Object.keys(SYNTAX_PROBLEMS) as readonly SyntaxProblemId[];

/** After this many problems the rest of a file is not read: what follows is rarely about the file's meaning. */
export const MAX_PROBLEMS = 100;

/** Collects problems; one place is reported once, and no more than `MAX_PROBLEMS` are kept. */
export class ProblemSink {
  readonly #problems: SyntaxProblem[] = [];
  #full = false;

  report<Id extends SyntaxProblemId>(id: Id, span: Span, details: SyntaxProblemDetails<Id>): void {
    if (this.#full) return;
    if (this.#problems.length === MAX_PROBLEMS) {
      this.#full = true;
      this.#problems.push({ id: "too-many-problems", span, details: { limit: MAX_PROBLEMS } });
      return;
    }
    this.#problems.push({ id, span, details: details as SyntaxProblem["details"] });
  }

  has(id: SyntaxProblemId): boolean {
    return this.#problems.some((problem) => problem.id === id);
  }

  get isFull(): boolean {
    return this.#full;
  }

  /** Was anything reported that overlaps or borders on these offsets? */
  touches(start: number, end: number): boolean {
    return this.#problems.some((problem) => problem.span.start <= end && problem.span.end >= start);
  }

  /** In the order of the text; the note that reporting stopped stays last. */
  sorted(): readonly SyntaxProblem[] {
    const last = this.#full ? 1 : 0;
    const found = this.#problems.slice(0, this.#problems.length - last);
    found.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
    return [...found, ...this.#problems.slice(this.#problems.length - last)];
  }
}
