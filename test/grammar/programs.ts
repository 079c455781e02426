/** Random studies for properties: grown from the grammar, or the design studies with random edits. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "../support/properties.js";

const studies = join(import.meta.dirname, "../studies/design");

/** Name and text of every design study. */
export const DESIGN_STUDIES: readonly (readonly [name: string, text: string])[] = readdirSync(studies)
  .filter((name) => name.endsWith(".xfer"))
  .sort()
  .map((name) => [name, readFileSync(join(studies, name), "utf8")]);

const word = fc.constantFrom("a", "units", "target", "model", "init", "selected", "lr", "rest", "finetune", "x_1");
const unit = fc.constantFrom("epochs", "steps", "px", "images");
const number = fc.constantFrom("0", "1", "20_000", "1e-4", "0.5", "50%", "7");

const { expression } = fc.letrec<{ expression: string; atom: string; argument: string; list: string }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    word,
    number,
    fc
      .tuple(
        number.filter((text) => !text.endsWith("%")),
        unit,
      )
      .map(([value, of]) => `${value} ${of}`),
    fc.constantFrom('"blocks.*.attn.**"', '"a \\"b\\""'),
    tie("list").map((items) => `[${items}]`),
    fc.tuple(tie("list"), unit).map(([items, of]) => `[${items}] ${of}`),
    tie("expression").map((inner) => `(${inner})`),
    fc.tuple(word, tie("list")).map(([name, items]) => `${name}(${items})`),
    fc.tuple(word, tie("list")).map(([name, items]) => `${name}[${items}]`),
    fc.tuple(word, word).map(([object, name]) => `${object}.${name}`),
    tie("atom").map((inner) => (/^[-\d"]/.test(inner) ? inner : `-${inner}`)),
  ),
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie("atom"),
    fc
      .tuple(tie("atom"), fc.constantFrom("+", "-", "*", "/", "and", "or", "=="), tie("atom"))
      .map(([left, operator, right]) => `${left} ${operator} (${right})`),
    fc.tuple(word, number, number).map(([name, from, to]) => `${name}(${from}..${to} by ${from})`),
    fc.tuple(word, tie("atom")).map(([name, value]) => `${name} with { ${name} ${value}; rest <- init }`),
    fc.tuple(word, word).map(([first, second]) => `${first} then ${second}`),
    fc.tuple(word, word).map(([first, second]) => `${first} where class in [${second}]`),
    tie("atom").map((inner) => `not ${inner}`),
  ),
  argument: fc.oneof(
    tie("expression"),
    fc.tuple(word, tie("expression")).map(([label, value]) => `${label}: ${value}`),
  ),
  list: fc.array(tie("argument"), { minLength: 1, maxLength: 5 }).map((items) => items.join(", ")),
}));

const { statement } = fc.letrec<{ statement: string; block: string }>((tie) => ({
  block: fc
    .array(tie("statement"), { maxLength: 4 })
    .chain((lines) => fc.constantFrom(`{ ${lines.join("; ")} }`, `{\n${lines.join("\n")}\n}`)),
  statement: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.tuple(word, expression).map(([name, value]) => `${name} ${value}`),
    fc
      .tuple(word, expression, expression)
      .map(([name, first, second]) => `${name} ${first} on ${second} every 2 epochs`),
    fc.tuple(word, expression).map(([name, value]) => `vary ${name} in [${value}], seed in 0..3`),
    fc.tuple(word, expression).map(([name, value]) => `measure ${name}_m = ${value}`),
    expression.map((value) => `measure redo for l in model.layers = ${value}`),
    fc.tuple(word, word).map(([part, source]) => `${part}[1..n], "x.**" except head <- ${source}`),
    expression.map((value) => `where ${value}`),
    fc.tuple(word, tie("block")).map(([name, body]) => `${name} from ${name} ${body}`),
    fc.tuple(word, tie("block")).map(([name, body]) => `tune ${name}.lr in log(1..2) ${body}`),
  ),
}));

const body = fc
  .array(fc.tuple(statement, fc.constantFrom("", "", " // why", "\n\n// alone", " /* b */", "\n")), { maxLength: 6 })
  .chain((lines) =>
    fc.constantFrom(
      `{ ${lines.map(([line]) => line).join("; ")} }`,
      `{\n${lines.map(([line, comment]) => `${line}${comment}\n`).join("")}}`,
    ),
  );

const item = fc.oneof(
  fc
    .tuple(fc.constantFrom("recipe", "experiment", "figure", "table", "init"), body)
    .map(([kind, of]) => `${kind} it ${of}`),
  fc.tuple(fc.constantFrom("init", "derive", "model"), expression).map(([kind, value]) => `${kind} thing = ${value}`),
  fc.tuple(expression, body).map(([value, of]) => `table t from f(${value}) ${of}`),
  fc.constantFrom('import "./x.xfer"', 'import a, b from "y.xfer"', 'study s "Title" { seed 1; repeats 2 }'),
  fc.constantFrom("// note", "/* note */", ""),
);

/** Mostly free of problems; filter on `parse` where that matters. */
export const program: fc.Arbitrary<string> = fc.array(item, { maxLength: 8 }).map((items) => `${items.join("\n")}\n`);

export interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

function editsOf(inserts: fc.Arbitrary<string>, longest: number): fc.Arbitrary<readonly Edit[]> {
  const edit = fc.record({ at: fc.nat(), remove: fc.nat({ max: longest }), insert: inserts });
  return fc.array(edit, { minLength: 1, maxLength: 4 });
}

function apply(text: string, edits: readonly Edit[]): string {
  let edited = text;
  for (const { at, remove, insert } of edits) {
    const place = at % (edited.length + 1);
    edited = edited.slice(0, place) + insert + edited.slice(place + remove);
  }
  return edited;
}

const study = fc.constantFrom(...DESIGN_STUDIES.map(([, text]) => text));

const SLIPS = [
  ...["{", "}", "(", ")", "[", "]", ",", ";", "\n", ":", "=", "<-", "..", '"', "'", "//", "/*", "*/", "#", "-", "%"],
  ...["vary ", "init ", "study ", "with ", "by ", "for ", "import ", "not ", "True", "§", "é", "\u0000", "\t", "1e999"],
];

/** A design study with slips of any kind. */
export const brokenStudy: fc.Arbitrary<string> = fc
  .tuple(study, editsOf(fc.oneof(fc.constantFrom(...SLIPS), fc.string({ maxLength: 6 })), 12))
  .map(([text, edits]) => apply(text, edits));

/** A design study with other spaces, line ends and comments; mostly still without problems. */
export const restyledStudy: fc.Arbitrary<string> = fc
  .tuple(
    study,
    editsOf(fc.constantFrom(" ", "\n", "\n\n\n", "\t", " // c\n", " /* c */ ", "\r\n", ";", "/* a\n b */"), 0),
  )
  .map(([text, edits]) => apply(text, edits));
