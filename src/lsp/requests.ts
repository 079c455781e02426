/** One line a request: a question to a provider, guarded so that a mistake of ours costs one answer. */

import { join } from "node:path";
import {
  type CancellationToken,
  type Connection,
  LSPErrorCodes,
  type Position,
  type Range,
  ResponseError,
} from "vscode-languageserver/node";
import type { Feed } from "./diagnostics/feed.js";
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
import type { Place } from "./providers/place.js";
import { PlanRequest, planPreview } from "./providers/plan-preview.js";
import { highlights, references } from "./providers/references.js";
import { prepareRename, rename } from "./providers/rename.js";
import { selectionRange } from "./providers/selection.js";
import { semanticTokens } from "./providers/semantic-tokens.js";
import { signatureHelp } from "./providers/signature.js";
import { documentSymbols, workspaceSymbols } from "./providers/symbols.js";
import type { SlowChecker } from "./slow/types.js";
import { studyFiles } from "./workspace/files.js";
import type { Analysis, View, Workspace } from "./workspace/workspace.js";

export interface Wiring {
  readonly connection: Connection;
  readonly workspace: Workspace;
  readonly feed: Feed;
  readonly slow: SlowChecker | undefined;
  readonly cwd: string;
  readonly pathOf: (uri: string) => string;
  readonly snippets: () => "snippets" | "plain";
}

interface AtPosition {
  readonly textDocument: { readonly uri: string };
  readonly position: Position;
}

export function answerRequests({ connection, workspace, feed, slow, cwd, pathOf, snippets }: Wiring): void {
  /** Mistakes of ours are logged, and cost one answer. */
  const guarded = <P, R>(name: string, answer: (params: P, token: CancellationToken) => Promise<R>, otherwise: R) => {
    return async (params: P, token: CancellationToken): Promise<R> => {
      if (token.isCancellationRequested) return otherwise;
      try {
        return await answer(params, token);
      } catch (error) {
        if (error instanceof ResponseError) throw error;
        connection.console.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        return otherwise;
      }
    };
  };
  const viewOf = async (uri: string): Promise<View | undefined> => await workspace.view(pathOf(uri));
  const placeOf = async ({ textDocument, position }: AtPosition): Promise<Place | undefined> => {
    const view = await viewOf(textDocument.uri);
    return view && { workspace, view, offset: view.document.offsetAt(position) };
  };
  const onView =
    <P extends { readonly textDocument: { readonly uri: string } }, R>(
      answer: (view: View, params: P) => R | Promise<R>,
      otherwise: R,
    ) =>
    async (params: P): Promise<R> => {
      const view = await viewOf(params.textDocument.uri);
      return view === undefined ? otherwise : await answer(view, params);
    };
  const onPlace =
    <P extends AtPosition, R>(answer: (place: Place, params: P) => R | Promise<R>, otherwise: R) =>
    async (params: P): Promise<R> => {
      const place = await placeOf(params);
      return place === undefined ? otherwise : await answer(place, params);
    };
  /** What clients ask for after every keystroke, and which needs the whole: answered when the keys are still. */
  const settled = async (uri: string, token: CancellationToken): Promise<Analysis | undefined> => {
    await feed.settled(pathOf(uri));
    return token.isCancellationRequested ? undefined : await workspace.analysis(pathOf(uri));
  };
  const spanOf = (view: View, { start, end }: Range) => ({
    start: view.document.offsetAt(start),
    end: view.document.offsetAt(end),
  });

  connection.onHover(
    guarded(
      "hover",
      onPlace(async (place) => (await hover(place)) ?? null, null),
      null,
    ),
  );
  connection.onCompletion(
    guarded(
      "completion",
      onPlace(async (place) => plainItems(await completion(place), snippets()), null),
      null,
    ),
  );
  connection.onSignatureHelp(
    guarded(
      "signature",
      onPlace((place) => signatureHelp(place) ?? null, null),
      null,
    ),
  );
  connection.onDefinition(
    guarded(
      "definition",
      onPlace((place) => definition(place), null),
      null,
    ),
  );
  connection.onReferences(
    guarded(
      "references",
      onPlace(
        (place, { context }: AtPosition & { readonly context: { readonly includeDeclaration: boolean } }) =>
          references(place, context.includeDeclaration ? "with" : "without"),
        null,
      ),
      null,
    ),
  );
  connection.onDocumentHighlight(
    guarded(
      "highlight",
      onPlace((place) => highlights(place), null),
      null,
    ),
  );
  connection.onPrepareRename(
    guarded(
      "prepareRename",
      onPlace((place) => prepareRename(place), null),
      null,
    ),
  );
  connection.onRenameRequest(
    guarded(
      "rename",
      onPlace((place, { newName }: AtPosition & { readonly newName: string }) => rename(place, newName), null),
      null,
    ),
  );
  connection.onDocumentSymbol(
    guarded(
      "symbols",
      onView((view) => documentSymbols(view), null),
      null,
    ),
  );
  connection.onWorkspaceSymbol(
    guarded(
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
  connection.languages.semanticTokens.on(
    guarded(
      "semanticTokens",
      onView((view) => semanticTokens(view), { data: [] }),
      { data: [] },
    ),
  );
  connection.languages.semanticTokens.onRange(
    guarded(
      "semanticTokens",
      onView((view, { range }) => semanticTokens(view, spanOf(view, range)), { data: [] }),
      { data: [] },
    ),
  );
  connection.onFoldingRanges(
    guarded(
      "folding",
      onView((view) => foldingRanges(view), null),
      null,
    ),
  );
  connection.onSelectionRanges(
    guarded(
      "selection",
      onView((view, { positions }) => positions.map((each) => selectionRange(view, each)), null),
      null,
    ),
  );
  connection.onDocumentLinks(
    guarded(
      "links",
      onView((view) => documentLinks(workspace, view), null),
      null,
    ),
  );
  connection.onDocumentFormatting(
    guarded(
      "formatting",
      onView((view) => formatting(view), null),
      null,
    ),
  );
  connection.onDocumentRangeFormatting(
    guarded(
      "formatting",
      onView((view, { range }) => formatting(view, range), null),
      null,
    ),
  );
  connection.onCodeAction(
    guarded(
      "codeAction",
      onView(async (view, { range, context }) => {
        const said = await feed.saidOf(view.path);
        const documentOf = (shown: string) => workspace.documentOf(view, shown);
        return codeActions(view, said, spanOf(view, range), documentOf, context.only);
      }, null),
      null,
    ),
  );
  connection.languages.inlayHint.on(
    guarded(
      "inlayHint",
      async ({ textDocument, range }, token) => {
        const analysis = await settled(textDocument.uri, token);
        return analysis === undefined ? null : inlayHints(analysis, spanOf(analysis.view, range));
      },
      null,
    ),
  );
  connection.onCodeLens(
    guarded(
      "codeLens",
      async ({ textDocument }, token) => {
        const analysis = await settled(textDocument.uri, token);
        return analysis === undefined ? null : codeLenses(analysis, workspace.reports.get(analysis.view.path));
      },
      null,
    ),
  );
  connection.onRequest(PlanRequest, async ({ textDocument }, token) => {
    if (slow === undefined) throw new ResponseError(LSPErrorCodes.RequestFailed, "plans are not made here.");
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    return await planPreview(workspace, slow, pathOf(textDocument.uri), stop.signal);
  });
}
