/** The check of derive, table and figure. */

import { Derives } from "./derives.js";
import { checkFigure } from "./figures.js";
import type { CheckOutputs } from "./signature.js";
import { checkTable } from "./tables.js";

export const checkOutputs: CheckOutputs = (declarations, tables, context) => {
  const derives = new Derives(declarations, tables, context);
  const columns = derives.columns();
  const of = (keyword: "table" | "figure") => declarations.filter((each) => each.declaration.keyword === keyword);
  return {
    derives: columns,
    tables: of("table").flatMap((declared) => checkTable(derives.names, declared) ?? []),
    figures: of("figure").flatMap((declared) => checkFigure(derives.names, declared) ?? []),
  };
};
