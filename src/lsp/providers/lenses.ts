/** Above the study and each experiment: run it, and how much of it is done already. */

import type { CodeLens, Command } from "vscode-languageserver/node";
import type { Span } from "../../../grammar/syntax.js";
import { counted } from "../../compiler/counted.js";
import { rangeOf } from "../diagnostics/convert.js";
import type { SlowReport } from "../slow/types.js";
import type { Analysis } from "../workspace/workspace.js";

/** Commands the client carries out: it has the terminal, and the person's consent. */
export const COMMANDS = { run: "xfer.run", plan: "xfer.plan" } as const;

/** `run · 24 cells · 14 cached`. */
export function codeLenses({ view, inspection }: Analysis, report: SlowReport | undefined): CodeLens[] {
  const { file, document } = view;
  const experiments = inspection?.experiments ?? [];
  const lens = (span: Span, command: Command): CodeLens => ({ range: rangeOf(document, span), command });
  return file.syntax.items.flatMap((item): readonly CodeLens[] => {
    if (item.kind === "study") {
      const cells = experiments.reduce((sum, each) => sum + each.cells.length, 0);
      const cached = report?.experiments.reduce((sum, each) => sum + each.cached, 0);
      const title = runTitle(cells, sameCells(report, cells) ? cached : undefined);
      if (cells === 0) return [];
      return [
        lens(item.name.span, { title, command: COMMANDS.run, arguments: [document.uri] }),
        lens(item.name.span, { title: "plan", command: COMMANDS.plan, arguments: [document.uri] }),
      ];
    }
    if (item.kind !== "declaration" || item.keyword !== "experiment") return [];
    const experiment = experiments.find(({ name }) => name === item.name.text);
    if (experiment === undefined || experiment.cells.length === 0) return [];
    const known = report?.experiments.find(({ name }) => name === experiment.name);
    const cached = known?.cells === experiment.cells.length ? known.cached : undefined;
    const title = runTitle(experiment.cells.length, cached);
    return [lens(item.name.span, { title, command: COMMANDS.run, arguments: [document.uri, experiment.name] })];
  });
}

/** What was counted when it was saved is of use only while it is of the same cells. */
function sameCells(report: SlowReport | undefined, cells: number): boolean {
  return report?.experiments.reduce((sum, each) => sum + each.cells, 0) === cells && report.experiments.length > 0;
}

function runTitle(cells: number, cached: number | undefined): string {
  return ["run", counted(cells, "cell"), ...(cached === undefined ? [] : [`${cached} cached`])].join(" · ");
}
