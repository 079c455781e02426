/** What the server tells the client it can do. */

import { CodeActionKind, type InitializeResult, TextDocumentSyncKind } from "vscode-languageserver/node";
import { packageVersion } from "../runtime/host/index.js";
import { FIX_ALL } from "./providers/actions.js";
import { LEGEND } from "./providers/semantic-tokens.js";

export function capabilities(): InitializeResult {
  return {
    serverInfo: { name: "xferc", version: packageVersion() },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
      hoverProvider: true,
      completionProvider: { triggerCharacters: [".", '"', "/", "(", "[", ",", ":", " "] },
      signatureHelpProvider: { triggerCharacters: ["(", ","], retriggerCharacters: [":"] },
      definitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: { prepareProvider: true },
      documentSymbolProvider: true,
      workspaceSymbolProvider: true,
      semanticTokensProvider: { legend: LEGEND, full: true, range: true },
      foldingRangeProvider: true,
      selectionRangeProvider: true,
      documentLinkProvider: {},
      documentFormattingProvider: true,
      documentRangeFormattingProvider: true,
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL] },
      inlayHintProvider: true,
      codeLensProvider: {},
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    },
  };
}
