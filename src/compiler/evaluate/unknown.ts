/** What to write where a name stands that nothing declares, told from where it stands. */

import type { Expression, Statement } from "../../../grammar/syntax.js";
import type { DiagnosticExtras } from "../messages.js";
import type { Environment } from "./environment.js";
import type { WordValue } from "./values.js";

/** What `xfer:bundled` declares: a study that forgot to import it names these. */
const BUNDLED_NAMES: ReadonlySet<string> = new Set([
  ...["fashion", "digits", "digits_few", "brain"],
  ...["resnet_s", "vit_s"],
]);

export function unimportedBundled({ scope: { file } }: Environment, name: string): DiagnosticExtras | undefined {
  if (
    !BUNDLED_NAMES.has(name) ||
    file.syntax.items.some((each) => each.kind === "import" && isBundled(each.from.value))
  ) {
    return undefined;
  }
  const place = file.syntax.items.find((item) => item.kind !== "study")?.span.start ?? 0;
  const edits = [
    { location: { path: file.path, span: { start: place, end: place } }, text: 'import "xfer:bundled"\n' },
  ];
  return {
    note: "`xfer:bundled` declares it, and is not imported.",
    fixes: [{ title: 'add `import "xfer:bundled"`', edits, safe: false }],
  };
}

function isBundled(path: string): boolean {
  return path === "xfer:bundled";
}

/** `main.init = [WT]` in a profile: labels are of the points that are replaced. */
export function replacedLabel(here: Environment, { text, span }: WordValue): DiagnosticExtras | undefined {
  const { file, names } = here.scope;
  const statements = file.syntax.items.flatMap((item) =>
    item.kind === "declaration" && item.keyword === "profile" ? (item.body?.statements ?? []) : [],
  );
  const line = statements.find(
    (each) => each.kind === "assignment" && each.value.span.start <= span.start && span.end <= each.value.span.end,
  );
  if (line?.kind !== "assignment") {
    return undefined;
  }
  const [experiment = "", ...axis] = line.path.segments.map((segment) => segment.text);
  const bound = names.get(experiment);
  if (bound === undefined || bound.kind === "namespace") {
    return undefined;
  }
  const values = valuesOf(bound.declaration.body?.statements ?? [], axis.join("."));
  const point = values?.kind === "list" ? values.items.find((each) => each.name?.text === text) : undefined;
  if (point === undefined) {
    return undefined;
  }
  const { start, end } = point.value.span;
  return {
    note: `\`${text}\` labels a point of the axis; a profile gives the points anew, with their labels.`,
    hint: `write \`${text}: ${bound.file.text.slice(start, end)}\`.`,
  };
}

function valuesOf(statements: readonly Statement[], axis: string): Expression | undefined {
  const axes = statements.flatMap((each) => (each.kind === "vary" ? each.axes : []));
  return axes.find((each) =>
    each.kind === "axis" ? each.path.segments.map(({ text }) => text).join(".") === axis : each.name.text === axis,
  )?.values;
}
