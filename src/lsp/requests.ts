/** Which provider answers which request; a line a request. */

import { join } from "node:path";
import { LSPErrorCodes, type Range, ResponseError } from "vscode-languageserver/node";
import { codeActions } from "./providers/actions.js";
import { completion } from "./providers/completion/index.js";
import { plainItems } from "./providers/completion/plain.js";
import { definition } from "./providers/definition.js";
import { foldingRanges } from "./providers/folding.js";
import { formatting } from "./providers/formatting.js";
import { hover } from "./providers/hover.js";
import { inlayHints } from "./providers/inlay-hints.js";
import { codeLenses } from "./providers/lenses.js";
import { documentLinks } from "./providers/links.js";
import { PlanRequest, planPreview } from "./providers/plan-preview.js";
import { highlights, references } from "./providers/references.js";
import { prepareRename, rename } from "./providers/rename.js";
import { selectionRange } from "./providers/selection.js";
import { semanticTokens } from "./providers/semantic-tokens.js";
import { signatureHelp } from "./providers/signature.js";
import { documentSymbols, workspaceSymbols } from "./providers/symbols.js";
import { Questions, type QuestionsOptions } from "./questions.js";
import type { SlowChecker } from "./slow/types.js";
import { studyFiles } from "./workspace/files.js";
import type { View } from "./workspace/workspace.js";

export interface Wiring extends QuestionsOptions {
  readonly slow: SlowChecker | undefined;
  readonly cwd: string;
  readonly snippets: () => "snippets" | "plain";
}

export function answerRequests(wiring: Wiring): void {
  const { connection, workspace, feed, slow, cwd, pathOf, snippets } = wiring;
  const ask = new Questions(wiring);
  const { languages } = connection;

  connection.onHover(ask.atPlace("hover", async (place) => (await hover(place)) ?? null, null));
  connection.onCompletion(
    ask.atPlace("completion", async (place) => plainItems(await completion(place), snippets()), null),
  );
  connection.onSignatureHelp(ask.atPlace("signature", (place) => signatureHelp(place) ?? null, null));
  connection.onDefinition(ask.atPlace("definition", (place) => definition(place), null));
  connection.onReferences(
    ask.atPlace(
      "references",
      (place, { context }) => references(place, context.includeDeclaration ? "with" : "without"),
      null,
    ),
  );
  connection.onDocumentHighlight(ask.atPlace("highlight", (place) => highlights(place), null));
  connection.onPrepareRename(ask.atPlace("prepareRename", (place) => prepareRename(place), null));
  connection.onRenameRequest(ask.atPlace("rename", (place, { newName }) => rename(place, newName), null));
  connection.onDocumentSymbol(ask.ofFile("symbols", (view) => documentSymbols(view), null));
  connection.onWorkspaceSymbol(
    ask.guarded(
      "workspaceSymbols",
      async ({ query }) => {
        const near = workspace.texts.paths[0] ?? join(workspace.projects.folders[0] ?? cwd, "none.xfer");
        const views = await Promise.all((await studyFiles(workspace, near)).map((path) => workspace.view(path)));
        return workspaceSymbols(
          views.filter((view) => view !== undefined),
          query,
        );
      },
      null,
    ),
  );
  languages.semanticTokens.on(ask.ofFile("semanticTokens", (view) => semanticTokens(view), { data: [] }));
  languages.semanticTokens.onRange(
    ask.ofFile("semanticTokens", (view, { range }) => semanticTokens(view, spanOf(view, range)), { data: [] }),
  );
  connection.onFoldingRanges(ask.ofFile("folding", (view) => foldingRanges(view), null));
  connection.onSelectionRanges(
    ask.ofFile("selection", (view, { positions }) => positions.map((each) => selectionRange(view, each)), null),
  );
  connection.onDocumentLinks(ask.ofFile("links", (view) => documentLinks(workspace, view), null));
  connection.onDocumentFormatting(ask.ofFile("formatting", (view) => formatting(view), null));
  connection.onDocumentRangeFormatting(ask.ofFile("formatting", (view, { range }) => formatting(view, range), null));
  connection.onCodeAction(
    ask.ofFile(
      "codeAction",
      async (view, { range, context }) => {
        const said = await feed.saidOf(view.path);
        const documentOf = (shown: string) => workspace.documentOf(view, shown);
        return codeActions(view, said, spanOf(view, range), documentOf, context.only);
      },
      null,
    ),
  );
  languages.inlayHint.on(
    ask.whenStill("inlayHint", (analysis, { range }) => inlayHints(analysis, spanOf(analysis.view, range)), null),
  );
  connection.onCodeLens(
    ask.whenStill("codeLens", (analysis) => codeLenses(analysis, workspace.reports.get(analysis.view.path)), null),
  );
  connection.onRequest(PlanRequest, async ({ textDocument }, token) => {
    if (slow === undefined) throw new ResponseError(LSPErrorCodes.RequestFailed, "plans are not made here.");
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    return await planPreview(workspace, slow, pathOf(textDocument.uri), stop.signal);
  });
}

function spanOf(view: View, { start, end }: Range) {
  return { start: view.document.offsetAt(start), end: view.document.offsetAt(end) };
}
