/** Statements that are missing, written with what the study has: one fix each, or one for all that belong together. */

import type { Block, Declaration } from "../../../grammar/syntax.js";
import { settingIn } from "../../catalog/settings/index.js";
import type { Diagnostic, Fix, TextEdit } from "../../compiler/diagnostics.js";
import { experimentsOf } from "../names/experiments.js";
import { experimentNames } from "../names/symbols.js";
import type { View } from "../workspace/workspace.js";
import { withoutPlaces } from "./completion/plain.js";

export function missingStatements(view: View, { name, location }: Diagnostic): readonly Fix[] {
  const { file } = view;
  const declaration = file.syntax.items.find(
    (item): item is Declaration =>
      item.kind === "declaration" && item.span.start <= location.span.start && item.span.end >= location.span.end,
  );
  const body = declaration?.body;
  if (location.path !== file.path || declaration === undefined || body === undefined) return [];
  return choices(view, name, declaration, body).map((statements) => ({
    title: `add ${statements.map((each) => `\`${each}\``).join(", ")}`,
    edits: [insertion(view, body, statements)],
    safe: false,
  }));
}

/** Each choice is the statements of one fix. */
function choices(view: View, name: string, declaration: Declaration, body: Block): readonly (readonly string[])[] {
  switch (name) {
    case "recipe-incomplete": {
      const missing = ["optimizer", "batch", "for"].filter((each) => !has(body, each));
      return some(missing.map((each) => withoutPlaces(settingIn("recipe", each)?.snippet ?? each)));
    }
    case "slots-missing":
      return some(
        SLOTS.filter(([slot]) => !fills(body, slot)).flatMap(([slot, kind, otherwise]) =>
          slotLine(view, slot, kind, otherwise),
        ),
      );
    case "no-source":
      return named(view, "source").map((source) => [`source ${source}`]);
    case "table-without-cell": {
      const tables = experimentsOf(declaration.from, view.scope, view.scopes);
      return tables
        .flatMap((table) => [...experimentNames(table).measures.keys()])
        .map((measure) => [`cell ${measure}`]);
    }
    default:
      return [];
  }
}

const SLOTS = [
  ["model", "model", undefined],
  ["target", "dataset", undefined],
  ["init", "init", "random"],
  ["train", "recipe", undefined],
] as const;

function slotLine(view: View, slot: string, kind: string, otherwise: string | undefined): readonly string[] {
  const value = named(view, kind)[0] ?? otherwise;
  return value === undefined ? [] : [`${slot} ${value}`];
}

function some(statements: readonly string[]): readonly (readonly string[])[] {
  return statements.length === 0 ? [] : [statements];
}

function named({ scope }: View, kind: string): readonly string[] {
  return [...scope.names.values()].flatMap((each) =>
    each.kind === kind && "declaration" in each && each.declaration.parameters.length === 0 ? [each.name] : [],
  );
}

function has({ statements }: Block, name: string): boolean {
  return statements.some((each) => each.kind === "setting" && each.name.text === name);
}

function fills(body: Block, slot: string): boolean {
  const varied = body.statements.some(
    (each) =>
      each.kind === "vary" &&
      each.axes.some((axis) =>
        axis.kind === "axis"
          ? axis.path.segments[0]?.text === slot
          : axis.name.text === slot || axis.slots.some(({ text }) => text === slot),
      ),
  );
  return varied || has(body, slot);
}

/** Behind the last statement, laid out as the block is. */
function insertion({ file }: View, { span, statements }: Block, added: readonly string[]): TextEdit {
  const { text, path } = file;
  const last = statements.at(-1);
  const at = last?.span.end ?? span.start + 1;
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const inner = text.slice(span.start, span.end);
  const written = inner.includes("\n")
    ? added.map((each) => `${end}${indentOf(text, last?.span.start)}${each}`).join("")
    : last === undefined
      ? ` ${added.join("; ")}${/^\{\s/.test(inner) ? "" : " "}`
      : added.map((each) => `; ${each}`).join("");
  return { location: { path, span: { start: at, end: at } }, text: written };
}

function indentOf(text: string, start: number | undefined): string {
  if (start === undefined) return "  ";
  const line = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  return /^[ \t]*/.exec(line)?.[0] ?? "  ";
}
