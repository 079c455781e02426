/** What the text says where a profile may say otherwise: `finetune.for`, `finetune.lr`, `depth.n`, `repeats`. */

import type { Declaration, Expression, Setting, Span, Statement } from "../../../grammar/syntax.js";
import type { LoadedFile } from "../load.js";
import type { SettablePath } from "./paths.js";

/** Absent where it stands elsewhere (in a recipe this one is made of, in a default) or is more than one value. */
export function writtenAt({ symbol, name }: SettablePath, root: LoadedFile): string | undefined {
  if (symbol === undefined) {
    const study = root.syntax.items.find((item) => item.kind === "study");
    return textOf(study && settingValue(study.body.statements, name), root);
  }
  const { declaration, file } = symbol;
  if (name === "") {
    return textOf(declaration.value, file);
  }
  const statements = ownStatements(declaration);
  const value = axisValues(statements, name) ?? settingValue(statements, name) ?? optimizerArgument(statements, name);
  return textOf(value, file);
}

/** What tells two spellings of one value apart is left out: blanks, and `_` in numbers. */
export function plainText({ start, end }: Span, file: LoadedFile): string {
  return file.text.slice(start, end).replaceAll(/[\s_]+/g, "");
}

function textOf(value: Expression | undefined, file: LoadedFile): string | undefined {
  return value && plainText(value.span, file);
}

/** Of a body, or of what `with { … }` changes. */
function ownStatements({ body, value }: Declaration): readonly Statement[] {
  if (body !== undefined) {
    return body.statements;
  }
  return value?.kind === "with" && "statements" in value.change ? value.change.statements : [];
}

function axisValues(statements: readonly Statement[], name: string): Expression | undefined {
  const axes = statements.flatMap((each) => (each.kind === "vary" || each.kind === "tune" ? each.axes : []));
  const isNamed = axes.find((axis) =>
    axis.kind === "axis" ? axis.path.segments.map(({ text }) => text).join(".") === name : axis.name.text === name,
  );
  return isNamed?.values;
}

function settingNamed(statements: readonly Statement[], name: string): Setting | undefined {
  return statements.find((each): each is Setting => each.kind === "setting" && each.name.text === name);
}

function settingValue(statements: readonly Statement[], name: string): Expression | undefined {
  const setting = settingNamed(statements, name);
  const [first, second] = setting?.args ?? [];
  return second === undefined && setting?.clauses.length === 0 && first?.name === undefined ? first?.value : undefined;
}

function optimizerArgument(statements: readonly Statement[], name: string): Expression | undefined {
  const call = settingNamed(statements, "optimizer")?.args[0]?.value;
  return call?.kind === "call" ? call.args.find((each) => each.name?.text === name)?.value : undefined;
}
