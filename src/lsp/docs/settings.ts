/** Settings at a place: which catalogue kind one takes, and what it comes to. */

import type { Setting } from "../../../grammar/syntax.js";
import { settingIn } from "../../catalog/settings/index.js";
import type { CatalogKind } from "../../catalog/types.js";
import type { RecipeSpec } from "../../compiler/study.js";
import { blockKind, declarationOf } from "../cursor/blocks.js";
import type { AnyNode } from "../cursor/nodes.js";
import type { Analysis } from "../workspace/workspace.js";
import { choiceText, declaredValue, recipeSpec } from "./values.js";

/** The kind of entry the innermost setting around a place takes. */
export function settingKind(path: readonly AnyNode[]): CatalogKind | undefined {
  const at = path.findLastIndex((node) => node.kind === "setting");
  const setting = path[at] as Setting | undefined;
  const block = blockKind(path.slice(0, at));
  const value = setting && block && settingIn(block, setting.name.text)?.value;
  return value?.kind === "entry" ? value.of : undefined;
}

/** With defaults filled in; empty where it is what is written. */
export function settingValueText(path: readonly AnyNode[], name: string, analysis: Analysis | undefined): string {
  const declaration = declarationOf(path);
  if (analysis === undefined || declaration?.keyword !== "recipe") return "";
  const symbol = analysis.view.scope.own.get(declaration.name.text);
  const value = symbol && declaredValue(analysis, symbol);
  if (value?.kind !== "recipe") return "";
  const [stage] = value.stages;
  const spec = stage && recipeSpec(analysis, stage);
  const text = spec && settingOf(spec, name);
  return text === undefined ? "" : `= \`${text}\``;
}

function settingOf(spec: RecipeSpec, name: string): string | undefined {
  switch (name) {
    case "optimizer":
      return choiceText(spec.optimizer);
    case "schedule":
      return spec.schedule.map(choiceText).join(" then ") || "constant";
    case "augment":
      return spec.augment.map(choiceText).join(", ") || "none";
    case "batch":
      return `${spec.batch} images`;
    case "for":
      return `${spec.duration.value} ${spec.duration.unit}`;
    default:
      return undefined;
  }
}
