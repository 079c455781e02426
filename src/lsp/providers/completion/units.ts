import type { CompletionItem } from "vscode-languageserver/node";
import { settingIn } from "../../../catalog/settings/index.js";
import type { UnitKind } from "../../../catalog/types.js";
import { type CursorContext, callAt, headWords } from "../../cursor/context.js";
import { blockAround } from "../../cursor/typed-block.js";
import { UNIT_DOCS } from "../../docs/words.js";
import { wordItem } from "./items.js";

/** Behind a number: the units it can have there; all of them where that cannot be told. */
export function unitItems(context: CursorContext): readonly CompletionItem[] {
  const { kind } = blockAround(context);
  const [name = ""] = headWords(context.tokens);
  const value = kind === undefined || callAt(context) !== undefined ? undefined : settingIn(kind, name)?.value;
  const units = value?.kind === "schema" ? unitsOf(value.schema.unit) : Object.keys(UNIT_DOCS);
  return units.map((unit) => wordItem(unit, "unit", UNIT_DOCS[unit]));
}

function unitsOf(unit: UnitKind | undefined): readonly string[] {
  switch (unit) {
    case "duration":
      return ["epochs", "steps", "images", "checks"];
    case "px":
    case "images":
      return [unit];
    case "fraction":
    case "count":
    case "none":
    case undefined:
      return [];
    default:
      return unit satisfies never;
  }
}
