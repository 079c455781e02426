/** Syntax trees as S-expressions: short enough to read beside the source. */

import type {
  Argument,
  Axis,
  Block,
  Expression,
  Item,
  SourceFile,
  Statement,
  SyntaxProblem,
} from "../../grammar/syntax.js";

function list(...parts: readonly (string | undefined)[]): string {
  return `(${parts
    .filter((part) => part !== undefined && part !== "")
    .join(" ")
    .replaceAll(" \n", "\n")})`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

function args(items: readonly Argument[]): string {
  return items
    .map(({ name, value }) => (name === undefined ? expression(value) : `${name.text}: ${expression(value)}`))
    .join(" ");
}

export function expression(node: Expression): string {
  switch (node.kind) {
    case "number":
      return node.unit === undefined ? String(node.value) : `${node.value}~${node.unit.text}`;
    case "string":
      return JSON.stringify(node.value);
    case "name":
      return node.text;
    case "list":
      return `[${args(node.items)}]${node.unit === undefined ? "" : `~${node.unit.text}`}`;
    case "tuple":
      return list("tuple", args(node.items));
    case "member":
      return list(".", expression(node.object), node.name.text);
    case "call":
      return list("call", expression(node.callee), args(node.args));
    case "index":
      return list("at", expression(node.object), args(node.args));
    case "unary":
      return list(node.operator, expression(node.operand));
    case "binary":
      return list(node.operator, expression(node.left), expression(node.right));
    case "range":
      return list(
        "..",
        expression(node.from),
        expression(node.to),
        node.by === undefined ? undefined : `by ${expression(node.by)}`,
      );
    case "then":
      return list("then", expression(node.first), expression(node.second));
    case "with":
      return list(
        "with",
        expression(node.base),
        "kind" in node.change ? expression(node.change) : `{ ${node.change.statements.map(statement).join(" ")} }`,
      );
    case "restrict":
      return list("where", expression(node.base), expression(node.condition));
    case "except":
      return list("except", expression(node.base), expression(node.excluded));
    case "missing":
      return "‹missing›";
  }
}

function axis(node: Axis): string {
  return node.kind === "axis"
    ? list("in", node.path.segments.map((segment) => segment.text).join("."), expression(node.values))
    : list("in", node.name.text, `(${node.slots.map((slot) => slot.text).join(" ")})`, expression(node.values));
}

function block(node: Block | undefined): string {
  if (node === undefined) return "";
  return node.statements.length === 0 ? "\n  {}" : `\n${indented(node.statements.map(statement).join("\n"))}`;
}

export function statement(node: Statement): string {
  switch (node.kind) {
    case "vary":
      return list("vary", ...node.axes.map(axis));
    case "tune":
      return list("tune", ...node.axes.map(axis), block(node.body));
    case "measure":
      return list("measure", node.name.text, ...node.loops.map((loop) => `for ${axis(loop)}`), expression(node.value));
    case "where":
      return list("where", expression(node.condition));
    case "assignment":
      return list("=", node.path.segments.map((segment) => segment.text).join("."), expression(node.value));
    case "rule":
      return list(
        "<-",
        ...node.parts.map(expression),
        node.except.length > 0 ? list("except", ...node.except.map(expression)) : undefined,
        expression(node.source),
      );
    case "setting":
      return list(
        node.name.text,
        args(node.args),
        ...node.clauses.map((clause) => list(clause.preposition, ...clause.values.map(expression))),
        block(node.body),
      );
  }
}

function item(node: Item): string {
  switch (node.kind) {
    case "study":
      return list("study", node.name.text, node.title && JSON.stringify(node.title.value), block(node.body));
    case "import":
      return list(
        "import",
        node.names && `[${node.names.map((name) => name.text).join(" ")}]`,
        JSON.stringify(node.from.value),
        node.alias && `as ${node.alias.text}`,
      );
    case "declaration":
      return list(
        node.keyword,
        node.name.text,
        node.parameters.length > 0
          ? list("of", ...node.parameters.map(({ name, type }) => `${name.text}: ${expression(type)}`))
          : undefined,
        node.from.length > 0 ? list("from", ...node.from.map(expression)) : undefined,
        node.value && expression(node.value),
        block(node.body),
      );
  }
}

export function tree(file: SourceFile): string {
  return file.items.map(item).join("\n");
}

/** `line:column id "text" {details}`. */
export function problemLine(text: string, { id, span, details }: SyntaxProblem): string {
  const before = text.slice(0, span.start).split("\n");
  const place = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  return `${place} ${id} ${JSON.stringify(text.slice(span.start, span.end))} ${JSON.stringify(details)}`;
}

/** Source and output side by side, as a golden keeps them. */
export function beside(source: string, output: string): string {
  const left = source.split("\n");
  const right = output.split("\n");
  const width = Math.max(...left.map((line) => line.length), 24);
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, row) =>
    `${(left[row] ?? "").padEnd(width)} │ ${right[row] ?? ""}`.trimEnd(),
  );
  return rows.join("\n");
}
