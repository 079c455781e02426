/** `xfer/plan`: the plan of a study as a Mermaid flowchart, with what runs and what is cached. */

import { RequestType } from "vscode-languageserver/node";
import { counted } from "../../compiler/counted.js";
import type { SlowChecker } from "../slow/types.js";
import type { Workspace } from "../workspace/workspace.js";

export interface PlanParams {
  readonly textDocument: { readonly uri: string };
}
export interface PlanPreview {
  readonly mermaid?: string;
  readonly summary: string;
  readonly experiments: readonly { readonly name: string; readonly cells: number; readonly cached: number }[];
}
export const PlanRequest = new RequestType<PlanParams, PlanPreview, void>("xfer/plan");

export async function planPreview(
  workspace: Workspace,
  slow: SlowChecker,
  path: string,
  signal: AbortSignal,
): Promise<PlanPreview> {
  const { texts } = workspace;
  const open = texts.paths.flatMap((each) => {
    const text = texts.opened(each);
    return text === undefined ? [] : [[each, text] as const];
  });
  const { root } = workspace.projects.of(path);
  const report = await slow.check({ path, root, texts: open, wish: "plan" }, signal);
  if (report === undefined) return { summary: "the plan was not made.", experiments: [] };
  const { experiments, mermaid, nodes, problem } = report;
  if (mermaid === undefined || nodes === undefined) {
    return { summary: problem ?? "the study has errors: mend them, then there is a plan.", experiments };
  }
  return { mermaid, summary: summaryOf(nodes), experiments };
}

function summaryOf({ all, missing }: { readonly all: number; readonly missing: number }): string {
  const what = missing === all ? "all to run" : missing === 0 ? "all cached" : `${missing} to run, the others cached`;
  return `${counted(all, "node")}, ${what}`;
}
