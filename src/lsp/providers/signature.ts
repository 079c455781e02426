/** The parameters of the call the cursor is in. */

import { MarkupKind, type SignatureHelp } from "vscode-languageserver/node";
import type { FunctionEntry } from "../../catalog/functions/index.js";
import { settingIn } from "../../catalog/settings/index.js";
import type { CatalogKind } from "../../catalog/types.js";
import { type CursorContext, callAt, contextAt, headWords } from "../cursor/context.js";
import { blockAround } from "../cursor/typed-block.js";
import { callableOf } from "../docs/callables.js";
import { parameterDoc, parameterLabel } from "../docs/markdown.js";
import type { Place } from "./place.js";

export function signatureHelp({ view, offset }: Place): SignatureHelp | undefined {
  const context = contextAt(view.file.text, offset);
  const call = context.inComment ? undefined : callAt(context);
  if (call === undefined || call.bracket !== "(") return undefined;
  const callable = callableOf(view, call.callee, settingKindAt(context), givesAt(context));
  if (callable === undefined || callable.parameters.length === 0) return undefined;
  const { parameters } = callable;
  const positional = parameters.filter((each) => each.positional);
  const active =
    call.argument === undefined
      ? indexOf(parameters, positional[call.unnamed])
      : parameters.findIndex(({ name }) => name === call.argument);
  let label = `${callable.id}(`;
  const labels = parameters.map((parameter, index): [number, number] => {
    label += index === 0 ? "" : ", ";
    const start = label.length;
    label += parameterLabel(parameter);
    return [start, label.length];
  });
  return {
    signatures: [
      {
        label: `${label})`,
        documentation: { kind: MarkupKind.Markdown, value: callable.doc },
        parameters: parameters.map((parameter, index) => ({
          label: labels[index] ?? [0, 0],
          documentation: { kind: MarkupKind.Markdown, value: parameterDoc(parameter) },
        })),
      },
    ],
    activeSignature: 0,
    ...(active < 0 ? {} : { activeParameter: active }),
  };
}

/** The kind of entry the statement around the cursor takes: `augment` takes augmentations. */
export function settingKindAt(context: CursorContext): CatalogKind | undefined {
  const outer = context.frames.findLast(
    (frame, index) => frame.bracket !== "{" && context.frames[index - 1]?.bracket !== "(",
  );
  const [name] = headWords(outer?.head ?? context.tokens);
  const block = blockAround(context);
  const value = name === undefined || block.kind === undefined ? undefined : settingIn(block.kind, name)?.value;
  return value?.kind === "entry" ? value.of : undefined;
}

/** In `vary n in log(|` and `tune finetune.lr in log(|` a function has points. */
export function givesAt(context: CursorContext): FunctionEntry["gives"] {
  const outer = context.frames.findLast(
    (frame, at) => frame.bracket !== "{" && context.frames[at - 1]?.bracket === "{",
  );
  const [name] = headWords(outer?.head ?? context.tokens);
  return name === "vary" || name === "tune" ? "points" : "numbers";
}

function indexOf<T>(all: readonly T[], wanted: T | undefined): number {
  return wanted === undefined ? -1 : all.indexOf(wanted);
}
