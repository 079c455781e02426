import type { Block } from "../../../grammar/syntax.js";
import { counted } from "../counted.js";
import { locate } from "../evaluate/environment.js";
import { diagnostic } from "../messages.js";
import type { FigureSpec } from "../outputs/types.js";
import type { LintRule } from "./rule.js";

const LEAST: ReadonlyMap<string, number> = new Map([
  ["ci95", 3],
  ["sd", 2],
  ["sem", 2],
]);

/** A spread over one repeat is none, and an interval over two is wider than any difference. Bands as written only. */
export const fewRepeats: LintRule = {
  name: "few-repeats",
  why: "A standard deviation of one number is not defined, and Student's interval over two reaches some thirteen standard errors to either side. The rule looks at bands of figures that are not over folds.",
  references: [
    "Student (1908). The probable error of a mean. Biometrika 6.",
    "Cumming, Fidler, Vaux (2007). Error bars in experimental biology. Journal of Cell Biology 177.",
  ],
  check({ context, header, root, experiments, outputs }) {
    const repeats = header?.repeats ?? 1;
    const folded = new Set(experiments.filter(({ folds }) => folds !== undefined).map(({ name }) => name));
    const figures = new Map(outputs.figures.map((figure) => [figure.name, figure]));
    for (const { declaration, name } of root.own.values()) {
      if (declaration.keyword !== "figure" || overFolds(figures.get(name), folded)) {
        continue;
      }
      for (const { band, span } of bandsIn(declaration.body)) {
        const least = LEAST.get(band) ?? 0;
        if (repeats < least) {
          const location = locate({ scope: root, locals: undefined }, span);
          context.sink.report(
            diagnostic("few-repeats", { band, repeats: counted(repeats, "repeat"), least }, location),
          );
        }
      }
    }
  },
};

/** Folds are replicates too; a derive is as good as what it is made of. */
function overFolds(figure: FigureSpec | undefined, folded: ReadonlySet<string>): boolean {
  const tables = figure?.layers.flatMap(({ from }) => from) ?? [];
  return tables.some(({ kind, table }) => folded.has(table) || (kind === "derive" && folded.size > 0));
}

function bandsIn(body: Block | undefined): readonly { readonly band: string; readonly span: Block["span"] }[] {
  return (body?.statements ?? []).flatMap((statement) => {
    if (statement.kind !== "setting") {
      return [];
    }
    const [first] = statement.args;
    const own =
      statement.name.text === "band" && first?.value.kind === "name"
        ? [{ band: first.value.text, span: first.value.span }]
        : [];
    return [...own, ...bandsIn(statement.body)];
  });
}
