/** The syntax tree of a `.xfer` file. Offsets are UTF-16 code units into the source text, end exclusive. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Spanned {
  readonly span: Span;
}

export interface Identifier extends Spanned {
  readonly text: string;
}

/** A dotted name as `--set` and profiles use it: `finetune.for`, `depth.n`, `repeats`. */
export interface Path extends Spanned {
  readonly segments: readonly Identifier[];
}

export interface SourceFile extends Spanned {
  readonly kind: "file";
  readonly items: readonly Item[];
}

export const DECLARATION_KINDS = [
  "param",
  "dataset",
  "model",
  "source",
  "part",
  "init",
  "recipe",
  "group",
  "experiment",
  "derive",
  "table",
  "figure",
  "profile",
] as const;
export type DeclarationKind = (typeof DECLARATION_KINDS)[number];

export type Item = StudyItem | ImportItem | Declaration;

export interface StudyItem extends Spanned {
  readonly kind: "study";
  readonly name: Identifier;
  readonly title?: StringLiteral;
  readonly body: Block;
}

/** `import "./x.xfer"`, `import "./x.xfer" as m`, `import a, b from "./x.xfer"`. */
export interface ImportItem extends Spanned {
  readonly kind: "import";
  readonly from: StringLiteral;
  readonly alias?: Identifier;
  /** Present when names are picked one by one. */
  readonly names?: readonly Identifier[];
}

export interface Parameter extends Spanned {
  readonly name: Identifier;
  readonly type: Expression;
}

/** `KIND name(params) from sources = value` or `KIND name(params) from sources { body }`. */
export interface Declaration extends Spanned {
  readonly kind: "declaration";
  readonly keyword: DeclarationKind;
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly from: readonly Expression[];
  /** Absent for a bare `table t from x`, or where the text is broken. */
  readonly value?: Expression;
  readonly body?: Block;
}

export interface Block extends Spanned {
  readonly statements: readonly Statement[];
}

export type Statement = VaryStatement | TuneStatement | MeasureStatement | WhereStatement | Assignment | Rule | Setting;

export interface VaryStatement extends Spanned {
  readonly kind: "vary";
  readonly axes: readonly Axis[];
}

export interface TuneStatement extends Spanned {
  readonly kind: "tune";
  readonly axes: readonly Axis[];
  readonly body: Block;
}

/** `name in expression` or `(a, b) as name in [label: (x, y), …]`. */
export type Axis = NamedAxis | TupleAxis;
export interface NamedAxis extends Spanned {
  readonly kind: "axis";
  readonly path: Path;
  readonly values: Expression;
}
export interface TupleAxis extends Spanned {
  readonly kind: "tuple-axis";
  readonly slots: readonly Identifier[];
  readonly name: Identifier;
  readonly values: Expression;
}

export interface MeasureStatement extends Spanned {
  readonly kind: "measure";
  readonly name: Identifier;
  /** `measure redo for l in model.layers = …` */
  readonly loops: readonly Axis[];
  readonly value: Expression;
}

export interface WhereStatement extends Spanned {
  readonly kind: "where";
  readonly condition: Expression;
}

/** `repeats = 1` in a profile, `resnet18 = weights("…")` in a source table. */
export interface Assignment extends Spanned {
  readonly kind: "assignment";
  readonly path: Path;
  readonly value: Expression;
}

/** `units[1..n] <- transfer`; `parts` are selectors, comma separated. */
export interface Rule extends Spanned {
  readonly kind: "rule";
  readonly parts: readonly Expression[];
  readonly except: readonly Expression[];
  readonly source: Expression;
}

export const PREPOSITIONS = ["every", "by", "per", "on", "over", "to", "of", "using", "from", "at"] as const;
export type Preposition = (typeof PREPOSITIONS)[number];

/** `select best(target.metric, on: val) every 0.5 epochs`, `rows model, init`, `band ci95`, `line from depth { … }`. */
export interface Setting extends Spanned {
  readonly kind: "setting";
  readonly name: Identifier;
  readonly args: readonly Argument[];
  readonly clauses: readonly Clause[];
  readonly body?: Block;
}

