import type { Block } from "../../../grammar/syntax.js";
import { locate } from "../evaluate/environment.js";
import { diagnostic } from "../messages.js";
import type { LintRule } from "./index.js";

const LEAST: ReadonlyMap<string, number> = new Map([
  ["ci95", 3],
  ["sd", 2],
  ["sem", 2],
]);

/** A spread over one repeat is none, and an interval over two is wider than any difference. Bands as written only. */
export const fewRepeats: LintRule = {
  name: "few-repeats",
  check({ context, header, root }) {
    const repeats = header?.repeats ?? 1;
    for (const { declaration } of root.own.values()) {
      for (const { band, span } of declaration.keyword === "figure" ? bandsIn(declaration.body) : []) {
        const least = LEAST.get(band) ?? 0;
        if (repeats < least) {
          const counted = `${repeats} repeat${repeats === 1 ? "" : "s"}`;
          const location = locate({ scope: root, locals: undefined }, span);
          context.sink.report(diagnostic("few-repeats", { band, repeats: counted, least }, location));
        }
      }
    }
  },
};

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
