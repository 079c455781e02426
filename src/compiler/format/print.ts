/** Syntax to text on one line, in the formatter's style: for fixes, explanations and messages. */

import type {
  Argument,
  Axis,
  Block,
  Clause,
  Expression,
  NumberLiteral,
  Path,
  Setting,
  Statement,
} from "../../../grammar/syntax.js";

export function printExpression(node: Expression): string {
  switch (node.kind) {
    case "number":
      return printNumber(node);
    case "string":
      return printString(node.value);
    case "name":
      return node.text;
    case "list":
      return `[${printArguments(node.items)}]${node.unit === undefined ? "" : ` ${node.unit.text}`}`;
    case "tuple":
      return `(${printArguments(node.items)})`;
    case "member":
      return `${printExpression(node.object)}.${node.name.text}`;
    case "call":
      return `${printExpression(node.callee)}(${printArguments(node.args)})`;
    case "index":
      return `${printExpression(node.object)}[${printArguments(node.args)}]`;
    case "unary":
      return `${node.operator === "not" ? "not " : "-"}${printExpression(node.operand)}`;
    case "binary":
      return `${printExpression(node.left)} ${node.operator} ${printExpression(node.right)}`;
    case "range": {
      const by = node.by === undefined ? "" : ` by ${printExpression(node.by)}`;
      return `${printExpression(node.from)}..${printExpression(node.to)}${by}`;
    }
    case "then":
      return `${printExpression(node.first)} then ${printExpression(node.second)}`;
    case "with": {
      const change = "kind" in node.change ? printExpression(node.change) : printBlock(node.change);
      return `${printExpression(node.base)} with ${change}`;
    }
    case "restrict":
      return `${printExpression(node.base)} where ${printExpression(node.condition)}`;
    case "except":
      return `${printExpression(node.base)} except ${printExpression(node.excluded)}`;
    case "missing":
      return "…";
    default:
      throw new RangeError(`no such expression: ${String(node satisfies never)}`);
  }
}

export function printStatement(node: Statement): string {
  switch (node.kind) {
    case "vary":
      return `vary ${printAxes(node.axes)}`;
    case "tune":
      return `tune ${printAxes(node.axes)} ${printBlock(node.body)}`;
    case "measure": {
      const loops = node.loops.length === 0 ? "" : ` for ${printAxes(node.loops)}`;
      return `measure ${node.name.text}${loops} = ${printExpression(node.value)}`;
    }
    case "where":
      return `where ${printExpression(node.condition)}`;
    case "assignment":
      return `${printPath(node.path)} = ${printExpression(node.value)}`;
    case "rule": {
      const except = node.except.length === 0 ? "" : ` except ${node.except.map(printExpression).join(", ")}`;
      return `${node.parts.map(printExpression).join(", ")}${except} <- ${printExpression(node.source)}`;
    }
    case "setting":
      return printSetting(node);
    default:
      throw new RangeError(`no such statement: ${String(node satisfies never)}`);
  }
}

export function printBlock(block: Block): string {
  return block.statements.length === 0 ? "{}" : `{ ${block.statements.map(printStatement).join("; ")} }`;
}

export function printPath(path: Path): string {
  return path.segments.map((segment) => segment.text).join(".");
}

export function printAxes(axes: readonly Axis[]): string {
  return axes.map(printAxis).join(", ");
}

function printAxis(axis: Axis): string {
  if (axis.kind === "axis") return `${printPath(axis.path)} in ${printExpression(axis.values)}`;
  const slots = axis.slots.map((slot) => slot.text).join(", ");
  return `(${slots}) as ${axis.name.text} in ${printExpression(axis.values)}`;
}

function printSetting(setting: Setting): string {
  const parts = [setting.name.text];
  if (setting.args.length > 0) parts.push(printArguments(setting.args));
  parts.push(...setting.clauses.map(printClause));
  if (setting.body !== undefined) parts.push(printBlock(setting.body));
  return parts.join(" ");
}

function printClause(clause: Clause): string {
  return `${clause.preposition} ${clause.values.map(printExpression).join(", ")}`;
}

export function printArguments(args: readonly Argument[]): string {
  return args
    .map(({ name, value }) => `${name === undefined ? "" : `${name.text}: `}${printExpression(value)}`)
    .join(", ");
}

function printNumber({ value, unit }: NumberLiteral): string {
  if (unit === undefined) return String(value);
  return unit.text === "%" ? `${value}%` : `${value} ${unit.text}`;
}

/** JSON's escapes but `\b` and `\f`, which xfer writes as `\u0008` and `\u000c`. */
function printString(value: string): string {
  const parts = value
    .split(/([\b\f])/)
    .map((part) => (part === "\b" ? "\\u0008" : part === "\f" ? "\\u000c" : JSON.stringify(part).slice(1, -1)));
  return `"${parts.join("")}"`;
}
