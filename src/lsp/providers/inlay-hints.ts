/** What the text leaves unsaid: units, how many points an axis has, how many tensors a rule takes, how many cells there are. */

import { type InlayHint, InlayHintKind } from "vscode-languageserver/node";
import type { Argument, Call, Expression, Setting, Span, Statement } from "../../../grammar/syntax.js";
import { settingIn } from "../../catalog/settings/index.js";
import type { UnitKind } from "../../catalog/types.js";
import { counted } from "../../compiler/counted.js";
import { ofDeclaration } from "../cursor/blocks.js";
import { type AnyNode, childrenOf } from "../cursor/nodes.js";
import { callableOf } from "../docs/callables.js";
import { coverage, coverageText, ruleKey } from "../docs/coverage.js";
import type { Analysis, View } from "../workspace/workspace.js";
import { axisName } from "./symbols.js";

interface Hint {
  readonly offset: number;
  readonly label: string;
  readonly kind: InlayHintKind;
  readonly tooltip?: string;
}

export function inlayHints(analysis: Analysis, wanted: Span): InlayHint[] {
  const { view } = analysis;
  const hints = [...countHints(analysis), ...unitHints(view)];
  return hints
    .filter(({ offset }) => offset >= wanted.start && offset <= wanted.end)
    .map(({ offset, label, kind, tooltip }) => ({
      position: view.document.positionAt(offset),
      ...{ label, kind, paddingLeft: true },
      ...(tooltip === undefined ? {} : { tooltip }),
    }));
}

function countHints(analysis: Analysis): readonly Hint[] {
  const { view } = analysis;
  const covered = coverage(analysis);
  return view.file.syntax.items.flatMap((item): readonly Hint[] => {
    if (item.kind !== "declaration") return [];
    const statements = item.body?.statements ?? [];
    if (item.keyword === "init") return statements.flatMap((each) => ruleHint(view, covered, each));
    if (item.keyword !== "experiment") return [];
    const experiment = analysis.inspection?.experiments.find(({ name }) => name === item.name.text);
    if (experiment === undefined) return [];
    const axes = statements.flatMap((statement) => (statement.kind === "vary" ? statement.axes : []));
    return [
      ...cellHint(item.name.span.end, experiment.cells.length),
      ...axes.flatMap((axis): readonly Hint[] => {
        const points = experiment.axes.find(({ name }) => name === axisName(axis).text)?.points;
        const label = points && counted(points.length, "point");
        const tooltip = points?.map((point) => point.label).join(", ");
        return label === undefined || tooltip === undefined
          ? []
          : [{ offset: axis.span.end, label, kind: InlayHintKind.Type, tooltip }];
      }),
    ];
  });
}

/** None where the experiment has a mistake: that nothing would run is not what it means. */
function cellHint(offset: number, cells: number): readonly Hint[] {
  return cells === 0 ? [] : [{ offset, label: counted(cells, "cell"), kind: InlayHintKind.Type }];
}

function ruleHint(view: View, covered: ReturnType<typeof coverage>, statement: Statement): readonly Hint[] {
  const found = statement.kind === "rule" ? covered.get(ruleKey(view.file.path, statement.span.start)) : undefined;
  if (found === undefined) return [];
  const tooltip = found.map(({ model, to, all }) => `${model}: at most ${to} of ${all} tensors`).join("\n");
  return [{ offset: statement.span.end, label: `${coverageText(found)} tensors`, kind: InlayHintKind.Type, tooltip }];
}

/** Numbers written without the unit they have. */
function unitHints(view: View): readonly Hint[] {
  const hints: Hint[] = [];
  const add = (value: Expression, unit: UnitKind | undefined): void => {
    const label = value.kind === "number" && value.unit === undefined ? unitLabel(unit) : undefined;
    if (label !== undefined) hints.push({ offset: value.span.end, label, kind: InlayHintKind.Type });
  };
  for (const item of view.file.syntax.items) {
    const block = item.kind === "import" ? undefined : ofDeclaration(item.kind === "study" ? "study" : item.keyword);
    const open: AnyNode[] = [item];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.kind === "setting" && block !== undefined) settingUnits(node as Setting, block, add);
      if (node.kind === "call") callUnits(view, node as Call, add);
      open.push(...childrenOf(node));
    }
  }
  return hints;
}

type Add = (value: Expression, unit: UnitKind | undefined) => void;

function settingUnits({ name, args }: Setting, block: Parameters<typeof settingIn>[0], add: Add): void {
  const value = settingIn(block, name.text)?.value;
  const [first] = args;
  if (value?.kind === "schema" && first !== undefined) add(first.value, value.schema.unit);
}

function callUnits(view: View, { callee, args }: Call, add: Add): void {
  const callable = callee.kind === "name" ? callableOf(view, [callee.text]) : undefined;
  const positional = callable?.parameters.filter((each) => each.positional) ?? [];
  let position = 0;
  for (const { name, value } of args satisfies readonly Argument[]) {
    const parameter =
      name === undefined ? positional[position++] : callable?.parameters.find((each) => each.name === name.text);
    add(value, parameter?.schema?.unit);
  }
}

function unitLabel(unit: UnitKind | undefined): string | undefined {
  switch (unit) {
    case "px":
    case "images":
      return unit;
    case "duration":
    case "fraction":
    case "count":
    case "none":
    case undefined:
      return undefined;
    default:
      return unit satisfies never;
  }
}