export interface Clause extends Spanned {
  readonly preposition: Preposition;
  readonly values: readonly Expression[];
}

export interface Argument extends Spanned {
  /** `on` in `on: val`; a label in `[WT: transfer]`. */
  readonly name?: Identifier;
  readonly value: Expression;
}

export type Expression =
  | NumberLiteral
  | StringLiteral
  | Name
  | ListExpression
  | TupleExpression
  | Member
  | Call
  | Index
  | Unary
  | Binary
  | Range
  | Then
  | With
  | Restrict
  | Except
  | Missing;

export interface NumberLiteral extends Spanned {
  readonly kind: "number";
  /** As written, underscores removed: `20000`, `1e-4`, `0.5`. A percent keeps its face value: `50%` is 50 with unit "%". */
  readonly value: number;
  /** `%`, `epochs`, `steps`, `px`, … */
  readonly unit?: Identifier;
}
export interface StringLiteral extends Spanned {
  readonly kind: "string";
  /** With escapes resolved. */
  readonly value: string;
}
export interface Name extends Spanned {
  readonly kind: "name";
  readonly text: string;
}
/** `[a, b]`, `[WT: transfer]`, `[0, 1, 5] epochs`. */
export interface ListExpression extends Spanned {
  readonly kind: "list";
  readonly items: readonly Argument[];
  readonly unit?: Identifier;
}
/** `(a, b)`; a single parenthesized expression has one item. */
export interface TupleExpression extends Spanned {
  readonly kind: "tuple";
  readonly items: readonly Argument[];
}
export interface Member extends Spanned {
  readonly kind: "member";
  readonly object: Expression;
  readonly name: Identifier;
}
export interface Call extends Spanned {
  readonly kind: "call";
  readonly callee: Expression;
  readonly args: readonly Argument[];
}
/** `units[1..n]`, `main.test[init: WT]`. */
export interface Index extends Spanned {
  readonly kind: "index";
  readonly object: Expression;
  readonly args: readonly Argument[];
}
export interface Unary extends Spanned {
  readonly kind: "unary";
  readonly operator: "-" | "not";
  readonly operand: Expression;
}
export type BinaryOperator = "+" | "-" | "*" | "/" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "and" | "or";
export interface Binary extends Spanned {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
/** Both ends included. */
export interface Range extends Spanned {
  readonly kind: "range";
  readonly from: Expression;
  readonly to: Expression;
  readonly by?: Expression;
}
export interface Then extends Spanned {
  readonly kind: "then";
  readonly first: Expression;
  readonly second: Expression;
}
/** `S with { part <- other }`, `recipe with { batch 32 }`, `D with grayscale()`. */
export interface With extends Spanned {
  readonly kind: "with";
  readonly base: Expression;
  readonly change: Block | Expression;
}
/** `D where class in [a, b]`. */
export interface Restrict extends Spanned {
  readonly kind: "restrict";
  readonly base: Expression;
  readonly condition: Expression;
}
export interface Except extends Spanned {
  readonly kind: "except";
  readonly base: Expression;
  readonly excluded: Expression;
}
/** Stands where the text is broken; already reported by the parser, so later stages keep silent about it. */
export interface Missing extends Spanned {
  readonly kind: "missing";
}

/** A slip the parser found and stepped over. `id` names a message in the compiler's catalogue; `details` are its parameters. */
export interface SyntaxProblem extends Spanned {
  readonly id: string;
  readonly details: Readonly<Record<string, string | number>>;
}

/** Comments are not in the tree; the formatter, and `// xfer-ignore rule: reason`, read them here. `text` has its slashes. */
export interface Comment extends Spanned {
  readonly text: string;
}

export interface ParseResult {
  readonly file: SourceFile;
  readonly comments: readonly Comment[];
  readonly problems: readonly SyntaxProblem[];
}
