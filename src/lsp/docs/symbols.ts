/** What is said of a declared name. */

import type { DeclaredSymbol } from "../../compiler/bind/scope.js";
import { counted } from "../../compiler/counted.js";
import type { AxisPoint, Experiment } from "../../compiler/study.js";
import type { NamedSymbol } from "../names/symbols.js";
import type { SlowReport } from "../slow/types.js";
import type { Analysis } from "../workspace/workspace.js";
import { commentOf, headOf } from "./comments.js";
import { coverage, coverageText, ruleKey } from "./coverage.js";
import { fenced } from "./markdown.js";
import { declaredValue, quietContext, valueLines } from "./values.js";
import { TYPE_DOCS, WORDS } from "./words.js";

export function symbolDoc(
  symbol: NamedSymbol,
  analysis: Analysis | undefined,
  report: SlowReport | undefined,
): readonly string[] {
  const { declared, kind, name } = symbol;
  switch (kind) {
    case "namespace":
      return [fenced(`import … as ${name}`)];
    case "axis":
      return [`**\`${name}\`** *axis of ${declared?.name ?? ""}*`, WORDS[name] ?? "", axisText(analysis, symbol)];
    case "measure":
      return [
        `**\`${name}\`** *measure of ${declared?.name ?? ""}*`,
        ...measureLines(analysis, symbol),
        ...comment(symbol),
      ];
    case "parameter":
      return [`**\`${name}\`** *parameter of ${declared?.name ?? ""}*`, parameterText(symbol)];
    case "label":
      return [`**\`${name}\`** *label of a point in ${declared?.name ?? ""}*`];
    default:
      return declared === undefined ? [] : declaredLines(declared, analysis, report);
  }
}

function declaredLines(
  symbol: DeclaredSymbol,
  analysis: Analysis | undefined,
  report: SlowReport | undefined,
): readonly string[] {
  const head = [fenced(headOf(symbol)), commentOf(symbol.file, symbol.declaration.span)];
  if (analysis === undefined) return head;
  if (symbol.kind === "experiment") return [...head, ...experimentLines(analysis, symbol, report)];
  const value = declaredValue(analysis, symbol);
  const lines = value === undefined ? [] : valueLines(analysis, value, report);
  const covered = symbol.kind === "init" ? coverageLines(analysis, symbol) : [];
  return [...head, list(covered.length > 0 ? covered : lines), `*${symbol.file.path}*`];
}

function list(lines: readonly string[]): string {
  return lines.length < 2 ? lines.join("") : lines.map((line) => `- ${line}`).join("\n");
}

function coverageLines(analysis: Analysis, { declaration, file }: DeclaredSymbol): readonly string[] {
  const all = coverage(analysis);
  return (declaration.body?.statements ?? []).flatMap((statement) => {
    const found = statement.kind === "rule" ? all.get(ruleKey(file.path, statement.span.start)) : undefined;
    if (found === undefined) return [];
    const text = file.text.slice(statement.span.start, statement.span.end).replace(/\s+/g, " ");
    return [`\`${text}\`: ${coverageText(found)} tensors`];
  });
}

function experimentOf(analysis: Analysis | undefined, name: string | undefined): Experiment | undefined {
  return analysis?.inspection?.experiments.find((each) => each.name === name);
}

function experimentLines(
  analysis: Analysis,
  symbol: DeclaredSymbol,
  report: SlowReport | undefined,
): readonly string[] {
  const experiment = experimentOf(analysis, symbol.name) ?? quietContext(analysis)?.experiment(symbol)?.experiment;
  if (experiment === undefined) return [];
  const known = report?.experiments.find((each) => each.name === symbol.name && each.cells === experiment.cells.length);
  const cached = known === undefined ? "" : ` · ${known.cached} cached, ${known.cells - known.cached} new`;
  return [
    `${counted(experiment.cells.length, "cell")}${cached}`,
    list(experiment.axes.map((axis) => `\`${axis.name}\`: ${pointsText(axis.points)}`)),
    list(
      experiment.measures.map(
        ({ name, metric, estimator }) => `\`${name}\`: ${metric}${estimator === "" ? "" : `, ${estimator}`}`,
      ),
    ),
  ];
}

const MOST_POINTS = 12;

function pointsText(points: readonly AxisPoint[]): string {
  const shown = points.slice(0, MOST_POINTS).map(({ label }) => label);
  return `${counted(points.length, "point")}: ${shown.join(", ")}${points.length > MOST_POINTS ? ", …" : ""}`;
}

function axisText(analysis: Analysis | undefined, { declared, name }: NamedSymbol): string {
  const axis = experimentOf(analysis, declared?.name)?.axes.find((each) => each.name === name);
  return axis === undefined ? "" : pointsText(axis.points);
}

function measureLines(analysis: Analysis | undefined, { declared, name }: NamedSymbol): readonly string[] {
  const measure = experimentOf(analysis, declared?.name)?.measures.find((each) => each.name === name);
  if (measure === undefined) return [];
  const { probe, metric, estimator, inner } = measure;
  const adds = inner.length === 0 ? "" : `; adds ${inner.map((axis) => `\`${axis.name}\``).join(", ")}`;
  return [`\`${probe}\`: ${metric}${estimator === "" ? "" : `, ${estimator}`}${adds}`];
}

function comment({ declared, span }: NamedSymbol): readonly string[] {
  return declared === undefined ? [] : [commentOf(declared.file, span)];
}

function parameterText({ declared, name }: NamedSymbol): string {
  const type = declared?.declaration.parameters.find((each) => each.name.text === name)?.type;
  if (declared === undefined || type === undefined) return "";
  const text = declared.file.text.slice(type.span.start, type.span.end);
  return TYPE_DOCS[text] ?? text;
}
